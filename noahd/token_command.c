/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/token_command.h"

#include "common/clock.h"
#include "common/control_client.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"
#include "noahd/command_store.h"
#include "noahd/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

static json_t *words_of(const char *list)
{
	json_t *words = json_array();

	while (*list) {
		size_t size = strcspn(list, ",");
		json_array_append_new(words, json_stringn(list, size));
		list += size + (list[size] == ',');
	}
	return words;
}

/* "/hosts=read,write"; a path may hold a '=' too. NULL: there is none. */
static json_t *rule_of(const char *text)
{
	const char *equals = strrchr(text, '=');

	if (!equals)
		return NULL;
	return json_pack("{s:o, s:o}", "path", json_stringn(text, (size_t)(equals - text)), "allow", words_of(equals + 1));
}

static bool read_rules(const struct command_line *line, json_t **out, struct error *err)
{
	const struct command_line_given *given = &line->own[NOAHD_RULE];

	if (!given->count)
		return error_set(err, ERROR_INVALID, "a token needs a rule: allowed is --rule /path=read,write,watch,admin");
	json_t *rules = json_array();
	for (size_t i = 0; i < given->count; i++) {
		json_t *rule = rule_of(given->texts[i]);
		if (!rule || json_array_append_new(rules, rule)) {
			json_decref(rules);
			return error_set(err, ERROR_INVALID, "--rule %s: allowed is /path=read,write,watch,admin", given->texts[i]);
		}
	}
	*out = rules;
	return true;
}

/* ---- done by the noahd that runs --------------------------------------------------------------------------------- */

/* What came of it. */
struct issued_token {
	char secret[TOKEN_SECRET_TEXT_BYTES];
	size_t unauthorized; /* watches that get nothing now */
};

/* What the command asks for. */
struct wanted_token {
	const char *name, *node; /* node NULL: none in particular */
	json_t *rules;
};

static bool issue_there(int control, const struct wanted_token *wanted, struct issued_token *out, struct error *err)
{
	json_t *order = json_pack("{s:s, s:s, s:O, s:s*}", "command", "token", "name", wanted->name, "rules", wanted->rules,
	           "node", wanted->node),
	       *answer;
	char *text = order ? json_render(order, NULL) : NULL;
	bool done = text ? control_ask(control, text, -1, &answer, err)
	                 : error_set(err, ERROR_INVALID, "the name or node is not UTF-8");

	json_decref(order);
	free(text);
	if (!done)
		return false;
	snprintf(out->secret, sizeof(out->secret), "%s", json_string_value(json_object_get(answer, "token")));
	out->unauthorized = (size_t)json_integer_value(json_object_get(answer, "unauthorized"));
	json_decref(answer);
	return true;
}

/* ---- done here --------------------------------------------------------------------------------------------------- */

struct opened {
	struct command_store store;
	struct registry *registry;
};

static void restore(void *context, const struct record *record)
{
	struct registry *registry = context;
	registry_restore(registry, record);
}

static void no_progress(void *context, const struct watch_progress *row)
{
	(void)context, (void)row;
}

static void opened_close(struct opened *opened)
{
	registry_destroy(opened->registry);
	command_store_close(&opened->store);
}

static bool opened_open(const struct noahd_settings *settings, struct opened *out, struct error *err)
{
	struct opened opened = { .registry = registry_create() };
	const struct store_reader reader = { restore, no_progress, opened.registry };

	if (file_make_folder(settings->state_directory, 0700, err) &&
	    command_store_open(settings, 0, &reader, &opened.store, err)) {
		registry_set_revision(opened.registry, opened.store.head.revision);
		*out = opened;
		return true;
	}
	opened_close(&opened);
	return false;
}

static bool token_command_commit(const struct noahd_settings *settings, struct opened *opened, const struct plan *plan,
    struct error *err)
{
	const struct change_list *changes = plan_changes(plan);
	struct command_store *store = &opened->store;

	return command_store_start(settings, store, err) &&
	       store->engine->commit(store->state, store->head.revision, changes->changes, changes->count, NULL, err);
}

/* As the plan leaves it. */
static size_t count_unauthorized(const struct registry *registry)
{
	struct token_table *tokens = token_table_create();
	const struct membership *member = registry_members(registry, ALL_TOKENS, "", VERSION_PLANNED);

	for (; member; member = registry_next_member(member, VERSION_PLANNED))
		token_table_set(tokens, member->entry->path, registry_record(member->entry, VERSION_PLANNED));
	size_t count = watch_count_unauthorized(registry, VERSION_PLANNED, tokens, clock_wall_ms());
	token_table_destroy(tokens);
	return count;
}

static bool issue_here(const struct noahd_settings *settings, const struct wanted_token *wanted,
    struct issued_token *out, struct error *err)
{
	const struct token_terms terms = { .rules = wanted->rules, .node = wanted->node };
	struct token_result result;
	struct opened opened;

	if (!opened_open(settings, &opened, err))
		return false;
	struct plan *plan = plan_create(opened.registry, clock_wall_ms());
	plan_write(plan, NULL);
	bool done =
	    token_issue(plan, wanted->name, &terms, &result, err) && token_command_commit(settings, &opened, plan, err);
	if (done) {
		out->unauthorized = count_unauthorized(opened.registry);
		memcpy(out->secret, result.secret, sizeof(out->secret));
	}
	plan_discard(plan);
	opened_close(&opened);
	return done;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static bool issue(const struct noahd_settings *settings, const struct wanted_token *wanted, struct issued_token *out,
    struct error *err)
{
	int control = command_store_connect(settings, err);

	if (control < 0)
		return err->kind == ERROR_NOT_FOUND && issue_here(settings, wanted, out, err);
	bool done = issue_there(control, wanted, out, err);
	close(control);
	return done;
}

int command_token(const struct noahd_settings *settings, const struct command_line *line)
{
	struct wanted_token wanted = { .name = line->words[1], .node = command_line_text(line, NOAHD_NODE) };
	struct issued_token issued;
	struct error err;
	bool done = read_rules(line, &wanted.rules, &err) && issue(settings, &wanted, &issued, &err);

	json_decref(wanted.rules);
	if (!done) {
		log_error("%s", err.text);
		return command_line_status_of(&err);
	}
	if (*issued.secret)
		puts(issued.secret);
	if (issued.unauthorized)
		log_warning("%zu %s nothing, since the registrant may not read what the watch covers: "
		            "GET /watches/:name shows \"health\":{\"state\":\"unauthorized\"}; "
		            "PUT /watches with the same pattern and endpoint adopts a watch, with a token that has read "
		            "and watch there",
		    issued.unauthorized, plural(issued.unauthorized, "watch delivers", "watches deliver"));
	return EXIT_STATUS_FINE;
}
