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
	const struct change_bus *changes; /* sees what each commit has brought */
	size_t bytes_max;                 /* that may wait for the disk */
	size_t write_bytes_max;           /* that one write may produce; 0: any number */
	/* What is on the disk is not known: the process must end now. */
	void (*store_failed)(const struct error *err, void *context);
	void *context;
};

struct write_queue *write_queue_create(const struct write_queue_options *options);
/* After the HTTP server has stopped. */
void write_queue_destroy(struct write_queue *queue);
/* answers: where commits come back, on the api's loop. */
void write_queue_start(struct write_queue *queue, struct store_thread *store, struct inbox *answers);

/* Takes a write, and ends it (struct write_rules) at the end of its batch, or at once where it is not admitted or too
   much is waiting. */
void write_queue_add(struct write_queue *queue, struct write *take);

/* While it is paused, no batch is begun: writes wait. */
void write_queue_pause(struct write_queue *queue, bool is_paused);

bool write_queue_is_idle(const struct write_queue *queue);

/* Why writes do not get through: told while the last batch was refused, and that not long ago. NULL: they do. */
const char *write_queue_trouble(const struct write_queue *queue);

#endif
