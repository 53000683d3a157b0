/* event_filter.h - which changes a client asks for, and may see. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENT_FILTER_H
#define NOAHD_EVENTS_EVENT_FILTER_H

#include "common/http_route.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One client's. */
struct event_filter {
	struct http_call call; /* for its caller, which is kept, and its request, while that exists; not for its texts */
	char *pattern;         /* pattern_decode's */
	uint64_t after;
	size_t count_max;
	const char *gap; /* why there can be no changes after that; NULL: there may be */
};

void event_filter_finish(struct event_filter *filter);

/* Whether the pattern matches the change's path, or an alias, and the caller may read it. */
bool event_filter_fits(const struct event_filter *filter, const struct change *change);

/* The body of a change without the parts that the caller may not read; NULL: it may read all. free() it. */
char *event_filter_prune(const struct event_filter *filter, const struct change *change);

#endif
