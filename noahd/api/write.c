/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/write.h"

#include "common/memory.h"

#include <stdlib.h>

static bool read_body(struct write *write, struct error *err)
{
	const struct operation *operation = write->operation;
	const struct http_call *call = &write->call;

	return (!operation->keys || body_decode(call->body, call->body_size, operation->keys, &write->body, err)) &&
	       (!operation->check || operation->check(call, write->body, err));
}

struct write *write_create(const struct http_call *call, const struct operation *operation, struct error *err)
{
	struct write *write = memory_zeroed(1, sizeof(*write));

	write->operation = operation;
	write->call = *call;
	if (read_body(write, err))
		return write;
	write_destroy(write);
	return NULL;
}

struct write *write_create_own(const struct operation *operation,
    void (*finished)(void *context, const struct error *refusal), void *context)
{
	struct write *write = memory_zeroed(1, sizeof(*write));

	write->operation = operation;
	write->finished = finished;
	write->context = context;
	return write;
}

void write_destroy(struct write *write)
{
	if (!write)
		return;
	json_decref(write->body);
	json_decref(write->answer);
	free(write->causes);
	free(write);
}

void write_plan(struct write *write, struct plan *plan)
{
	plan_mark(plan);
	plan_write(plan, write->causes);
	if (!write->operation->plan(plan, write, &write->answer, &write->err)) {
		write->answer = NULL;
		plan_undo(plan);
	}
	write->revision = plan->revision;
}
