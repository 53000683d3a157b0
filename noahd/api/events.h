/* events.h - GET /events: the changes of the log, as a list of those that are there or as a stream of those to come. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_EVENTS_H
#define NOAHD_API_EVENTS_H

#include "common/error.h"
#include "noahd/events/event_log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;

/* All streams, and all lists that are being put together. */
struct events;

struct events *events_create(struct api *api);
void events_start(struct events *events, struct store_thread *store, struct inbox *answers);
/* Changes that have been applied, before their writes are answered: streams go on. */
void events_append(struct events *events, const struct change_list *changes);
/* The registry was filled by an import, and its revision set: streams are told of a gap. */
void events_imported(struct events *events);
/* The first revision that GET /events can still answer with; beyond the newest: none. */
uint64_t events_oldest(const struct events *events);
/* How many streams there are. Looks at each. */
size_t events_stream_count(const struct events *events);
/* noahd stops: streams end when their clients have what is there. */
void events_end(struct events *events);
/* After the HTTP server and the store thread have stopped. NULL is fine. */
void events_destroy(struct events *events);

#endif
