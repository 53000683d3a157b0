/* long_polls.h - reads that wait for a change of what they ask for. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_LONG_POLLS_H
#define NOAHD_EVENTS_LONG_POLLS_H

#include "common/event_loop.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The API thread's. At most one for each connection. */
struct long_polls;

enum long_poll_end {
	LONG_POLL_ANSWER, /* it is due, or its time is over */
	LONG_POLL_FORGET, /* the HTTP server has stopped */
};

/* A member of the struct that knows the request. */
struct long_poll {
	/* Set before long_polls_add. is_due: whether it can be answered now. end may free it. */
	bool (*is_due)(struct long_poll *long_poll);
	void (*end)(struct long_poll *long_poll, enum long_poll_end end);

	/* The rest belongs to long_polls.c. */
	struct long_polls *owner;
	struct long_poll_group *group;
	struct event_timer deadline;
	bool is_woken, is_over;
	struct long_poll *previous, *next; /* in its group, or among the woken */
};

/* Follows the registry: a changed entry wakes the long polls that ask for it. */
struct long_polls *long_polls_create(struct event_loop *loop, struct registry *registry);
/* After the HTTP server has stopped: ends the rest with LONG_POLL_FORGET. NULL is fine. */
void long_polls_destroy(struct long_polls *long_polls);
/* Starts to answer, on the loop. */
void long_polls_start(struct long_polls *long_polls);

/* Keeps it until it is due or its time is over. path: decoded; a change at or below it wakes the long poll. */
void long_polls_add(struct long_polls *long_polls, struct long_poll *take, const char *path, int64_t wait_ms);

/* After its client has stopped sending: it is answered soon. A client that has shut down only its sending side gets the
   current state; one that has disconnected costs nothing more. */
void long_poll_hurry(struct long_poll *long_poll);

/* Wakes the long polls at the paths of an applied change and above. */
void long_polls_note_change(struct long_polls *long_polls, const struct change *change);

/* Wakes all of them, after an import. */
void long_polls_note_everything(struct long_polls *long_polls);

size_t long_polls_count(const struct long_polls *long_polls);

/* Answers all of them soon with the current state, and every later one. */
void long_polls_end(struct long_polls *long_polls);

#endif
