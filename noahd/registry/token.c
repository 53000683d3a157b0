/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/registry/names.h"
#include "noahd/registry/token_table.h"
#include "noahd/registry/token_value.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/tokens/"

enum { OVERLAP_MS = 24 * 60 * 60 * 1000 };

char *token_path(const char *name)
{
	return memory_join(PREFIX, name);
}

/* Without secrets and their hashes. */
static json_t *token_view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct record *token = registry_record(entry, version);
	struct token_value value = { 0 };
	char text[CLOCK_TEXT_BYTES];

	(void)registry;
	(void)token_value_parse(token, &value);
	const char *expires_at = value.expires_ms ? clock_text(value.expires_ms, text) : NULL;
	json_t *view = json_pack("{s:s, s:s, s:o, s:s?}", "id", token->id, "name", kind_path_name(token), "rules",
	    access_rules_view(value.rules), "expires_at", expires_at);
	if (value.node)
		json_object_set_new(view, "node", json_string(value.node));
	kind_view_times(view, token);
	token_value_finish(&value);
	return view;
}

static bool rules_are_same(const struct access_rules *a, const struct access_rules *b)
{
	json_t *view_of_a = access_rules_view(a), *view_of_b = access_rules_view(b);
	bool are_same = json_equal(view_of_a, view_of_b);

	json_decref(view_of_a);
	json_decref(view_of_b);
	return are_same;
}

/* Secrets are not in the view: a new one does not change it. */
static bool token_value_looks_same(const struct record *a, const struct record *b)
{
	struct token_value value_of_a = { 0 }, value_of_b = { 0 };
	bool is_same = token_value_parse(a, &value_of_a) && token_value_parse(b, &value_of_b) &&
	               value_of_a.expires_ms == value_of_b.expires_ms && names_are_same(value_of_a.node, value_of_b.node) &&
	               rules_are_same(value_of_a.rules, value_of_b.rules);

	token_value_finish(&value_of_a);
	token_value_finish(&value_of_b);
	return is_same;
}

static bool token_check(const struct record *token, struct error *err)
{
	const char *name = kind_path_name(token);
	const bool is_anonymous = !strcmp(name, TOKEN_ANONYMOUS);
	struct token_value value = { 0 };
	bool is_good = name_check("name", name, err) && token_value_parse(token, &value);

	if (is_good && is_anonymous != (value.secret_count == 0))
		is_good = error_set(err, ERROR_INVALID,
		    is_anonymous ? "this token cannot have a secret" : "a token must have a secret");
	if (is_good && value.node)
		is_good = name_check("node", value.node, err);
	token_value_finish(&value);
	return is_good;
}

static bool token_value_is_sound(const struct record *token)
{
	struct token_value value;

	if (!token_value_parse(token, &value))
		return false;
	token_value_finish(&value);
	return true;
}

const struct kind token_kind = {
	.number = OBJECT_TOKEN,
	.name = "token",
	.collection = ALL_TOKENS,
	KIND_PREFIX(PREFIX),
	.name_is_sound = kind_name_is_plain,
	.value_is_sound = token_value_is_sound,
	.view = token_view,
	.value_looks_same = token_value_looks_same,
	.check = token_check,
};

static void put_value(struct plan *plan, const char *path, const struct token_value *value, struct token_result *out)
{
	struct plan_value bytes;
	char *text = token_value_render(value, &bytes.size);

	bytes.bytes = text;
	out->entry = plan_put(plan, OBJECT_TOKEN, path, &bytes, &out->action);
	plan_announce(plan, out->entry, out->action);
	free(text);
}

static void add_secret(struct token_value *value, char out_text[TOKEN_SECRET_TEXT_BYTES])
{
	struct token_known_secret *secret = &value->secrets[value->secret_count++];

	secret->expires_ms = 0;
	token_secret_make(out_text, &secret->hash);
}

bool token_put(struct plan *plan, const char *name, const struct token_terms *terms, struct token_result *out,
    struct error *err)
{
	struct token_result result = { .secret = "" };
	struct token_value value = { 0 };

	if (terms->node && !name_check("node", terms->node, err))
		return false;
	struct access_rules *rules = access_rules_parse(terms->rules, err);
	if (!rules)
		return false;
	char *path = token_path(name);
	const struct registry_entry *entry = registry_find(plan_registry(plan), path, VERSION_PLANNED);
	if (entry)
		(void)token_value_parse(registry_record(entry, VERSION_PLANNED), &value);
	else if (strcmp(name, TOKEN_ANONYMOUS))
		add_secret(&value, result.secret);
	token_value_finish(&value);
	value.rules = rules;
	value.node = terms->node ? memory_text(terms->node) : NULL;
	value.expires_ms = terms->expires_in_ms ? plan_now_ms(plan) + terms->expires_in_ms : 0;
	put_value(plan, path, &value, &result);
	token_value_finish(&value);
	free(path);
	*out = result;
	return true;
}

static void forget_expired(struct token_value *value, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < value->secret_count; i++)
		if (!value->secrets[i].expires_ms || value->secrets[i].expires_ms > now_ms)
			value->secrets[kept++] = value->secrets[i];
	value->secret_count = kept;
}

static bool rotate(struct token_value *value, int64_t now_ms, char out_text[TOKEN_SECRET_TEXT_BYTES], struct error *err)
{
	forget_expired(value, now_ms);
	if (!value->secret_count)
		return error_set(err, ERROR_INVALID, "This token has no secret");
	if (value->secret_count == TOKEN_SECRETS_MAX)
		return error_set(err, ERROR_CONFLICT, "This token has %d secrets that have not expired, the maximum",
		    TOKEN_SECRETS_MAX);
	value->secrets[value->secret_count - 1].expires_ms = now_ms + OVERLAP_MS;
	add_secret(value, out_text);
	return true;
}

bool token_rotate(struct plan *plan, const char *name, struct token_result *out, struct error *err)
{
	const struct registry_entry *entry = plan_find(plan, token_path(name), err);
	struct token_result result;
	struct token_value value = { 0 };

	if (!entry)
		return false;
	(void)token_value_parse(registry_record(entry, VERSION_PLANNED), &value);
	bool done = rotate(&value, plan_now_ms(plan), result.secret, err);
	if (done) {
		put_value(plan, entry->path, &value, &result);
		*out = result;
	}
	token_value_finish(&value);
	return done;
}

bool token_issue(struct plan *plan, const char *name, const struct token_terms *terms, struct token_result *out,
    struct error *err)
{
	if (!name_check("name", name, err) || !token_put(plan, name, terms, out, err))
		return false;
	return *out->secret || !strcmp(name, TOKEN_ANONYMOUS) || token_rotate(plan, name, out, err);
}

bool token_delete(struct plan *plan, const char *name, enum token_last last, char *out_id, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, token_path(name), err);

	if (!entry)
		return false;
	if (last == TOKEN_LAST_STAYS && registry_member_count(plan_registry(plan), ALL_TOKENS, "", VERSION_PLANNED) == 1)
		return error_set(err, ERROR_CONFLICT,
		    "The last token cannot be deleted: without tokens, anyone who can connect may do everything");
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	plan_delete(plan, entry, NULL);
	return true;
}
