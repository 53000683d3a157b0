/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/events_private.h"

#include "common/memory.h"

#include <stdlib.h>

enum { TAIL_BYTES_MAX = 16 << 20 };

static uint64_t events_revision(const struct events *events)
{
	return registry_revision(events->options.history->registry);
}

struct events *events_create(const struct events_options *options)
{
	struct events *events = memory_zeroed(1, sizeof(*events));

	events->options = *options;
	events->log = event_log_create(options->loop, TAIL_BYTES_MAX);
	TAILQ_INIT(&events->streams);
	TAILQ_INIT(&events->queries);
	events->bookmarks = (struct event_timer){ .fire = event_streams_bookmark, .context = events };
	return events;
}

void events_start(struct events *events, struct store_thread *store, struct inbox *answers)
{
	event_log_start(events->log, store, answers, events_revision(events));
}

void events_destroy(struct events *events)
{
	if (!events)
		return;
	event_timer_cancel(events->options.loop, &events->bookmarks);
	while (!TAILQ_EMPTY(&events->queries))
		event_query_destroy(TAILQ_FIRST(&events->queries));
	event_log_destroy(events->log);
	free(events);
}

void events_end(struct events *events)
{
	events->is_stopping = true;
	event_streams_end(events);
}

uint64_t events_oldest(const struct events *events)
{
	return event_log_oldest(events->log);
}

json_t *events_gap(const struct events *events, const char *reason)
{
	return json_pack("{s:s, s:s, s:I, s:I}", "result", "failure", "error_message", reason, "oldest",
	    (json_int_t)event_log_oldest(events->log), "current", (json_int_t)event_log_head(events->log));
}

struct event_log *events_log(struct events *events)
{
	event_log_advance(events->log, events_revision(events));
	return events->log;
}

/* ---- what comes -------------------------------------------------------------------------------------------------- */

void events_imported(struct events *events)
{
	event_log_advance(events->log, events_revision(events));
	event_streams_overtaken(events, "An import has taken place, whose changes are not announced");
}

void events_append(struct events *events, const struct change_list *changes)
{
	event_log_append(events->log, changes);
	event_streams_see(events, changes);
}
