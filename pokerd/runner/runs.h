/* runs.h - the runs of this node: started when the queue decides, watched, recorded at their end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUNS_H
#define POKERD_RUNNER_RUNS_H

#include "common/error.h"
#include "common/event_loop.h"
#include "pokerd/journal/journal.h"
#include "pokerd/queue/run_queue.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_record.h"
#include "pokerd/runner/policy.h"
#include "pokerd/journal/replay_cache.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct runs;

struct runs_options {
	struct event_loop *loop;
	struct journal *journal;
	const struct policy *policy; /* its contents may be replaced: runs_reload */
	const char *runs_directory;  /* absolute */
	/* A run has ended with that result, and its record is written; RUN_RUNNING: it has not begun. */
	void (*ended)(enum run_result result, void *context);
	const char *program;           /* each run is a unit that executes it; NULL: a child of ours */
	void (*forget)(void *context); /* in the process that stays with a run: wipes our secrets */
	void *context;
};

/* Continues from the journal: the run that may still be in progress, and all pending pokes. All of it borrowed until
   runs_destroy. */
struct runs *runs_create(const struct runs_options *options);
/* A run in progress continues without us. Accepts NULL. */
void runs_destroy(struct runs *runs);

/* The contents of the policy have been replaced: pending pokes are queued again by the new rules. */
void runs_reload(struct runs *runs);

/* The state of a poke for this rule if it is accepted now: POKE_QUEUED or POKE_MERGED. */
enum poke_state runs_state_of_next(const struct runs *runs, size_t rule);
/* Whether a poke of this rule is held: by an operator, the breaker, or for a reboot. */
bool runs_is_held(const struct runs *runs, size_t rule);
/* Queues a poke that is in the journal; told: run_queue_poke. It is considered before the loop waits again. */
void runs_poke(struct runs *runs, size_t rule, const char *id, const char *event, int64_t told);

/* ---- what an operator orders: runs_orders.c ---- */

/* It is on disk when this returns true. ERROR_UNAVAILABLE: no space; nothing has changed. */
/* Holds all starts for that time, or GATE_UNTIL_EVENT. The reason is shorter than GATE_REASON_BYTES. */
bool runs_hold(struct runs *runs, const char *reason, int64_t for_ms, struct error *err);
/* *out_was_held: something was. */
bool runs_release(struct runs *runs, enum run_queue_release how, bool *out_was_held, struct error *err);
/* A run of that rule as soon as may be; out_run_id is the id that it will have. */
bool runs_want(struct runs *runs, size_t rule, char out_run_id[RUN_ID_BYTES], struct error *err);
/* Writes what the queue remembers to the journal. On failure the queue is built again as the journal has it. */
bool runs_keep_gates(struct runs *runs, struct error *err);

/* ---- what an operator sees: runs_view.c ---- */

/* {"run":…,"rules":[{"path","state","waiting","events","gates"},…],"gates":[{"reason","text","until_ms"},…]}: gates of
   a rule are those that hold back what is pending for it; the others hold all rules. until_ms is a time of the wall
   clock, null if none is known. A rule that waits for an operator, the breaker or a reboot is "held". */
json_t *runs_json(const struct runs *runs);
/* {"text","rules":[{"path","text","gates"},…]}: what is waited for, and until when. */
json_t *runs_why(const struct runs *runs);
struct runs_counts {
	size_t waiting;      /* pokes */
	size_t in_progress;  /* runs: 0 or 1 */
	size_t gates[GATES]; /* rules that each of them holds back, or would */
};

void runs_count(const struct runs *runs, struct runs_counts *out);
/* Whether that run is in progress. */
bool runs_is_on(const struct runs *runs, const char *run_id);
/* {"run","state"}, "pending", "running" or "ended"; with "record" (run_record.h) once it has ended. ERROR_NOT_FOUND. */
json_t *runs_result(const struct runs *runs, const char *run_id, struct error *err);

#endif
