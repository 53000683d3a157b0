/* run_queue.h - when which rule's command may run: a pure state machine, events and times in, decisions out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUN_QUEUE_H
#define POKERD_RUNNER_RUN_QUEUE_H

#include "pokerd/runner/run_pokes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one rule; which event leads from where to where stands in a table in run_queue.c. */
enum run_queue_state {
	RUN_QUEUE_NEVER = 0, /* no state: what the table leads to where an event cannot happen */
	RUN_QUEUE_IDLE,      /* no poke waits */
	RUN_QUEUE_QUIET,     /* pokes wait for the others that may follow, and for the splay */
	RUN_QUEUE_SPACED,    /* they wait for their turn: one run at a time over all rules, starts spaced */
	RUN_QUEUE_RUNNING,   /* a run of this rule is on */
	RUN_QUEUE_DIRTY,     /* so it is, and a poke came since: exactly one more run follows */
};

/* "idle", "quiet", "spaced", "running", "running+dirty". */
const char *run_queue_state_name(enum run_queue_state state);

struct run_queue_options {
	size_t rule_count;
	const char *node;        /* copied; moves this node within the splay */
	int64_t quiet_ms;        /* without a further poke, */
	int64_t quiet_max_ms;    /* but no longer than this after the first */
	int64_t splay_ms;        /* on top: run_queue_splay_ms */
	int64_t min_interval_ms; /* between two starts, */
	unsigned burst;          /* once so many (at least 1) came without it */
};

/* Every time is clock_monotonic_ms and never less than the one before. No I/O, no clock, no randomness. */
struct run_queue;

struct run_queue *run_queue_create(const struct run_queue_options *options);
void run_queue_destroy(struct run_queue *queue);

/* At start, the oldest first: a run began then (before the restart: less than now, maybe negative), so its token is
   spent. */
void run_queue_recall(struct run_queue *queue, int64_t started_ms);

/* Takes in an accepted poke; id and event are copied. */
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

/* What is to be done now. Asked after every event and whenever at_ms has come. */
struct run_queue_next run_queue_next(struct run_queue *queue, int64_t now_ms);

/* The pokes of a rule that wait for a run to begin. Borrowed until the next call. */
const struct run_pokes *run_queue_waiting(const struct run_queue *queue, size_t rule);

/* A run of rule has begun and answers all that waited: they are moved to *out_pokes (may be NULL), the caller's.
   Of an idle rule, with no run on: a run that was found at start, before the pokes of the journal are given in;
   where its rule is gone from the configuration any other will do. */
void run_queue_started(struct run_queue *queue, size_t rule, int64_t now_ms, struct run_pokes *out_pokes);

/* The run that is on has ended, however. */
void run_queue_finished(struct run_queue *queue);

/* No start before that time: one could not be made (no room on the disk). */
void run_queue_postpone(struct run_queue *queue, int64_t until_ms);

enum run_queue_state run_queue_state(const struct run_queue *queue, size_t rule);

/* The first 8 bytes of SHA-256("<node>\n<event>") as a big-endian number, modulo splay_ms; 0 where that is 0.
   The event is that of the first poke that waits. */
int64_t run_queue_splay_ms(const char *node, const char *event, int64_t splay_ms);

#endif
