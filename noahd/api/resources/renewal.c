/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/resources/renewal.h"

#include "noahd/api/context.h"
#include "noahd/http/lifetime_value.h"
#include "common/memory.h"
#include "noahd/http/own_path.h"

static bool check_renewal(const struct http_call *call, json_t *body, struct error *err)
{
	(void)body;
	if (call->body_size > 0)
		return error_set(err, ERROR_INVALID, "A renewal must not have a body");
	return lifetime_check(call, "renew", err);
}

/* A write that is on its way to the disk may begin the lifetime, and may end it. */
static bool plan_renewal(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const struct registry_entry *entry = plan_find(plan, memory_text(own_path(&write->call)), err);

	if (!entry)
		return false;
	const struct record *record = registry_record(entry, VERSION_PLANNED);
	if (!record->lifetime_ms)
		return error_set(err, ERROR_NOT_FOUND, "Resource not found");
	plan_renew(plan, record->turn);
	*out_answer = json_pack("{s:s, s:s, s:s, s:f}", "result", "success", "action", "renew", "id", record->id,
	    "lifetime", (double)call_seconds_ms(&write->call, "renew") / 1000);
	return true;
}

/* A later write of the same batch may have ended what it renews. */
static void renewal_applied(const struct write *write)
{
	const struct api *api = api_of(&write->call);
	const struct registry_entry *entry = registry_find(api->registry, own_path(&write->call), VERSION_APPLIED);
	struct lifetime *lifetime = entry ? lifetimes_find(api->lifetimes, entry) : NULL;

	if (lifetime)
		lifetimes_renew(lifetime, write->result.turn, call_seconds_ms(&write->call, "renew"));
}

const struct operation renew_lifetime = { .check = check_renewal, .plan = plan_renewal, .applied = renewal_applied };
