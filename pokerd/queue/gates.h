/* gates.h - what holds a start back, laid over the states of the run queue: a reason, and the time when it ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_GATES_H
#define POKERD_QUEUE_GATES_H

#include <stdbool.h>
#include <stdint.h>

enum gate {
	GATE_OPERATOR,      /* pokerd hold */
	GATE_REBOOT,        /* a run has asked for a reboot */
	GATE_BREAKER,       /* too many failures in a row, or too many runs in an hour */
	GATE_FOREIGN,       /* a run that pokerd did not start is in progress */
	GATE_SPACING,       /* the burst is used up */
	GATE_DISK,          /* a run could not be started */
	GATE_QUIET,         /* further pokes may follow */
	GATE_RETRY,         /* the last run failed */
	GATE_CONFIGURATION, /* the last run said that its configuration or licence is wrong */
	GATES,
};

/* A time that only an event brings. */
#define GATE_UNTIL_EVENT INT64_MAX

enum { GATE_REASON_BYTES = 256, GATE_BOOT_BYTES = 64, GATE_RUN_BYTES = 28 };

/* "operator", "reboot", "breaker", "foreign", "spacing", "disk", "quiet", "retry", "configuration". */
const char *gate_name(enum gate gate);

/* Operator, reboot and breaker: a poke that waits for one of them is shown as held. */
bool gate_holds(enum gate gate);

/* The gates that hold all rules. Plain data; gates_init makes them open. */
struct gates {
	int64_t held_until_ms; /* by an operator; INT64_MIN: not held */
	char held_reason[GATE_REASON_BYTES];
	char reboot_boot[GATE_BOOT_BYTES]; /* the boot of the run that asked for a reboot; "": none did */
	char reboot_run[GATE_RUN_BYTES];
	int64_t foreign_until_ms; /* when the foreign run is looked for again; INT64_MIN: there is none */
	int64_t postponed_ms;     /* no start before this */
};

void gates_init(struct gates *gates);

/* When that gate opens; not in the future: it is open. Only for those in struct gates. */
int64_t gates_open_ms(const struct gates *gates, enum gate gate);

#endif
