/* write_queue.h - writes in order of arrival: planned in batches, committed, applied, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_WRITE_QUEUE_H
#define NOAHD_WRITES_WRITE_QUEUE_H

#include "common/error.h"
#include "noahd/writes/write.h"
#include "common/event_loop.h"
#include "noahd/store/store_thread.h"
#include "noahd/writes/change_bus.h"

#include <stdbool.h>

struct write_queue;

struct write_queue_options {
	struct event_loop *loop;
	struct registry *registry;
	const struct change_bus *changes; /* gets each commit's changes */
	size_t bytes_max;                 /* of writes that wait for the disk */
	size_t write_bytes_max;           /* that one write may produce; 0: no limit */
	/* The state of the disk is unknown: the process must exit now. */
	void (*store_failed)(const struct error *err, void *context);
	void *context;
};

struct write_queue *write_queue_create(const struct write_queue_options *options);
/* After the HTTP server has stopped. */
void write_queue_destroy(struct write_queue *queue);
/* answers: where commits come back, on the API's loop. */
void write_queue_start(struct write_queue *queue, struct store_thread *store, struct inbox *answers);

/* Takes a write and finishes it (struct write_rules): with its batch, or at once if it is not admitted or too many
   wait. */
void write_queue_add(struct write_queue *queue, struct write *take);

/* While the queue is paused, writes wait. */
void write_queue_pause(struct write_queue *queue);
void write_queue_resume(struct write_queue *queue);

bool write_queue_is_idle(const struct write_queue *queue);

/* Why writes fail at the moment: the last batch did, a short time ago. NULL: they do not. */
const char *write_queue_trouble(const struct write_queue *queue);

#endif
