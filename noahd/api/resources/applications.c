/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/application.h"

#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/configuration.h"

#include <stdlib.h>
#include <string.h>

void get_applications(struct http_call *call)
{
	answer_list(call, ALL_APPLICATIONS, "");
}

bool validator_of_applications(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_set(api_of(call)->validators, call, OBJECT_APPLICATION, ALL_APPLICATIONS, "", version, out);
}

/* The name in the body is the one in the path, or it is as if there were none. */
static bool applications_check_name(const struct http_call *call, json_t *body, struct error *err)
{
	return !strcmp(body_string(body, "name"), call->captures[0]) || error_set(err, ERROR_INVALID, "Missing Parameters");
}

static bool plan_put_application(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *name = write->call.captures[0];
	enum change_action action;
	const struct registry_entry *entry = application_put(plan, name, &action);

	(void)err;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s}", "result", "success", "id",
	    registry_record(entry, VERSION_PLANNED)->id, "action", change_action_name(action), "name", name);
	return true;
}

const struct operation put_application = {
	.keys = (const struct body_key[]){ { "name", BODY_STRING, false }, { 0 } },
	.check = applications_check_name,
	.plan = plan_put_application,
};

static bool plan_delete_application(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	const char *name = write->call.captures[0];
	char id[UUID_TEXT_BYTES];

	if (!application_delete(plan, name, id, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s}", "result", "success", "action", "delete", "id", id, "name", name);
	return true;
}

const struct operation delete_application = { .plan = plan_delete_application };

/* ---- its configurations ------------------------------------------------------------------------------------------ */

bool names_application_and_configuration(const struct http_call *call, const json_t *body, path_visitor *visit,
    void *context)
{
	char *application = application_path(call->captures[0]), *configuration = configuration_path(call->captures[1]);
	bool goes_on = visit(context, application) && visit(context, configuration);

	(void)body;
	free(application);
	free(configuration);
	return goes_on;
}

static bool is_attached(const struct http_call *call, enum version version)
{
	char *path = application_path(call->captures[0]);
	const struct registry_entry *entry = registry_find(api_of(call)->registry, path, version);

	free(path);
	return entry && application_shows(registry_record(entry, version), call->captures[1]);
}

void get_application_configuration(struct http_call *call)
{
	if (is_attached(call, VERSION_APPLIED))
		answer_configuration(call, configuration_path(call->captures[1]));
	else
		answer_not_found(call);
}

bool validator_of_application_configuration(const struct http_call *call, enum version version, struct validator *out)
{
	return is_attached(call, version) &&
	       validator_find_configuration(call, configuration_path(call->captures[1]), version, out);
}

static bool plan_put_application_configuration(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	const char *name = write->call.captures[0], *configuration = write->call.captures[1];
	const char *format = body_string(write->body, "format"), *body = body_string(write->body, "body");
	struct application_attach_result attached;

	if (!application_attach(plan, name, configuration, format, body, &attached, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "result", "success", "id",
	    registry_record(attached.application, VERSION_PLANNED)->id, "name", name, "action",
	    change_action_name(attached.application_action), "configuration", "action",
	    change_action_name(attached.configuration_action), "id",
	    registry_record(attached.configuration, VERSION_PLANNED)->id, "item", configuration);
	return true;
}

const struct operation put_application_configuration = {
	.keys = configuration_keys,
	.plan = plan_put_application_configuration,
};

static bool plan_delete_application_configuration(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	const char *name = write->call.captures[0], *configuration = write->call.captures[1];
	char id[UUID_TEXT_BYTES];

	if (!application_detach(plan, name, configuration, id, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s, s:s}", "result", "success", "action", "delete", "id", id, "name",
	    name, "configuration", configuration);
	return true;
}

const struct operation delete_application_configuration = { .plan = plan_delete_application_configuration };
