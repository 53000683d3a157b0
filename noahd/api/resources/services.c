/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/service.h"

#include "noahd/api/answer.h"
#include "noahd/api/rights.h"
#include "noahd/api/context.h"
#include "noahd/http/lifetime_value.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/renewal.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/host.h"

#include <stdlib.h>
#include <string.h>

void get_services(struct http_call *call)
{
	answer_list(call, ALL_SERVICES, "");
}

bool validator_of_services(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_set(api_of(call)->validators, call, OBJECT_SERVICE, ALL_SERVICES, "", version, out);
}

void get_services_of_name(struct http_call *call)
{
	answer_list(call, SERVICES_OF_NAME, call->captures[0]);
}

bool validator_of_services_of_name(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_set(api_of(call)->validators, call, OBJECT_SERVICE, SERVICES_OF_NAME, call->captures[0],
	    version, out);
}

static bool plan_put_service(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *service = write->call.captures[0], *host = write->call.captures[1];
	const struct service_state state = { body_string(write->body, "status"), body_string(write->body, "host_status"),
		body_lifetime_ms(write->body) };
	struct service_put_result result;

	if (!service_put(plan, service, host, &state, &result, err))
		return false;
	*out_answer =
	    json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "action", change_action_name(result.service_action),
	        "result", "success", "id", registry_record(result.service, VERSION_PLANNED)->id, "name", service, "host",
	        "name", host, "action", change_action_name(result.host_action), "status", state.host_status);
	if (!caller_may(&write->call, ACCESS_READ, result.host->path))
		rights_prune_answer(json_object_get(*out_answer, "host"));
	return true;
}

static bool names_host(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *path = host_path(call->captures[1]);
	bool goes_on = visit(context, path);

	(void)body;
	free(path);
	return goes_on;
}

const struct operation put_service = {
	.keys = (const struct body_key[]){ { "status", BODY_STRING, false }, { "host_status", BODY_STRING, false },
	    BODY_LIFETIME, { 0 } },
	.names = names_host,
	.check = body_lifetime_check,
	.plan = plan_put_service,
	.renewal = &renew_lifetime,
};

bool plan_delete_service_of(struct plan *plan, const char *service, const char *host, json_t **out_answer,
    struct error *err)
{
	char id[UUID_TEXT_BYTES];

	if (!service_delete(plan, service, host, id, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s, s:s}", "action", "delete", "result", "success", "id", id, "host",
	    host, "service", service);
	return true;
}

static bool plan_delete_service(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	return plan_delete_service_of(plan, write->call.captures[0], write->call.captures[1], out_answer, err);
}

const struct operation delete_service = { .plan = plan_delete_service };

/* Whose services are deleted, and how many of them the caller sees. */
struct deleter {
	const struct http_call *call;
	size_t seen;
};

static bool may_delete(void *context, const char *path)
{
	struct deleter *deleter = context;
	bool may = caller_may(deleter->call, ACCESS_WRITE, path);

	deleter->seen += may && caller_may(deleter->call, ACCESS_READ, path);
	return may;
}

static bool plan_delete_services(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *service = write->call.captures[0];
	struct deleter deleter = { &write->call, 0 };
	size_t hosts;

	if (!service_delete_everywhere(plan, service, may_delete, &deleter, &hosts, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:I, s:s}", "action", "delete", "result", "success", "affected_hosts",
	    (json_int_t)deleter.seen, "service", service);
	return true;
}

const struct operation delete_services_of_name = { .acts_on_members = true, .plan = plan_delete_services };
