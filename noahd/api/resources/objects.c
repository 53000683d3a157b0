/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/api/resources/watch_health.h"
#include "noahd/api/entity_tag.h"
#include "noahd/registry/kind.h"
#include "noahd/http/own_path.h"

#include <stdlib.h>
#include <string.h>

bool names_owner(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *path = own_path_before_operation(call);
	bool goes_on = visit(context, path);

	(void)body;
	free(path);
	return goes_on;
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
	response = response_of_bytes(&api->history, text, size, RESPONSE_JSON);
	entity_tag_add_of(api, entry, response);
	if (entry->kind == OBJECT_CONFIGURATION)
		response_varies(response);
	view_cache_put(api->views, entry, response, size, revision);
	return response;
}

static void answer_entry(struct http_call *call, struct registry_entry *entry)
{
	struct api *api = api_of(call);

	if (!entry) {
		answer_not_found(call);
		return;
	}
	if (entry->kind != OBJECT_WATCH && caller_sees_whole_object(call, api->registry, entry)) {
		http_request_respond(call->request, 200, object_response(api, entry));
		return;
	}
	/* Not kept: the health of a watch changes without it, and others see more than this caller. */
	json_t *view = kind_of(entry->kind)->view(api->registry, entry, VERSION_APPLIED);
	if (entry->kind == OBJECT_WATCH)
		watch_health_add(api, view);
	else
		caller_prune(call, registry_record(entry, VERSION_APPLIED), view);
	answer_json(call, 200, view);
}

void answer_object(struct http_call *call, char *take_path)
{
	answer_entry(call, registry_find(api_of(call)->registry, take_path, VERSION_APPLIED));
	free(take_path);
}

bool plan_for_object(struct plan *plan, const struct write *write,
    bool (*change)(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err),
    json_t **out_answer, struct error *err)
{
	struct registry_entry *object = plan_find(plan, own_path_before_operation(&write->call), err);

	if (!object || !change(plan, object, write->body, err))
		return false;
	*out_answer = kind_of(object->kind)->view(plan_registry(plan), object, VERSION_PLANNED);
	caller_prune(&write->call, registry_record(object, VERSION_PLANNED), *out_answer);
	return true;
}

void get_object(struct http_call *call)
{
	answer_entry(call, registry_find(api_of(call)->registry, own_path(call), VERSION_APPLIED));
}

bool validator_of_object(const struct http_call *call, enum version version, struct validator *out)
{
	const struct registry_entry *entry = registry_find(api_of(call)->registry, own_path(call), version);

	return validator_of_entry(api_of(call)->validators, call, entry, version, out);
}

bool validator_of_owner(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_object(api_of(call)->validators, call, own_path_before_operation(call), version, out);
}
