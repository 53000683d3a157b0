/* events_private.h - what streams and queries share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENTS_PRIVATE_H
#define NOAHD_EVENTS_EVENTS_PRIVATE_H

#include "noahd/events/event_filter.h"
#include "noahd/events/events.h"

#include <jansson.h>
#include <sys/queue.h>

struct event_stream;
struct event_query;

struct events {
	struct events_options options;
	struct event_log *log;
	TAILQ_HEAD(, event_stream) streams; /* in the order in which their bookmarks are due */
	struct event_timer bookmarks;
	TAILQ_HEAD(, event_query) queries; /* waiting for pages of the log */
	bool is_stopping;
};

/* {"result", "error_message", "oldest", "current"}: for a client whose position is not in the log: where it can
   begin. */
json_t *events_gap(const struct events *events, const char *reason);
#define EVENTS_TRIMMED "The log does not reach back so far"

/* How many changes are checked for one client before others get their turn. */
enum { EVENTS_CHECKED_AT_ONCE = 2000 };

/* event_stream.c */
void event_streams_see(struct events *events, const struct change_list *changes);
/* All report a gap. reason: borrowed for good. */
void event_streams_overtaken(struct events *events, const char *reason);
void event_streams_bookmark(void *events, int64_t now_ms);
void event_streams_end(struct events *events);

/* event_query.c */
void event_query_destroy(struct event_query *query);

#endif
