/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a letter for what is written, then the body of the request. What is planned announces bodies that are JSON
   objects with the revision they should have, and leaves records that an import takes; what is refused plans nothing
   and says why in words that can go into JSON. */
#include "common/json.h"
#include "common/memory.h"
#include "common/utf8.h"
#include "noahd/http/body.h"
#include "noahd/http/cause.h"
#include "noahd/registry/application.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/link.h"
#include "noahd/registry/record_check.h"
#include "noahd/registry/service.h"
#include "noahd/registry/tag.h"
#include "noahd/registry/watch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef bool planner(struct plan *plan, const json_t *body, struct error *err);

static bool plan_host(struct plan *plan, const json_t *body, struct error *err)
{
	struct registry_entry *entry;
	enum change_action action;

	if (!host_put(plan, "web1", body_string(body, "status"), &entry, &action, err))
		return false;
	plan_announce(plan, entry, action);
	return true;
}

static bool plan_service(struct plan *plan, const json_t *body, struct error *err)
{
	struct service_put_result result;
	const struct service_state state = { body_string(body, "status"), body_string(body, "host_status"), 0 };

	return service_put(plan, "http", "web1", &state, &result, err);
}

static bool plan_watch(struct plan *plan, const json_t *body, struct error *err)
{
	struct token_table *tokens = token_table_create();
	const struct watch_wish wish = { .pattern = body_string(body, "pattern"),
		.endpoint = body_string(body, "endpoint"),
		.when = json_object_get(body, "when"),
		.tokens = tokens };
	struct registry_entry *entry;
	enum change_action action;
	bool done = watch_check(&wish, err) && watch_put(plan, &wish, &entry, &action, err);

	token_table_destroy(tokens);
	return done;
}

static struct registry_entry *make_host(struct plan *plan)
{
	struct registry_entry *entry;
	enum change_action action;

	if (!host_put(plan, "web1", "up", &entry, &action, NULL))
		abort();
	plan_announce(plan, entry, action);
	return entry;
}

/* What is tied can be untied again. */
static bool plan_tags(struct plan *plan, const json_t *body, struct error *err)
{
	struct registry_entry *host = make_host(plan);
	char *names = body_names(body, "tags");
	bool done = tag_attach(plan, host, names, err);

	tag_detach(plan, host, names);
	if (!done || registry_record(host, VERSION_PLANNED)->tags)
		abort();
	free(names);
	return true;
}

static bool plan_link_of_host(struct plan *plan, const json_t *body, struct error *err)
{
	const char *name = body_string(body, "link_name");

	if (!link_check_name(name, err))
		return false;
	struct registry_entry *host = make_host(plan);
	bool done = link_attach(plan, host, name, err);
	link_detach(plan, host, name);
	if (!done || registry_record(host, VERSION_PLANNED)->links)
		abort();
	return true;
}

static bool plan_configuration(struct plan *plan, const json_t *body, struct error *err)
{
	struct application_attach_result attached;

	return application_attach(plan, "shop", "db", body_string(body, "format"), body_string(body, "body"), &attached,
	    err);
}

static const struct {
	char letter;
	struct body_key keys[4];
	planner *plan;
} writes[] = {
	{ 'h', { { "status", BODY_STRING, false } }, plan_host },
	{ 's', { { "status", BODY_STRING, false }, { "host_status", BODY_STRING, false } }, plan_service },
	{ 'w',
	    { { "pattern", BODY_STRING, false }, { "endpoint", BODY_STRING, false },
	        { "when", BODY_STRING_OR_NULL, true } },
	    plan_watch },
	{ 't', { { "tags", BODY_NAMES, false } }, plan_tags },
	{ 'l', { { "link_name", BODY_STRING, false } }, plan_link_of_host },
	{ 'c', { { "format", BODY_STRING, false }, { "body", BODY_STRING, false } }, plan_configuration },
};

static void check_changes(const struct plan *plan)
{
	for (size_t i = 0; i < plan_changes(plan)->count; i++) {
		const struct change *change = plan_changes(plan)->changes[i];
		json_t *body;
		if (!json_decode_object(change->body, change->body_size, &body, NULL) ||
		    json_integer_value(json_object_get(body, "revision")) != (json_int_t)i + 1 ||
		    !record_check(&change->record, NULL))
			abort();
		json_decref(body);
	}
}

static void check_refusal(const struct plan *plan, const struct error *err)
{
	if (plan_changes(plan)->count > 0 || !*err->text || !utf8_is_valid(err->text, strlen(err->text)))
		abort();
}

static void write_json(struct plan *plan, size_t which, const char *text, size_t size)
{
	struct error err;
	json_t *body = NULL;

	if (body_decode(text, size, writes[which].keys, &body, &err) && writes[which].plan(plan, body, &err))
		check_changes(plan);
	else
		check_refusal(plan, &err);
	json_decref(body);
}

/* Any bytes are an ephemeral's data, and some of them its causes. */
static void write_ephemeral(struct plan *plan, const char *text, size_t size)
{
	const struct plan_value data = { text, size };
	char *header = memory_copy(text, size), *causes = NULL;
	enum change_action action;
	struct error err;

	if (!cause_parse(header, &causes, &err))
		check_refusal(plan, &err);
	plan_write(plan, &(struct plan_origin){ .causes = causes });
	ephemeral_put(plan, "/any/path", &data, 0, &action);
	check_changes(plan);
	free(causes);
	free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes;
	struct registry *registry = registry_create();
	size_t which = 0;

	struct plan *plan = plan_create(registry, 1336617773000);
	plan_write(plan, NULL);
	while (which < sizeof(writes) / sizeof(*writes) && (size == 0 || writes[which].letter != text[0]))
		which++;
	if (which < sizeof(writes) / sizeof(*writes))
		write_json(plan, which, text + 1, size - 1);
	else
		write_ephemeral(plan, text, size);
	plan_discard(plan);
	registry_destroy(registry);
	return 0;
}
