/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"
#include "noahd/api/caller.h"
#include "noahd/api/resources.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>

char *object_path(const struct http_call *call)
{
	const struct http_target *target = call->target;
	size_t size = sizeof("/");

	for (size_t i = 0; i < target->segment_count; i++)
		size += 1 + strlen(target->segments[i]);
	char *path = memory_allocate(size), *end = path; /* that of a refused request may be of any length */

	for (size_t i = 0; i < target->segment_count; i++) {
		*end++ = '/';
		end = stpcpy(end, target->segments[i]);
	}
	if (target->trailing_slash && target->segment_count > 0 && !strcmp(target->segments[0], "ephemerals"))
		*end++ = '/';
	*end = '\0';
	return path;
}

char *object_path_before_operation(const struct http_call *call)
{
	char *path = object_path(call);
	size_t size = strlen(path);

	if (path[size - 1] == '/')
		path[size - 1] = '\0';
	*strrchr(path, '/') = '\0';
	return path;
}

/* The finished answer for an object: rendered at the first read after a change. */
static struct http_response *object_response(struct api *api, struct registry_entry *entry)
{
	const uint64_t revision = registry_revision(api->registry);
	struct http_response *response = view_cache_get(api->views, entry, revision);
	size_t size;

	if (response)
		return response;
	json_t *view = kind_of(entry->kind)->view(api->registry, entry, VERSION_APPLIED);
	char *text = json_render(view, &size);
	json_decref(view);
	response = answer_response(api, text, size, ANSWER_JSON);
	looks_add_etag_of(api, entry, response);
	view_cache_put(api->views, entry, response, size, revision);
	return response;
}

/* What is left for the caller of the object: not kept, since others see more. */
static void answer_pruned(struct http_call *call, const struct registry_entry *entry)
{
	json_t *view = kind_of(entry->kind)->view(api_of(call)->registry, entry, VERSION_APPLIED);

	caller_prune(call, registry_record(entry, VERSION_APPLIED), view);
	answer_json(call, 200, view);
}

static void answer_entry(struct http_call *call, struct registry_entry *entry)
{
	if (!entry)
		answer_not_found(call);
	else if (caller_sees_whole_object(call, entry))
		http_request_respond(call->request, 200, object_response(api_of(call), entry));
	else
		answer_pruned(call, entry);
}

/* The path may be another than the request's: both count. */
void answer_object(struct http_call *call, char *take_path)
{
	struct api *api = api_of(call);
	struct error err;

	if (caller_check(call, ACCESS_READ, take_path, &err))
		answer_entry(call, registry_find(api->registry, take_path, VERSION_APPLIED));
	else
		answer_error(call->request, api, &err);
	free(take_path);
}

/* ---- lists ----------------------------------------------------------------------------------------------------------- */

static ssize_t read_listing(void *context, char *out, size_t room)
{
	size_t size = listing_read(context, out, room);
	return size ? (ssize_t)size : HTTP_STREAM_ENDS;
}

/* A list on its way to somebody. */
struct shown_listing {
	struct listing_reader reader; /* first */
	struct http_call call;        /* for its caller, who is kept */
};

/* {"web1":{…}} without its braces. */
static char *render_item(json_t *take_item)
{
	size_t size;
	char *text = json_render(take_item, &size);

	json_decref(take_item);
	memmove(text, text + 1, size - 2);
	text[size - 2] = '\0';
	return text;
}

static char *prune_item(void *context, enum object_kind kind, const char *text, size_t size)
{
	const struct shown_listing *shown = context;
	char *object = memory_format("{%.*s}", (int)size, text);
	json_t *item = json_loads(object, JSON_ALLOW_NUL, NULL), *view;
	const char *name;

	free(object);
	json_object_foreach (item, name, view) {
		char *path = memory_format("/%s", name);
		caller_prune(&shown->call, &(struct record){ .kind = kind, .path = path }, view);
		free(path);
	}
	return render_item(item);
}

static void end_listing(void *context)
{
	struct shown_listing *shown = context;

	listing_reader_finish(&shown->reader);
	token_release(shown->call.caller);
	free(shown);
}

/* Rendered while it is sent, as fast as its client takes it. */
static struct http_response *stream_listing(struct shown_listing *take)
{
	const struct http_stream stream = { .read = read_listing, .end = end_listing, .context = take };
	return answer_stream(api_of(&take->call), &stream, ANSWER_JSON);
}

/* Of a length that is told. */
static struct http_response *render_listing(struct shown_listing *take)
{
	enum { STEP_BYTES = 8192 };
	const struct api *api = api_of(&take->call);
	char *text = NULL;
	size_t size = 0, more;

	do {
		text = memory_grow(text, size + STEP_BYTES, 1);
		size += more = listing_read(&take->reader, text + size, STEP_BYTES);
	} while (more);
	end_listing(take);
	return answer_response(api, text, size, ANSWER_JSON);
}

static bool may_show(const struct registry_entry *entry, void *context)
{
	return caller_may(context, ACCESS_READ, entry->path);
}

static struct shown_listing *show_listing(const struct http_call *call, struct listing *take, bool is_whole)
{
	struct shown_listing *shown = memory_zeroed(1, sizeof(*shown));

	shown->call = *call;
	(void)token_reference(call->caller);
	shown->reader.listing = take;
	shown->reader.prune = is_whole ? NULL : prune_item;
	shown->reader.context = shown;
	return shown;
}

static void answer_taken(struct http_call *call, struct listing *take, bool is_whole)
{
	enum { RENDERED_AT_ONCE_MAX = 200 };
	bool is_short = listing_count(take) <= RENDERED_AT_ONCE_MAX;
	struct shown_listing *shown = show_listing(call, take, is_whole);
	struct http_response *response = is_short ? render_listing(shown) : stream_listing(shown);

	looks_add_etag(call, response);
	http_request_respond(call->request, 200, response);
	http_response_release(response);
}

void answer_listing(struct http_call *call, const char *relation, const char *name)
{
	struct api *api = api_of(call);
	const struct membership *first = registry_members(api->registry, relation, name, VERSION_APPLIED);
	struct listing_source source = { .relation = relation, .name = name };
	struct listing *listing;
	struct error err;

	if (!caller_sees_all(call)) {
		source.may_show = may_show;
		source.context = call;
	}
	listing = listing_take(api->listings, &source, &err);
	if (!listing) {
		answer_error(call->request, api, &err);
	} else if (!listing_count(listing)) {
		listing_release(listing);
		answer_not_found(call);
	} else {
		answer_taken(call, listing, caller_sees_whole(call, first->entry->kind));
	}
}

bool plan_for_object(struct plan *plan, const struct write *write,
    bool (*change)(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err),
    json_t **out_answer, struct error *err)
{
	struct registry_entry *object = plan_find(plan, object_path_before_operation(&write->call), err);

	if (!object || !change(plan, object, write->body, err))
		return false;
	*out_answer = kind_of(object->kind)->view(plan->registry, object, VERSION_PLANNED);
	caller_prune(&write->call, registry_record(object, VERSION_PLANNED), *out_answer);
	return true;
}

void get_object(struct http_call *call)
{
	answer_object(call, object_path(call));
}
