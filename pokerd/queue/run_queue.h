/* run_queue.h - decides when a rule's command may run: a pure state machine, events and times in, decisions out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_RUN_QUEUE_H
#define POKERD_QUEUE_RUN_QUEUE_H

#include "pokerd/queue/gates.h"
#include "pokerd/queue/run_pokes.h"
#include "pokerd/queue/run_want.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* State of a rule; the table in run_queue.c defines the transitions. */
enum run_queue_state {
	RUN_QUEUE_NEVER = 0, /* not a state: marks transitions that cannot happen */
	RUN_QUEUE_IDLE,      /* no poke is pending */
	RUN_QUEUE_QUIET,     /* pokes wait for further pokes, and for the splay */
	RUN_QUEUE_SPACED,    /* pokes wait for their turn: one run at a time over all rules, with spaced starts */
	RUN_QUEUE_RUNNING,   /* a run of this rule is in progress */
	RUN_QUEUE_DIRTY,     /* the same, and a poke has arrived since: exactly one more run follows */
};

/* "idle", "quiet", "spaced", "running", "running+dirty". */
const char *run_queue_state_name(enum run_queue_state state);

/* The used part of the burst. Zeroed: none of it. */
struct run_queue_starts {
	int64_t full_ms;     /* when it is full again */
	int64_t interval_ms; /* the min_interval_ms used to compute it */
};

/* Copied. */
struct run_queue_rule {
	const char *name;   /* under which it is remembered; unique */
	const char *digest; /* of its command and all that belongs to it; shorter than RUN_WANT_DIGEST_BYTES */
};

struct run_queue_options {
	size_t rule_count;
	const struct run_queue_rule *rules; /* NULL: they remember nothing */
	const char *boot;                   /* which boot this is, copied; NULL or "": unknown */
	const char *node;                   /* copied; places this node within the splay */
	int64_t quiet_ms;                   /* time without a further poke, */
	int64_t quiet_max_ms;               /* but no longer than this after the first */
	int64_t splay_ms;                   /* in addition: run_queue_splay_ms, over this time */
	int64_t splay_per_node_ms;          /* and this for each node that the change was delivered to */
	int64_t min_interval_ms;            /* between two starts, */
	unsigned burst;                     /* after this many (at least 1) started without it */
	unsigned per_hour;                  /* starts, at most BREAKER_PER_HOUR_MAX; 0: any number */
	unsigned failures_to_hold;          /* in a row; 0: any number */
	struct run_queue_starts starts;     /* of the previous queue: a reload or restart gives no start back */
	int64_t now_ms;
};

/* All times are clock_monotonic_ms and never decrease. No I/O, no clock, no randomness. */
struct run_queue;

struct run_queue *run_queue_create(const struct run_queue_options *options);
void run_queue_destroy(struct run_queue *queue);

/* A run of an idle rule is in progress that started before this queue was created: it uses up nothing. Call it before
   any poke is added. */
void run_queue_resume(struct run_queue *queue, size_t rule);

/* The part that will be used up if a run starts now. */
struct run_queue_starts run_queue_starts_after(const struct run_queue *queue, int64_t now_ms);

/* Adds an accepted poke; id and event are copied. told: how many nodes the change was delivered to; 0: unknown. */
void run_queue_poke(struct run_queue *queue, size_t rule, const char *id, const char *event, int64_t told,
    int64_t now_ms);

/* A run is wanted without a poke; it also gets those that are pending when it starts. */
void run_queue_want(struct run_queue *queue, size_t rule, const struct run_want *want);
/* What is wanted of that rule; kind RUN_WANT_NONE: nothing. Borrowed until the next call. */
const struct run_want *run_queue_wanted(const struct run_queue *queue, size_t rule);

enum run_queue_verdict {
	RUN_QUEUE_START, /* start a run of rule for run_queue_waiting, then call run_queue_started or run_queue_postpone */
	RUN_QUEUE_WAIT,  /* ask again at at_ms, or after the next event */
	RUN_QUEUE_REST,  /* ask again after the next event */
};

struct run_queue_next {
	enum run_queue_verdict verdict;
	size_t rule;
	int64_t at_ms;
};

/* Returns the next action. Call it after every event and whenever at_ms has come. */
struct run_queue_next run_queue_next(struct run_queue *queue, int64_t now_ms);

/* The pending pokes of a rule. Borrowed until the next call. */
const struct run_pokes *run_queue_waiting(const struct run_queue *queue, size_t rule);

/* A run of rule has begun with all its pending pokes, which are moved to *out_pokes (may be NULL; the caller owns
   them), and it is the one that was wanted. */
void run_queue_started(struct run_queue *queue, size_t rule, int64_t now_ms, struct run_pokes *out_pokes);

/* What the end of a run leads to; the table is in run_queue_end.c. */
enum run_then {
	RUN_THEN_NOTHING,        /* it has converged */
	RUN_THEN_ALERT,          /* it has converged, and an operator should know how */
	RUN_THEN_AT_ONCE,        /* it has to be repeated now, once */
	RUN_THEN_BOOT,           /* it has converged, and asks for a reboot: no start before */
	RUN_THEN_BOOT_AND_AGAIN, /* it was cut short for a reboot: no start before, one run after */
	RUN_THEN_CONFIGURE,      /* it will fail until its configuration changes */
	RUN_THEN_RETRY,          /* it failed: a retry after a while, then the breaker */
	RUN_THEN_LOST,           /* its result is unknown: its pokes are pending again, up to the breaker */
};

/* The run in progress has ended; run_id names it. */
void run_queue_ended(struct run_queue *queue, enum run_then then, const char *run_id, int64_t now_ms);
/* The same, and nothing follows from it. */
void run_queue_finished(struct run_queue *queue);

/* It had not begun: what was wanted is wanted again, and the start does not count for the hour. The caller builds the
   queue again, with the pokes that it was to have and the former run_queue_starts. */
void run_queue_not_begun(struct run_queue *queue);

/* No start before that time: a run could not be started (the disk is full). */
void run_queue_postpone(struct run_queue *queue, int64_t until_ms);

enum run_queue_state run_queue_state(const struct run_queue *queue, size_t rule);

/* ---- gates: run_queue_gates.c ---- */

/* Holds all starts, until that time or GATE_UNTIL_EVENT. The reason is copied, and cut at GATE_REASON_BYTES. */
void run_queue_hold(struct run_queue *queue, const char *reason, int64_t until_ms);
/* Ends the hold and the breaker, and what waits for another configuration may run; RUN_QUEUE_RELEASE_ALL also ends the
   wait for a reboot. False: nothing was held. */
enum run_queue_release { RUN_QUEUE_RELEASE, RUN_QUEUE_RELEASE_ALL };
bool run_queue_release(struct run_queue *queue, enum run_queue_release how, int64_t now_ms);
/* The configuration may have changed: what waits for that may run. */
void run_queue_configured(struct run_queue *queue, int64_t now_ms);
enum run_queue_foreign { RUN_QUEUE_NO_FOREIGN, RUN_QUEUE_FOREIGN };
/* Whether a foreign run is in progress now; if one is, no run starts, and it is looked for again at until_ms. The pokes
   that were pending when there was none are covered by one that is seen next: it began after they were accepted. */
void run_queue_foreign(struct run_queue *queue, enum run_queue_foreign seen, int64_t until_ms);
/* The pokes of that rule that the foreign run in progress covers. Borrowed until the next call. */
struct run_pokes run_queue_covered(const struct run_queue *queue, size_t rule);
/* They have been merged into it, and are not pending any more. */
void run_queue_drop_covered(struct run_queue *queue, size_t rule);

struct run_queue_gate {
	enum gate gate;
	int64_t until_ms; /* GATE_UNTIL_EVENT: unknown */
};

/* The gates that hold back what is pending for that rule; those that would hold a poke, if nothing is. Returns how
   many. */
size_t run_queue_gates(const struct run_queue *queue, size_t rule, int64_t now_ms, struct run_queue_gate out[GATES]);
/* Whether a poke of that rule is held: by the operator, the breaker, or for a reboot. */
bool run_queue_is_held(const struct run_queue *queue, size_t rule, int64_t now_ms);
/* Borrowed until the next call. */
const struct gates *run_queue_all_gates(const struct run_queue *queue);
unsigned run_queue_failures(const struct run_queue *queue, size_t rule);

/* ---- what outlives the process: run_queue_memory.c ---- */

/* Holds, failures, what is wanted, and the starts of the last hour; times are relative to now. The caller owns it. */
json_t *run_queue_save(const struct run_queue *queue, int64_t now_ms);
/* The same, as it will be if a run of that rule starts now. */
json_t *run_queue_save_started(struct run_queue *queue, size_t rule, int64_t now_ms);
/* Into a new queue, before anything else; saved_ms: the time, by this clock, at which it was saved. Members that do not
   fit are ignored. */
void run_queue_load(struct run_queue *queue, const json_t *memory, int64_t saved_ms, int64_t now_ms);

/* ---- splay ---- */

enum { RUN_QUEUE_TOLD_MIN = 10 }; /* fewer nodes may start at once */

/* The first 8 bytes of SHA-256("<node>\n<event>") as a big-endian number, modulo splay_ms; 0 if that is 0. The event is
   that of the first pending poke. */
int64_t run_queue_splay_ms(const char *node, const char *event, int64_t splay_ms);

#endif
