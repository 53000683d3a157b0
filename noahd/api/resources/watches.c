/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/watch.h"

#include "common/memory.h"
#include "common/percent.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/body.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/watch_terms.h"
#include "noahd/http/own_path.h"

#include <stdlib.h>
#include <string.h>

void get_watches(struct http_call *call)
{
	answer_list_as(call,
	    &(struct snapshot_source){
	        .relation = ALL_WATCHES, .name = "", .representation = representation_listed(OBJECT_WATCH) });
}

bool validator_of_watches(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_set(api_of(call)->validators, call, OBJECT_WATCH, ALL_WATCHES, "", version, out);
}

/* What a watch is called where its changes are announced. */
void get_watcher(struct http_call *call)
{
	answer_object(call, watch_path(call->captures[0]));
}

bool validator_of_watcher(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_object(api_of(call)->validators, call, watch_path(call->captures[0]), version, out);
}

/* "/watches/<name>" of "/watchers/<name>". */
bool names_watch(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *path = watch_path(call->captures[0]);
	bool goes_on = visit(context, path);

	(void)body;
	free(path);
	return goes_on;
}

static struct watch_wish wish_of(const struct write *write)
{
	return (struct watch_wish){ .pattern = body_string(write->body, "pattern"),
		.endpoint = body_string(write->body, "endpoint"),
		.when = json_object_get(write->body, "when"),
		.owner = json_object_get(write->body, "owner"),
		.tokens = api_of(&write->call)->tokens };
}

static bool plan_put_watch(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const struct watch_wish wish = wish_of(write);
	struct registry_entry *entry;
	enum change_action action;

	if (!watch_put(plan, &wish, &entry, &action, err))
		return false;
	*out_answer = watch_kind.view(plan_registry(plan), entry, VERSION_PLANNED);
	json_object_set_new(*out_answer, "action", json_string(change_action_name(action)));
	json_object_set_new(*out_answer, "result", json_string("success"));
	return true;
}

#define TERMS                              \
	{ "when", BODY_STRING_OR_NULL, true }, \
	{                                      \
		"owner", BODY_STRING_OR_NULL, true \
	}

static const struct body_key put_keys[] = {
	{ "pattern", BODY_STRING, false },
	{ "endpoint", BODY_STRING, false },
	TERMS,
	{ 0 },
};

static bool check_watch(const struct http_call *call, json_t *body, struct error *err)
{
	const struct api_options *options = &api_of(call)->options;
	const struct watch_wish wish = {
		.pattern = body_string(body, "pattern"),
		.endpoint = body_string(body, "endpoint"),
		.when = json_object_get(body, "when"),
		.owner = json_object_get(body, "owner"),
	};

	return watch_check(&wish, err) && options->check_endpoint(body_string(body, "endpoint"), options->context, err);
}

/* A pattern that is malformed names nothing, and is refused. */
static bool names_pattern(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *decoded = pattern_decode(body_string(body, "pattern"));
	bool goes_on = !decoded || visit(context, decoded);

	(void)call;
	free(decoded);
	return goes_on;
}

/* It tells its endpoint what is at its pattern; the right to remove the watches of others is not needed for that. */
const struct operation put_watch = {
	.keys = put_keys,
	.rights = ACCESS_READ | ACCESS_WATCH,
	.names = names_pattern,
	.names_elsewhere = true,
	.check = check_watch,
	.plan = plan_put_watch,
};

static char *path_of_body(const json_t *body)
{
	char *name = watch_name(body_string(body, "pattern"), body_string(body, "endpoint"));
	char *path = watch_path(name);

	free(name);
	return path;
}

static bool names_watch_of_body(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *path = path_of_body(body);
	bool goes_on = visit(context, path);

	(void)call;
	free(path);
	return goes_on;
}

/* Its registrant may delete a watch. body NULL: the request with its name in the path. */
static bool is_registrant(const struct http_call *call, const json_t *body)
{
	char *path = body ? path_of_body(body) : watch_path(call->captures[0]);
	const struct registry_entry *entry = registry_find(api_of(call)->registry, path, VERSION_PLANNED);
	const char *name = caller_token_name(call);
	struct watch_terms terms;

	free(path);
	if (!name || !entry || !watch_terms_read(registry_record(entry, VERSION_PLANNED), &terms))
		return false;
	bool is_own = terms.registrant && !strcmp(name, terms.registrant);
	watch_terms_finish(&terms);
	return is_own;
}

static const struct body_key delete_keys[] = {
	{ "pattern", BODY_STRING, false },
	{ "endpoint", BODY_STRING, false },
	{ 0 },
};

static bool delete_named(struct plan *plan, const char *name, json_t **out_answer, struct error *err)
{
	if (!watch_delete(plan, name, out_answer, err))
		return false;
	json_object_set_new(*out_answer, "action", json_string("delete"));
	json_object_set_new(*out_answer, "result", json_string("success"));
	return true;
}

static bool plan_delete_watch(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	char *name = watch_name(body_string(write->body, "pattern"), body_string(write->body, "endpoint"));
	bool done = delete_named(plan, name, out_answer, err);

	free(name);
	return done;
}

static bool plan_delete_named_watch(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	return delete_named(plan, write->call.captures[0], out_answer, err);
}

const struct operation delete_watch = {
	.keys = delete_keys,
	.names = names_watch_of_body,
	.names_elsewhere = true,
	.is_own = is_registrant,
	.plan = plan_delete_watch,
};

const struct operation delete_named_watch = {
	.names = names_watch,
	.names_elsewhere = true,
	.is_own = is_registrant,
	.plan = plan_delete_named_watch,
};

/* body: "path" of the object, "pattern" that names it, "endpoint". */
static bool plan_put_object_watch(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const struct watch_wish wish = wish_of(write);
	struct registry_entry *entry;
	enum change_action action;

	if (!plan_find(plan, memory_text(body_string(write->body, "path")), err) ||
	    !watch_put(plan, &wish, &entry, &action, err))
		return false;
	char *name = watch_name(wish.pattern, wish.endpoint);
	*out_answer = json_string(name);
	free(name);
	return true;
}

/* The pattern is the object's path; both go into the body, for the plan. */
static bool check_object_watch(const struct http_call *call, json_t *body, struct error *err)
{
	char *path = own_path_before_operation(call);
	char *encoded = percent_encode_path(path);

	json_object_set_new(body, "path", json_string(path));
	json_object_set_new(body, "pattern", json_sprintf("//noah%s", encoded));
	free(encoded);
	free(path);
	return check_watch(call, body, err);
}

const struct operation put_object_watch = {
	.keys = (const struct body_key[]){ { "endpoint", BODY_STRING, false }, TERMS, { 0 } },
	.rights = ACCESS_READ | ACCESS_WATCH,
	.check = check_object_watch,
	.plan = plan_put_object_watch,
};
