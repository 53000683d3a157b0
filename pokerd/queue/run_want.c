/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_want.h"

#include <stdio.h>
#include <string.h>

#define BIT(gate) (1U << (gate))

static const struct {
	const char *name;
	unsigned passes;
} kinds[RUN_WANT_KINDS] = {
	[RUN_WANT_NONE] = { "none", 0 },
	[RUN_WANT_RETRY] = { "retry", 0 },
	[RUN_WANT_AGAIN] = { "again", BIT(GATE_SPACING) | BIT(GATE_QUIET) },
	[RUN_WANT_MANUAL] = { "manual", BIT(GATE_SPACING) | BIT(GATE_QUIET) | BIT(GATE_OPERATOR) | BIT(GATE_BREAKER) },
};

const char *run_want_name(enum run_want_kind kind)
{
	return kinds[kind].name;
}

bool run_want_parse(const char *name, enum run_want_kind *out_kind)
{
	for (int kind = 0; kind < RUN_WANT_KINDS; kind++) {
		if (!strcmp(name, kinds[kind].name)) {
			*out_kind = (enum run_want_kind)kind;
			return true;
		}
	}
	return false;
}

bool run_want_passes(enum run_want_kind kind, enum gate gate)
{
	return kinds[kind].passes & BIT(gate);
}

void run_want_add(struct run_want *want, const struct run_want *more)
{
	if (!want->kind) {
		*want = *more;
		return;
	}
	if (more->kind >= want->kind) {
		want->kind = more->kind;
		want->due_ms = more->due_ms < want->due_ms ? more->due_ms : want->due_ms;
		memcpy(want->configuration, more->configuration, sizeof(want->configuration));
	}
	if (*more->attempt_of)
		memcpy(want->attempt_of, more->attempt_of, sizeof(want->attempt_of));
	if (!*want->run_id)
		memcpy(want->run_id, more->run_id, sizeof(want->run_id));
}
