/* dispatch.h - queues every change for the watches that match it, from the API or, if that was missed, from the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_DISPATCH_H
#define NOAHD_WATCH_DISPATCH_H

#include "noahd/registry/change.h"
#include "noahd/watch/log_reader.h"
#include "noahd/watch/matcher.h"
#include "noahd/watch/progress.h"
#include "noahd/watch/sender.h"
#include "noahd/watch/watch_review.h"
#include "noahd/watch/watch_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The delivery thread's. Dispatch as a whole lags when the API's changes come too fast; a single endpoint lags when its
   queue is full. Both then read the log from where they stopped until they have caught up. */
struct dispatch {
	struct watch_table *table;
	struct progress *progress;
	struct sender *sender;
	struct log_reader *reader;
	struct run_time *run_time;
	struct matcher *matcher;
	struct watch_review review;
	bool tokens_changed;         /* since the last review */
	struct log_cursor cursor;    /* cursor.handed: everything up to here is queued for every watch */
	uint64_t wanted;             /* catching up ends there */
	bool catching_up;            /* changes pushed by the API are ignored, since the log has them */
	bool starting;               /* first deliveries after a start are spread */
	uint64_t loaded;             /* watches and tokens are known as of this revision */
	uint64_t position;           /* of the store at start */
	const struct endpoint *only; /* the endpoint to queue for; NULL: every endpoint that does not lag */
};

/* Borrows everything. */
void dispatch_init(struct dispatch *dispatch, struct watch_table *table, struct progress *progress,
    struct sender *sender, struct log_reader *reader, struct run_time *run_time);
void dispatch_finish(struct dispatch *dispatch);

/* Applies the store's rows to its watches. position and head: as delivery_start. Rows without a watch are cleared. */
void dispatch_restore(struct dispatch *dispatch, const struct watch_progress *rows, size_t count, uint64_t position,
    uint64_t head);
/* Reads what is pending from the log. */
void dispatch_start(struct dispatch *dispatch);

/* Changes in order, borrowed. */
void dispatch_live(struct dispatch *dispatch, const struct change_list *list);
/* Changes up to this one were not pushed. */
void dispatch_missed(struct dispatch *dispatch, uint64_t revision);
/* For sender_options.moved. */
void dispatch_moved(void *dispatch, struct endpoint *endpoint);

#endif
