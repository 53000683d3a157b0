/* run_queue_private.h - the run queue's data, for its own files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_RUN_QUEUE_PRIVATE_H
#define POKERD_QUEUE_RUN_QUEUE_PRIVATE_H

#include "pokerd/link/rate.h"
#include "pokerd/queue/breaker.h"
#include "pokerd/queue/run_queue.h"

struct rule_queue {
	char *name, *digest;
	enum run_queue_state state;
	struct run_pokes waiting;
	size_t before_free;        /* how many of them were pending when no foreign run was last seen */
	size_t covered;            /* how many of them the foreign run in progress began after */
	int64_t first_ms, last_ms; /* when the first and the last of them came */
	int64_t splay_ms;          /* determined by the first */
	struct run_want want;      /* a run that is wanted without them */
	struct run_want taken;     /* what the run in progress was wanted for; none: only for pokes */
	struct breaker_failures failures;
};

struct run_queue {
	char *node, *boot;
	int64_t quiet_ms, quiet_max_ms, splay_ms, splay_per_node_ms;
	unsigned per_hour, failures_to_hold;
	struct rate starts;
	int64_t starts_full_ms; /* rate.h */
	struct breaker_hour hour;
	struct gates gates;
	bool running;
	size_t running_rule;
	size_t rule_count;
	struct rule_queue rules[];
};

/* When that gate opens for that rule; not in the future: it is open. */
int64_t run_queue_gate_ms(const struct run_queue *queue, const struct rule_queue *rule, enum gate gate, int64_t now_ms);

/* None of its pokes is pending any more, without a run of its own. */
void run_queue_emptied(struct rule_queue *rule);

/* The part of a start that is remembered: what it uses up, and that it is what was wanted. */
void run_queue_take(struct run_queue *queue, struct rule_queue *rule, int64_t now_ms);

#endif
