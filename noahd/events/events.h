/* events.h - GET /events: the changes of the log, as a list of those that are there or as a stream of those to come. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENTS_H
#define NOAHD_EVENTS_EVENTS_H

#include "common/error.h"
#include "noahd/events/event_log.h"
#include "noahd/events/event_wish.h"
#include "noahd/http/response.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All streams, and all lists that are being put together. */
struct events;

struct events_options {
	struct event_loop *loop;
	const struct history *history; /* borrowed */
	int64_t bookmark_ms;           /* how often a stream tells its place */
};

struct events *events_create(const struct events_options *options);
void events_start(struct events *events, struct store_thread *store, struct inbox *answers);
/* Changes that have been applied, before their writes are answered: streams go on. */
void events_append(struct events *events, const struct change_list *changes);
/* The registry was filled by an import, and its revision set: streams are told of a gap. */
void events_imported(struct events *events);
/* The first revision that GET /events can still answer with; beyond the newest: none. */
uint64_t events_oldest(const struct events *events);
/* The log, up to the registry's revision. */
struct event_log *events_log(struct events *events);
/* Answers the wish's request: with a stream, or with an array, now or when it was read from the store. */
void event_stream_start(struct events *events, const struct event_wish *take_wish);
void event_query_start(struct events *events, const struct event_wish *take_wish);
/* How many streams there are. Looks at each. */
size_t events_stream_count(const struct events *events);
/* noahd stops: streams end when their clients have what is there. */
void events_end(struct events *events);
/* After the HTTP server and the store thread have stopped. NULL is fine. */
void events_destroy(struct events *events);

#endif
