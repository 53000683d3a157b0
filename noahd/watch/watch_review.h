/* watch_review.h - notices which watches may tell nothing any more, since their registrants may read nothing of what
   they are for. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_WATCH_REVIEW_H
#define NOAHD_WATCH_WATCH_REVIEW_H

#include "common/event_loop.h"
#include "noahd/watch/watch_table.h"

/* The delivery thread's. Borrows both. */
struct watch_review {
	struct event_loop *loop;
	struct watch_table *table;
	struct event_timer timer; /* for tokens that expire */
};

void watch_review_init(struct watch_review *review, struct event_loop *loop, struct watch_table *table);
void watch_review_finish(struct watch_review *review);

/* At start: those that tell nothing by then are logged together. */
void watch_review_begin(struct watch_review *review);

/* Tokens have changed: each watch that has lost its right, or has it again, is logged. */
void watch_review_all(struct watch_review *review);

/* A watch has another registrant. was_authorized: before that. */
void watch_review_adopted(struct watch *watch, const struct watch_table *table, bool was_authorized);

#endif
