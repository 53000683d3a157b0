/* events.h - GET /events: changes as a list, or as a stream of new ones. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENTS_H
#define NOAHD_EVENTS_EVENTS_H

#include "common/error.h"
#include "noahd/events/event_log.h"
#include "noahd/events/event_filter.h"
#include "noahd/http/response.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All streams, and all lists in progress. */
struct events;

struct events_options {
	struct event_loop *loop;
	const struct history *history; /* borrowed */
	int64_t bookmark_ms;           /* how often a stream sends its position */
};

struct events *events_create(const struct events_options *options);
void events_start(struct events *events, struct store_thread *store, struct inbox *answers);
/* Applied changes, before their writes are answered: streams continue. */
void events_append(struct events *events, const struct change_list *changes);
/* After an import has set the registry and its revision: streams report a gap. */
void events_imported(struct events *events);
/* The oldest revision that GET /events can still show; beyond the newest: none. */
uint64_t events_oldest(const struct events *events);
/* The log, up to the registry's revision. */
struct event_log *events_log(struct events *events);
/* Answers the filter's request with a stream; or with an array, now or after the store was read. */
void event_stream_start(struct events *events, const struct event_filter *take_filter);
void event_query_start(struct events *events, const struct event_filter *take_filter);
/* The number of streams; takes time for each. */
size_t events_stream_count(const struct events *events);
/* At a stop: streams end once their clients have everything. */
void events_end(struct events *events);
/* After the HTTP server and the store thread have stopped. NULL is fine. */
void events_destroy(struct events *events);

#endif
