/* endpoint_queue.h - the pending deliveries of one endpoint, in order, bounded in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_ENDPOINT_QUEUE_H
#define NOAHD_WATCH_ENDPOINT_QUEUE_H

#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch;

/* One change for one watch. */
struct queued_delivery {
	struct change *change; /* a reference */
	struct watch *watch;   /* borrowed; NULL: it was removed while this was under way */
	uint64_t acknowledges; /* see matcher.h */
	size_t told;           /* likewise */
	int64_t since_ms;      /* it has been pending; run_time.h */
};

enum { ENDPOINT_QUEUE_ENTRIES_MAX = 1000 };

/* The limit of all queues together; a change in several queues counts several times. */
struct queue_budget {
	size_t bytes, bytes_max;
	_Atomic uint64_t count; /* of deliveries; any thread may read it */
};

/* A ring. Empty if zeroed except for budget. */
struct endpoint_queue {
	struct queued_delivery *entries;
	size_t first, count, room;
	struct queue_budget *budget;
};

/* Releases what is inside. */
void endpoint_queue_finish(struct endpoint_queue *queue);

/* Whether another write's deliveries may be added; an empty queue always has room. A write is added whole. */
bool endpoint_queue_has_room(const struct endpoint_queue *queue);
/* Whether there are so few that more should be read from the log. */
bool endpoint_queue_is_low(const struct endpoint_queue *queue);

/* Takes its own reference to the change. */
void endpoint_queue_push(struct endpoint_queue *queue, const struct queued_delivery *delivery);
/* The oldest; NULL when empty. Valid until the queue is changed. */
struct queued_delivery *endpoint_queue_head(const struct endpoint_queue *queue);
/* Drops the oldest. */
void endpoint_queue_pop(struct endpoint_queue *queue);

/* HEAD_UNDER_WAY: the oldest is being sent and stays, without a watch. */
enum endpoint_queue_head_state { HEAD_WAITS, HEAD_UNDER_WAY };

/* Drops what is pending for the watch. Returns whether the oldest was dropped. */
bool endpoint_queue_drop_watch(struct endpoint_queue *queue, const struct watch *watch,
    enum endpoint_queue_head_state head);

#endif
