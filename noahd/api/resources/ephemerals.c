/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/ephemeral.h"

#include "common/json.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/lifetime_value.h"
#include "noahd/api/resources/renewal.h"
#include "noahd/api/resources/resources.h"
#include "noahd/api/entity_tag.h"
#include "common/memory.h"
#include "noahd/http/own_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name an ephemeral has: the path behind "/ephemerals", its trailing '/' included. */
static const char *ephemeral_name(const struct http_call *call)
{
	return strchr(own_path(call) + 1, '/');
}

void answer_ephemeral(struct http_call *call, char *take_path)
{
	struct api *api = api_of(call);
	const uint64_t revision = registry_revision(api->registry);
	struct registry_entry *entry = registry_find(api->registry, take_path, VERSION_APPLIED);

	free(take_path);
	if (!entry) {
		answer_not_found(call);
		return;
	}
	struct http_response *response = view_cache_get(api->views, entry, revision);
	if (!response) {
		const struct record *ephemeral = registry_record(entry, VERSION_APPLIED);
		const struct plan_value data = { ephemeral->value, ephemeral->value_size };
		response = response_of_foreign_bytes(&api->history, data.bytes, data.size, RESPONSE_BYTES);
		entity_tag_add_of(api, entry, response);
		view_cache_put(api->views, entry, response, ephemeral->value_size, revision);
	}
	const struct lifetime *lifetime = lifetimes_find(api->lifetimes, entry);
	if (lifetime) {
		/* It is no part of what the entity tag stands for: a renewal changes it. */
		char seconds[32];
		snprintf(seconds, sizeof(seconds), "%.3f", (double)lifetimes_left_ms(lifetime) / 1000);
		http_response_replace_header(response, "Noah-Lifetime", seconds);
	}
	http_request_respond(call->request, 200, response);
}

void get_ephemeral(struct http_call *call)
{
	answer_ephemeral(call, memory_text(own_path(call)));
}

static void write_put_answer(struct json_writer *out, const struct write *write, const struct change *change)
{
	json_writer_put_text(out, "action", change_action_name(change->action));
	json_writer_put_text(out, "result", "success");
	json_writer_put_text(out, "id", change->record.id);
	json_writer_put_text(out, "path", ephemeral_name(&write->call));
	ephemeral_write_data(out, &change->record);
	kind_write_lifetime(out, &change->record);
	kind_write_times(out, &change->record);
}

static bool plan_put_ephemeral(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const struct plan_value data = { write->call.body, write->call.body_size };
	enum change_action action;

	(void)out_answer, (void)err;
	(void)ephemeral_put(plan, ephemeral_name(&write->call), data.size > 0 ? &data : NULL,
	    call_seconds_ms(&write->call, "lifetime"), &action);
	return true;
}

static bool ephemerals_check_put(const struct http_call *call, json_t *body, struct error *err)
{
	const char *name = ephemeral_name(call);
	bool good = ephemeral_check_name(name, err) && lifetime_check(call, "lifetime", err);

	(void)body;
	if (good && call->body_size > api_of(call)->options.ephemeral_bytes_max)
		return error_set(err, ERROR_TOO_LARGE, "Data too large");
	return good;
}

/* An operation's body is JSON; other bytes that are put are meant for an ephemeral of that name, which is reserved. */
bool brings_no_data(const struct http_call *call)
{
	if (!call->request || strcmp(http_request_method(call->request), "PUT") != 0)
		return true;
	return !call->body_size || json_looks_so(call->body);
}

const struct operation put_ephemeral = {
	.check = ephemerals_check_put,
	.plan = plan_put_ephemeral,
	.write_answer = write_put_answer,
	.renewal = &renew_lifetime,
};

static bool plan_delete_ephemeral(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	char id[UUID_TEXT_BYTES];
	const char *name = ephemeral_name(&write->call);
	bool done = ephemeral_delete(plan, name, id, err);

	if (done)
		*out_answer =
		    json_pack("{s:s, s:s, s:s, s:s}", "result", "success", "id", id, "action", "delete", "path", name);
	return done;
}

const struct operation delete_ephemeral = { .plan = plan_delete_ephemeral };
