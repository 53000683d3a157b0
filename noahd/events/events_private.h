/* events_private.h - what the files of GET /events know of each other. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENTS_PRIVATE_H
#define NOAHD_EVENTS_EVENTS_PRIVATE_H

#include "noahd/events/event_wish.h"
#include "noahd/events/events.h"

#include <jansson.h>
#include <sys/queue.h>

struct event_stream;
struct event_query;

struct events {
	struct events_options options;
	struct event_log *log;
	TAILQ_HEAD(, event_stream) streams; /* whose bookmark is due first comes first */
	struct event_timer bookmarks;
	TAILQ_HEAD(, event_query) queries; /* that wait for pages of the log */
	bool is_stopping;
};

/* {"result", "error_message", "oldest", "current"}: where somebody may begin whose place is not in the log. */
json_t *events_gap(const struct events *events, const char *reason);
#define EVENTS_TRIMMED "The log does not reach back so far"

/* How many changes are looked at for one client before others have their turn. */
enum { EVENTS_LOOKED_AT_ONCE = 2000 };

/* event_stream.c */
void event_streams_see(struct events *events, const struct change_list *changes);
/* All are told of a gap: what there is now was not told change by change. reason is borrowed for good. */
void event_streams_overtaken(struct events *events, const char *reason);
void event_streams_bookmark(void *events, int64_t now_ms);
void event_streams_end(struct events *events);

/* event_query.c */
void event_query_destroy(struct event_query *query);

#endif
