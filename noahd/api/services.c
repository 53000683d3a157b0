/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/service.h"

#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"
#include "noahd/api/body.h"
#include "noahd/api/resources.h"

#include <string.h>

static void answer_members(struct http_call *call, const char *relation, const char *name)
{
	json_t *listing = json_object();

	for (const struct membership *member = registry_members(api_of(call)->registry, relation, name); member;
	     member = member->next) {
		const struct record *service = registry_record(member->entry, VERSION_APPLIED);
		if (service)
			service_view_listed(listing, service);
	}
	answer_collection(call, listing);
}

void get_services(struct http_call *call)
{
	answer_members(call, ALL_SERVICES, "");
}

void get_services_of_name(struct http_call *call)
{
	answer_members(call, SERVICES_OF_NAME, call->captures[0]);
}

static bool plan_put_service(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *service = write->call.captures[0], *host = write->call.captures[1];
	const char *status = body_string(write->body, "status"), *host_status = body_string(write->body, "host_status");
	struct service_put_result result;

	if (!service_put(plan, service, host, status, host_status, &result, err))
		return false;
	*out_answer =
	    json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "action", change_action_name(result.service_action),
	        "result", "success", "id", registry_record(result.service, VERSION_PLANNED)->id, "name", service, "host",
	        "name", host, "action", change_action_name(result.host_action), "status", host_status);
	return true;
}

void put_service(struct http_call *call)
{
	static const char *const keys[] = { "status", "host_status", NULL };
	body_write(call, keys, plan_put_service);
}

static bool plan_delete_service(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *service = write->call.captures[0], *host = write->call.captures[1];
	char id[UUID_TEXT_BYTES];

	if (!service_delete(plan, service, host, id, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s, s:s}", "action", "delete", "result", "success", "id", id, "host",
	    host, "service", service);
	return true;
}

void delete_service(struct http_call *call)
{
	write_queue_add(call, plan_delete_service, NULL);
}

static bool plan_delete_services(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *service = write->call.captures[0];
	size_t hosts;

	if (!service_delete_everywhere(plan, service, &hosts, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:I, s:s}", "action", "delete", "result", "success", "affected_hosts",
	    (json_int_t)hosts, "service", service);
	return true;
}

void delete_services_of_name(struct http_call *call)
{
	write_queue_add(call, plan_delete_services, NULL);
}

void put_service_watch(struct http_call *call)
{
	put_watch_on(call, service_path(call->captures[0], call->captures[1]));
}
