/* event_wish.h - which changes a reader of events wants to see, and may. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENT_WISH_H
#define NOAHD_EVENTS_EVENT_WISH_H

#include "common/http_route.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What somebody wants to see, and may. */
struct event_wish {
	struct http_call call; /* for its caller, who is kept, and its request, while that is there: not for its strings */
	char *pattern;         /* pattern_decode's */
	uint64_t after;
	size_t count_max;
	const char *gap; /* why nothing can follow after; NULL: it may be there */
};

void event_wish_finish(struct event_wish *wish);

/* Whether a change happens at a path that the wish's pattern stands for, its own or an alias, and may be read. */
bool event_wish_fits(const struct event_wish *wish, const struct change *change);

/* The body of a change without what may not be read by itself; NULL: all of it may. free() it. */
char *event_wish_prune(const struct event_wish *wish, const struct change *change);

#endif
