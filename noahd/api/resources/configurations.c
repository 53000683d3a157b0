/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/configuration.h"

#include "common/http_accept.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/api/entity_tag.h"
#include "noahd/registry/application.h"
#include "noahd/http/own_path.h"

#include <stdlib.h>
#include <string.h>

static const char *content_type(const char *format)
{
	static const struct {
		const char *format, *type;
	} types[] = {
		{ "yaml", "text/x-yaml;charset=utf-8" },
		{ "json", "application/json" },
		{ "xml", "text/xml" },
		{ "string", "text/plain;charset=utf-8" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i].format, format))
			return types[i].type;
	return RESPONSE_BYTES;
}

/* Without Accept the body is sent: clients of Noah rely on it. */
static bool takes_json(const struct http_call *call)
{
	const char *accept = call->request ? http_request_header(call->request, "Accept") : NULL;
	return accept && http_accept_find(accept, "application/json").quality > 0;
}

void answer_configuration(struct http_call *call, char *take_path)
{
	struct api *api = api_of(call);
	const struct registry_entry *entry = registry_find(api->registry, take_path, VERSION_APPLIED);

	if (!entry || takes_json(call)) {
		answer_object(call, take_path);
		return;
	}
	const struct record *configuration = registry_record(entry, VERSION_APPLIED);
	size_t size;
	const char *body = configuration_body(configuration, &size);
	struct http_response *response =
	    response_of_foreign_bytes(&api->history, body, size, content_type(configuration_format(configuration)));
	response_varies(response);
	entity_tag_add(call, response);
	http_request_respond(call->request, 200, response);
	http_response_release(response);
	free(take_path);
}

void get_configuration(struct http_call *call)
{
	answer_configuration(call, memory_text(own_path(call)));
}

bool validator_find_configuration(const struct http_call *call, char *take_path, enum version version,
    struct validator *out)
{
	if (!takes_json(call))
		out->representation = "body";
	return validator_find_object(api_of(call)->validators, call, take_path, version, out);
}

bool validator_of_configuration(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_configuration(call, memory_text(own_path(call)), version, out);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static bool is_short(const struct http_call *call)
{
	const char *value = http_target_parameter(call->target, "short");
	return value && !strcmp(value, "true");
}

void get_configurations(struct http_call *call)
{
	const struct snapshot_source source = {
		.relation = ALL_CONFIGURATIONS, .name = "", .representation = is_short(call) ? &representation_short : NULL
	};

	answer_list_as(call, &source);
}

bool validator_of_configurations(const struct http_call *call, enum version version, struct validator *out)
{
	if (is_short(call))
		out->representation = "short";
	return validator_find_set(api_of(call)->validators, call, OBJECT_CONFIGURATION, ALL_CONFIGURATIONS, "", version,
	    out);
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

const struct body_key configuration_keys[] = {
	{ "format", BODY_STRING, false },
	{ "body", BODY_STRING, false },
	{ 0 },
};

static bool plan_put_configuration(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *name = write->call.captures[0];
	enum change_action action;
	struct registry_entry *entry =
	    configuration_put(plan, name, body_string(write->body, "format"), body_string(write->body, "body"), &action);

	(void)err;
	plan_announce(plan, entry, action);
	*out_answer = json_pack("{s:s, s:s, s:s, s:s}", "result", "success", "id",
	    registry_record(entry, VERSION_PLANNED)->id, "action", change_action_name(action), "item", name);
	return true;
}

const struct operation put_configuration = { .keys = configuration_keys, .plan = plan_put_configuration };

static json_t *leave_readable(const struct http_call *call, json_t *take_applications)
{
	for (size_t i = json_array_size(take_applications); i > 0; i--) {
		char *path = application_path(json_string_value(json_array_get(take_applications, i - 1)));
		if (!caller_may(call, ACCESS_READ, path))
			json_array_remove(take_applications, i - 1);
		free(path);
	}
	return take_applications;
}

static bool plan_delete_configuration(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	const char *name = write->call.captures[0];
	char id[UUID_TEXT_BYTES];
	json_t *applications;

	if (!configuration_delete(plan, name, id, &applications, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:o, s:s}", "result", "success", "id", id, "action", "delete",
	    "affected_applications", leave_readable(&write->call, applications), "item", name);
	return true;
}

const struct operation delete_configuration = { .plan = plan_delete_configuration };
