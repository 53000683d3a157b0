/* watch_review.h - finds watches that get nothing because their registrants may no longer read at the pattern. */
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

/* At start: logs the number of watches that get nothing. */
void watch_review_begin(struct watch_review *review);

/* Tokens have changed: logs each watch that has lost its right or has regained it. */
void watch_review_all(struct watch_review *review);

/* A watch has a new registrant. was_authorized: whether the one before could read at the pattern. */
void watch_review_adopted(struct watch *watch, const struct watch_table *table, bool was_authorized);

#endif
