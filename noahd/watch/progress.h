/* progress.h - progress of deliveries, collected and given to the store several times a second. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_PROGRESS_H
#define NOAHD_WATCH_PROGRESS_H

#include "common/event_loop.h"
#include "noahd/store/store_thread.h"
#include "noahd/watch/run_time.h"
#include "noahd/watch/watch_table.h"

#include <stdbool.h>
#include <stdint.h>

/* The delivery thread's. */
struct progress {
	struct event_loop *loop;
	struct store_thread *store;
	const struct watch_table *table;
	struct run_time *run_time;
	uint64_t position; /* everything up to here has been matched against the watches */
	bool held;         /* keeps what the store has while the log is read again up to its position */
	struct event_timer timer;
	struct watch *marked;              /* whose rows are to be written or cleared */
	struct delivery_progress *next;    /* being collected: dead rows, and rows of removed watches to clear */
	struct delivery_progress *waiting; /* the store thread had no room for this */
};

/* Borrows everything. */
void progress_init(struct progress *progress, struct event_loop *loop, struct store_thread *store,
    const struct watch_table *table, struct run_time *run_time);
void progress_finish(struct progress *progress);

/* Hands nothing over until progress_release. */
void progress_hold(struct progress *progress);
void progress_release(struct progress *progress);
void progress_set_position(struct progress *progress, uint64_t position);
/* The watch's row has changed: what is pending, its state, or how long its endpoint has failed. */
void progress_mark(struct progress *progress, struct watch *watch);
void progress_mark_endpoint(struct progress *progress, struct endpoint *endpoint);
/* The watch is about to be removed. */
void progress_forget(struct progress *progress, struct watch *watch);
/* A row that belongs to no watch. */
void progress_clear_row(struct progress *progress, const char *path);
/* These changes will not be delivered. */
void progress_dead(struct progress *progress, const struct watch *watch, uint64_t from, uint64_t to,
    const char *reason);

/* Everything up to here that the watch matches is acknowledged. */
uint64_t progress_acknowledged(const struct progress *progress, const struct watch *watch);

/* Hands over what was collected. False: the store thread has no room yet; tried again soon. */
bool progress_flush(struct progress *progress);

#endif
