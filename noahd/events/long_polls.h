/* long_polls.h - reads that wait until what they ask for has changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_LONG_POLLS_H
#define NOAHD_EVENTS_LONG_POLLS_H

#include "common/event_loop.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The API thread's. As many as there are connections at most. */
struct long_polls;

enum long_poll_end {
	LONG_POLL_ANSWER, /* it is due, or its time is up */
	LONG_POLL_FORGET, /* the HTTP server has stopped */
};

/* One of them, a member of what knows the request. */
struct long_poll {
	/* Set before long_polls_add. Whether there is something to tell by now; and its end, which may free it. */
	bool (*is_due)(struct long_poll *long_poll);
	void (*end)(struct long_poll *long_poll, enum long_poll_end end);

	/* The rest belongs to long_polls.c. */
	struct long_polls *owner;
	struct long_poll_group *group;
	struct event_timer deadline;
	bool is_woken, is_over;
	struct long_poll *previous, *next; /* in the group, or among the woken */
};

/* Follows the registry: an entry that looks different wakes those that ask for it. */
struct long_polls *long_polls_create(struct event_loop *loop, struct registry *registry);
/* After the HTTP server has stopped: those that are left are forgotten. NULL is fine. */
void long_polls_destroy(struct long_polls *long_polls);
/* Begins to answer, in the loop of the api. */
void long_polls_start(struct long_polls *long_polls);

/* Keeps it until it is due or its time is up. path: what it asks for, decoded; what happens at or below it wakes it. */
void long_polls_add(struct long_polls *long_polls, struct long_poll *take, const char *path, int64_t wait_ms);

/* Its client has stopped sending: one that has shut down only that side gets what there is, soon; one that has left
   costs no more until the deadline. */
void long_poll_hurry(struct long_poll *long_poll);

/* A change was applied: whoever asks for one of its paths, or for what is above one, is looked at again. */
void long_polls_note_change(struct long_polls *long_polls, const struct change *change);

/* Everything may look different by now; or a token's rules have changed, and those that may not read what they wait for
   any more are told so at once. */
void long_polls_note_everything(struct long_polls *long_polls);

/* How many there are. */
size_t long_polls_count(const struct long_polls *long_polls);

/* All are answered soon, with what there is, and so is who comes from now on. */
void long_polls_end(struct long_polls *long_polls);

#endif
