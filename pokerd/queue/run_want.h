/* run_want.h - a run that is wanted without a poke: by an operator, or because of how the last one ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_RUN_WANT_H
#define POKERD_QUEUE_RUN_WANT_H

#include "pokerd/queue/gates.h"

#include <stdbool.h>
#include <stdint.h>

/* A later kind is the stronger one. These words are in journals: add new ones, never rename them. */
enum run_want_kind {
	RUN_WANT_NONE,   /* "none" */
	RUN_WANT_RETRY,  /* "retry": the last run failed, was lost, or was cut short for a reboot */
	RUN_WANT_AGAIN,  /* "again": the last run has replaced the command and asks to be repeated */
	RUN_WANT_MANUAL, /* "manual": pokerd run */
	RUN_WANT_KINDS,
};

enum { RUN_WANT_DIGEST_BYTES = 33 };

/* Plain data; zeroed is none. */
struct run_want {
	enum run_want_kind kind;
	int64_t due_ms;
	char configuration[RUN_WANT_DIGEST_BYTES]; /* wait until the rule has another digest than this; "": do not */
	char attempt_of[GATE_RUN_BYTES];           /* the run that it repeats; "": none */
	char run_id[GATE_RUN_BYTES];               /* promised to an operator; "": any */
};

const char *run_want_name(enum run_want_kind kind);
bool run_want_parse(const char *name, enum run_want_kind *out_kind);

/* Whether a run wanted like this passes that gate although it is closed. */
bool run_want_passes(enum run_want_kind kind, enum gate gate);

/* One run will be both: as soon as the earlier of them, past all that one of them may pass. */
void run_want_add(struct run_want *want, const struct run_want *more);

#endif
