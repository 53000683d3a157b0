/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"
#include "noahd/api/resources.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>

char *object_path(const struct http_call *call)
{
	const struct http_target *target = call->target;
	char *path = memory_allocate(HTTP_TARGET_PATH_BYTES_MAX + HTTP_TARGET_SEGMENTS_MAX + 2), *end = path;

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

void answer_object(struct http_call *call, char *take_path)
{
	struct api *api = api_of(call);
	struct registry_entry *entry = registry_find(api->registry, take_path, VERSION_APPLIED);

	free(take_path);
	if (entry)
		http_request_respond(call->request, 200, object_response(api, entry));
	else
		answer_not_found(call);
}

/* ---- lists ----------------------------------------------------------------------------------------------------------- */

static ssize_t read_listing(void *context, char *out, size_t room)
{
	size_t size = listing_read(context, out, room);
	return size ? (ssize_t)size : HTTP_STREAM_ENDS;
}

static void end_listing(void *context)
{
	struct listing_reader *reader = context;
	listing_release(reader->listing);
	free(reader);
}

/* Rendered while it is sent, as fast as its client takes it. */
static struct http_response *stream_listing(const struct api *api, struct listing *take)
{
	const struct listing_reader reader = { .listing = take };
	const struct http_stream stream = {
		.read = read_listing,
		.end = end_listing,
		.context = memory_copy(&reader, sizeof(reader)),
	};

	return answer_stream(api, &stream, ANSWER_JSON);
}

/* Of a length that is told. */
static struct http_response *render_listing(const struct api *api, struct listing *take)
{
	enum { STEP_BYTES = 8192 };
	struct listing_reader reader = { .listing = take };
	char *text = NULL;
	size_t size = 0, more;

	do {
		text = memory_grow(text, size + STEP_BYTES, 1);
		size += more = listing_read(&reader, text + size, STEP_BYTES);
	} while (more);
	listing_release(take);
	return answer_response(api, text, size, ANSWER_JSON);
}

void answer_listing(struct http_call *call, const char *relation, const char *name)
{
	enum { RENDERED_AT_ONCE_MAX = 200 };
	struct api *api = api_of(call);
	const struct listing_source source = { .relation = relation, .name = name };
	struct error err;
	struct listing *listing = listing_take(api->listings, &source, &err);

	if (!listing) {
		answer_error(call->request, api, &err);
	} else if (!listing_count(listing)) {
		listing_release(listing);
		answer_not_found(call);
	} else {
		struct http_response *response = listing_count(listing) <= RENDERED_AT_ONCE_MAX ? render_listing(api, listing)
		                                                                                : stream_listing(api, listing);
		looks_add_etag(call, response);
		http_request_respond(call->request, 200, response);
		http_response_release(response);
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
	return true;
}

void get_object(struct http_call *call)
{
	answer_object(call, object_path(call));
}
