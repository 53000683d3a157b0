/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/answer.h"
#include "common/plural.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"
#include "noahd/http/caller.h"

static json_t *reasons(const struct api *api, const struct api_status *status)
{
	const char *trouble = write_queue_trouble(api->writes);
	json_t *reasons = json_array();

	if (trouble)
		json_array_append_new(reasons, json_string(trouble));
	if (status->is_stopping)
		json_array_append_new(reasons, json_string("noahd is stopping"));
	if (status->store_is_damaged) /* where, is not for all clients to know */
		json_array_append_new(reasons, json_string("The store is damaged; see the log"));
	if (status->deliveries_ended)
		json_array_append_new(reasons, json_string("Deliveries have stopped"));
	return reasons;
}

/* Any client may ask, but the number is only for callers that may read it. */
static json_t *held_warning(const struct http_call *call, size_t held)
{
	if (!caller_may(call, ACCESS_READ, "/lifetimes"))
		return json_string("Expired lifetimes are held, since too many ended at once");
	return json_sprintf("%zu expired %s held, since too many ended at once", held,
	    plural(held, "lifetime is", "lifetimes are"));
}

void get_health(struct http_call *call)
{
	const struct api *api = api_of(call);
	size_t held = lifetimes_held(api->lifetimes);
	struct api_status status = { 0 };

	api->options.read_status(&status, api->options.context);
	json_t *why = reasons(api, &status), *health;
	bool is_ready = !json_array_size(why);
	health = json_pack("{s:s}", "status", is_ready ? "ready" : "not ready");
	if (is_ready)
		json_decref(why);
	else
		json_object_set_new(health, "reasons", why);
	if (held)
		json_object_set_new(health, "warnings", json_pack("[o]", held_warning(call, held)));
	answer_json(call, is_ready ? 200 : 503, health);
}
