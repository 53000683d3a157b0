/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/host.h"

#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/lifetime_value.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/renewal.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/service.h"

#include <stdlib.h>

void get_hosts(struct http_call *call)
{
	answer_list(call, ALL_HOSTS, "");
}

bool validator_of_hosts(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_set(api_of(call)->validators, call, OBJECT_HOST, ALL_HOSTS, "", version, out);
}

static bool plan_put_host(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *name = write->call.captures[0], *status = body_string(write->body, "status");
	struct registry_entry *entry;
	enum change_action action;

	if (!host_put(plan, name, status, &entry, &action, err))
		return false;
	plan_set_lifetime(entry, body_lifetime_ms(write->body));
	plan_announce(plan, entry, action);
	*out_answer =
	    json_pack("{s:s, s:s, s:s, s:s, s:b}", "result", "success", "id", registry_record(entry, VERSION_PLANNED)->id,
	        "status", status, "name", name, "new_record", action == CHANGE_CREATE);
	return true;
}

const struct operation put_host = {
	.keys = (const struct body_key[]){ { "status", BODY_STRING, false }, BODY_LIFETIME, { 0 } },
	.check = body_lifetime_check,
	.plan = plan_put_host,
	.renewal = &renew_lifetime,
};

/* How many of its services the caller sees. */
static size_t count_seen(const struct http_call *call, const struct registry *registry, const char *host)
{
	const struct membership *member = registry_members(registry, SERVICES_OF_HOST, host, VERSION_PLANNED);
	size_t seen = 0;

	for (; member; member = registry_next_member(member, VERSION_PLANNED))
		seen += caller_may(call, ACCESS_READ, member->entry->path);
	return seen;
}

static bool plan_delete_host(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *name = write->call.captures[0];
	const size_t seen = count_seen(&write->call, plan_registry(plan), name);
	char id[UUID_TEXT_BYTES];
	size_t services;

	if (!host_delete(plan, name, id, &services, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:o}", "result", "success", "id", id, "name", name, "service_count",
	    json_sprintf("%zu", seen));
	return true;
}

const struct operation delete_host = { .plan = plan_delete_host };

bool names_host_and_service(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *host = host_path(call->captures[0]), *service = service_path(call->captures[1], call->captures[0]);
	bool goes_on = visit(context, host) && visit(context, service);

	(void)body;
	free(host);
	free(service);
	return goes_on;
}

/* "/hosts/web1/services/http" is "/services/http/web1". */
void get_host_service(struct http_call *call)
{
	answer_object(call, service_path(call->captures[1], call->captures[0]));
}

bool validator_of_host_service(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_object(api_of(call)->validators, call, service_path(call->captures[1], call->captures[0]),
	    version, out);
}

static bool plan_delete_host_service(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	return plan_delete_service_of(plan, write->call.captures[1], write->call.captures[0], out_answer, err);
}

const struct operation delete_host_service = { .plan = plan_delete_host_service };
