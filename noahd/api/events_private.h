/* events_private.h - what the files of GET /events know of each other. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_EVENTS_PRIVATE_H
#define NOAHD_API_EVENTS_PRIVATE_H

#include "common/http_route.h"
#include "noahd/api/events.h"

#include <jansson.h>
#include <sys/queue.h>

struct event_stream;
struct event_query;

struct events {
	struct api *api;
	struct event_log *log;
	TAILQ_HEAD(, event_stream) streams; /* whose bookmark is due first comes first */
	struct event_timer bookmarks;
	TAILQ_HEAD(, event_query) queries; /* that wait for pages of the log */
	bool is_stopping;
};

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

/* {"result", "error_message", "oldest", "current"}: where somebody may begin whose place is not in the log. */
json_t *events_gap(const struct events *events, const char *reason);
#define EVENTS_TRIMMED "The log does not reach back so far"

/* How many changes are looked at for one client before others have their turn. */
enum { EVENTS_LOOKED_AT_ONCE = 2000 };

/* event_stream.c: answers with a stream. */
void event_stream_start(struct events *events, const struct event_wish *take_wish);
void event_streams_see(struct events *events, const struct change_list *changes);
/* All are told of a gap: what there is now was not told change by change. reason is borrowed for good. */
void event_streams_overtaken(struct events *events, const char *reason);
void event_streams_bookmark(void *events, int64_t now_ms);
void event_streams_end(struct events *events);

/* event_query.c: answers with an array, now or when it was read from the store. */
void event_query_start(struct events *events, const struct event_wish *take_wish);
void event_query_destroy(struct event_query *query);

#endif
