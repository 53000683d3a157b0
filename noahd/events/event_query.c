/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/events_private.h"

#include "common/json.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* An answer that has grown so large is sent as it is: it tells where to go on. */
enum { TEXT_BYTES_MAX = 4 << 20 };

struct event_query {
	struct events *events;
	struct event_filter filter;
	size_t count;
	char *text;
	size_t size, room;
	struct event_log_reader reader;
	struct event_timer turn;
	TAILQ_ENTRY(event_query) in_events;
};

static struct event_loop *event_query_loop_of(const struct event_query *query)
{
	return query->events->options.loop;
}

void event_query_destroy(struct event_query *query)
{
	TAILQ_REMOVE(&query->events->queries, query, in_events);
	event_log_forget(&query->reader);
	event_timer_cancel(event_query_loop_of(query), &query->turn);
	event_filter_finish(&query->filter);
	free(query->text);
	free(query);
}

static void event_query_append(struct event_query *query, const char *text, size_t size)
{
	if (query->size + size > query->room) {
		query->room = 2 * (query->size + size);
		query->text = memory_grow(query->text, query->room, 1);
	}
	memcpy(query->text + query->size, text, size);
	query->size += size;
}

static void event_query_answer(struct event_query *query)
{
	event_query_append(query, query->count ? "]" : "[]", query->count ? 1 : 2);
	struct http_response *response =
	    response_of_bytes(query->events->options.history, query->text, query->size, RESPONSE_JSON);

	query->text = NULL;
	response_set_revision(response, query->filter.after);
	response_varies(response);
	http_request_respond(query->filter.call.request, 200, response);
	http_response_release(response);
	event_query_destroy(query);
}

static void answer_gap(struct event_query *query, const char *reason)
{
	struct http_response *response =
	    response_of_json(query->events->options.history, events_gap(query->events, reason));

	response_varies(response);
	http_request_respond(query->filter.call.request, 410, response);
	http_response_release(response);
	event_query_destroy(query);
}

static void event_query_take(struct event_query *query, const struct change *change)
{
	query->filter.after = change->revision;
	if (!event_filter_fits(&query->filter, change))
		return;
	event_query_append(query, query->count++ ? "," : "[", 1);
	size_t size;
	char *body =
	    event_body(change, query->events->options.history->epoch, event_filter_prune(&query->filter, change), &size);
	event_query_append(query, body, size);
	free(body);
}

static bool event_query_is_full(const struct event_query *query)
{
	return query->count == query->filter.count_max || query->size > TEXT_BYTES_MAX;
}

/* Takes what is in memory; in a later turn what is not, or is too much for one. */
static void event_query_go_on(struct event_query *query)
{
	struct event_block *block;

	for (size_t i = 0; i < EVENTS_CHECKED_AT_ONCE && !event_query_is_full(query); i++) {
		switch (event_log_find(query->events->log, query->filter.after, &block)) {
		case EVENT_LOG_HERE:
			event_query_take(query, block->change);
			break;
		case EVENT_LOG_END:
			event_query_answer(query);
			return;
		case EVENT_LOG_GAP:
			answer_gap(query, EVENTS_TRIMMED);
			return;
		case EVENT_LOG_FETCH:
			event_log_fetch(query->events->log, &query->reader, query->filter.after);
			return;
		}
	}
	if (event_query_is_full(query))
		event_query_answer(query);
	else
		event_timer_set(event_query_loop_of(query), &query->turn, 0);
}

static void event_query_have_turn(void *context, int64_t now_ms)
{
	(void)now_ms;
	event_query_go_on(context);
}

static void event_query_have_page(void *context, const struct error *err)
{
	struct event_query *query = context;
	struct error unavailable;

	if (!err) {
		event_query_go_on(query);
		return;
	}
	error_set(&unavailable, ERROR_UNAVAILABLE, "The log cannot be read at the moment");
	response_refuse(query->filter.call.request, query->events->options.history, response_status(unavailable.kind),
	    &unavailable);
	event_query_destroy(query);
}

void event_query_start(struct events *events, const struct event_filter *take_filter)
{
	struct event_query *query = memory_zeroed(1, sizeof(*query));

	query->events = events;
	query->filter = *take_filter;
	query->reader = (struct event_log_reader){ .ready = event_query_have_page, .context = query };
	query->turn = (struct event_timer){ .fire = event_query_have_turn, .context = query };
	TAILQ_INSERT_TAIL(&events->queries, query, in_events);
	if (query->filter.gap) {
		answer_gap(query, query->filter.gap);
		return;
	}
	event_query_go_on(query);
}
