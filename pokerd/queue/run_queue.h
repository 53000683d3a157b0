/* run_queue.h - decides when a rule's command may run: a pure state machine, events and times in, decisions out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_RUN_QUEUE_H
#define POKERD_QUEUE_RUN_QUEUE_H

#include "pokerd/queue/run_pokes.h"

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

struct run_queue_options {
	size_t rule_count;
	const char *node;               /* copied; places this node within the splay */
	int64_t quiet_ms;               /* time without a further poke, */
	int64_t quiet_max_ms;           /* but no longer than this after the first */
	int64_t splay_ms;               /* in addition: run_queue_splay_ms */
	int64_t min_interval_ms;        /* between two starts, */
	unsigned burst;                 /* after this many (at least 1) started without it */
	struct run_queue_starts starts; /* of the previous queue: a reload or restart gives no start back */
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

/* Adds an accepted poke; id and event are copied. */
void run_queue_poke(struct run_queue *queue, size_t rule, const char *id, const char *event, int64_t now_ms);

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

/* A run of rule has begun with all its pending pokes: they are moved to *out_pokes (may be NULL), which the caller
   owns. */
void run_queue_started(struct run_queue *queue, size_t rule, int64_t now_ms, struct run_pokes *out_pokes);

/* The run in progress has ended, with any result. */
void run_queue_finished(struct run_queue *queue);

/* No start before that time: a run could not be started (the disk is full). */
void run_queue_postpone(struct run_queue *queue, int64_t until_ms);

enum run_queue_state run_queue_state(const struct run_queue *queue, size_t rule);

/* The first 8 bytes of SHA-256("<node>\n<event>") as a big-endian number, modulo splay_ms; 0 if that is 0. The event is
   that of the first pending poke. */
int64_t run_queue_splay_ms(const char *node, const char *event, int64_t splay_ms);

#endif
