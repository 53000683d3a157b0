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

void answer_listing(struct http_call *call, const char *relation, const char *name)
{
	static const char *const without[] = { "name", "host", NULL };
	const struct registry *registry = api_of(call)->registry;
	const struct membership *member = registry_members(registry, relation, name, VERSION_APPLIED);
	json_t *listing = json_object();

	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		kind_list(listing, registry_record(member->entry, VERSION_APPLIED),
		    kind_view_member(registry, member->entry, VERSION_APPLIED, without));
	answer_collection(call, listing);
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
