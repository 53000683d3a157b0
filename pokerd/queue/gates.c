/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/gates.h"

static const struct {
	const char *name;
	bool holds;
} kinds[GATES] = {
	[GATE_OPERATOR] = { "operator", true },
	[GATE_REBOOT] = { "reboot", true },
	[GATE_BREAKER] = { "breaker", true },
	[GATE_FOREIGN] = { "foreign", false },
	[GATE_SPACING] = { "spacing", false },
	[GATE_DISK] = { "disk", false },
	[GATE_QUIET] = { "quiet", false },
	[GATE_RETRY] = { "retry", false },
	[GATE_CONFIGURATION] = { "configuration", false },
};

const char *gate_name(enum gate gate)
{
	return kinds[gate].name;
}

bool gate_holds(enum gate gate)
{
	return kinds[gate].holds;
}

void gates_init(struct gates *gates)
{
	*gates = (struct gates){
		.held_until_ms = INT64_MIN,
		.foreign_until_ms = INT64_MIN,
		.postponed_ms = INT64_MIN,
	};
}

int64_t gates_open_ms(const struct gates *gates, enum gate gate)
{
	switch (gate) {
	case GATE_OPERATOR:
		return gates->held_until_ms;
	case GATE_REBOOT:
		return *gates->reboot_boot ? GATE_UNTIL_EVENT : INT64_MIN;
	case GATE_FOREIGN:
		return gates->foreign_until_ms;
	case GATE_DISK:
		return gates->postponed_ms;
	default:
		return INT64_MIN;
	}
}
