/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/events_private.h"

#include "common/http_accept.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/number.h"
#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>

enum { TAIL_BYTES_MAX = 16 << 20, COUNT_DEFAULT = 1000, COUNT_MAX = 10000 };

struct events *events_create(struct api *api)
{
	struct events *events = memory_zeroed(1, sizeof(*events));

	events->api = api;
	events->log = event_log_create(api->options.loop, TAIL_BYTES_MAX);
	TAILQ_INIT(&events->streams);
	TAILQ_INIT(&events->queries);
	events->bookmarks = (struct event_timer){ .fire = event_streams_bookmark, .context = events };
	return events;
}

void events_start(struct events *events, struct store_thread *store, struct inbox *answers)
{
	event_log_start(events->log, store, answers, registry_revision(events->api->registry));
}

void events_destroy(struct events *events)
{
	if (!events)
		return;
	event_timer_cancel(events->api->options.loop, &events->bookmarks);
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

/* ---- what somebody wants to see ---------------------------------------------------------------------------------- */

void event_wish_finish(struct event_wish *wish)
{
	free(wish->pattern);
	token_release(wish->call.caller);
}

/* By an alias only where that may be read, too: it names another object, which shows this one. */
static bool is_wanted(const struct event_wish *wish, const struct change *change)
{
	bool fits = pattern_covers(wish->pattern, change->record.path);

	for (const char *alias = change->aliases, *end; !fits && (end = strchr(alias, '\n')); alias = end + 1) {
		char *path = memory_copy(alias, (size_t)(end - alias));
		fits = pattern_covers(wish->pattern, path) && caller_may(&wish->call, ACCESS_READ, path);
		free(path);
	}
	return fits;
}

bool event_wish_fits(const struct event_wish *wish, const struct change *change)
{
	return is_wanted(wish, change) && caller_may(&wish->call, ACCESS_READ, change->record.path);
}

char *event_wish_prune(const struct event_wish *wish, const struct change *change)
{
	json_t *body;

	if (caller_sees_whole(&wish->call, change->record.kind))
		return NULL;
	if (!json_decode_object(change->body, change->body_size, &body, NULL)) /* no body of ours */
		body = json_object();
	caller_prune(&wish->call, &change->record, body);
	char *text = json_render(body, NULL);
	json_decref(body);
	return text;
}

static bool read_number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out,
    struct error *err)
{
	uint64_t number;

	if (!text)
		return true;
	if (!number_parse_uint64(text, max, &number) || number < min)
		return error_set(err, ERROR_INVALID, "%s must be a number from %llu to %llu", name, (unsigned long long)min,
		    (unsigned long long)max);
	*out = number;
	return true;
}

/* A reader that comes back says what it has seen last, whatever its URL still says. */
static bool read_place(const struct http_call *call, struct event_wish *wish, struct error *err)
{
	const char *last = http_request_header(call->request, "Last-Event-ID");
	const char *name = last && *last ? "Last-Event-ID" : "since";

	return read_number(name, name[0] == 'L' ? last : http_target_parameter(call->target, "since"), 0, INT64_MAX,
	    &wish->after, err);
}

static bool events_read_pattern(const struct http_call *call, struct event_wish *wish, struct error *err)
{
	const char *pattern = http_target_parameter(call->target, "pattern");

	if (pattern && !pattern_check(pattern, err))
		return false;
	wish->pattern = pattern ? pattern_decode(pattern) : memory_text("");
	return true;
}

static const char *find_gap(const struct events *events, const struct http_call *call, const struct event_wish *wish)
{
	const char *epoch = http_target_parameter(call->target, "epoch");

	if (epoch && strcmp(epoch, events->api->history.epoch) != 0)
		return "Revisions of another epoch mean nothing here";
	if (wish->after > event_log_head(events->log))
		return "There is no such revision yet";
	return NULL;
}

/* As for a watch there. What is below the pattern and may not be read is left out. */
static bool events_check_access(const struct http_call *call, const char *pattern, bool is_stream, struct error *err)
{
	return caller_check(call, ACCESS_READ, pattern, err) &&
	       (!is_stream || caller_check(call, ACCESS_WATCH, pattern, err));
}

static bool read_wish(const struct events *events, const struct http_call *call, bool is_stream,
    struct event_wish *wish, struct error *err)
{
	uint64_t count_max = COUNT_DEFAULT;

	if (!events_read_pattern(call, wish, err) || !events_check_access(call, wish->pattern, is_stream, err) ||
	    !read_place(call, wish, err) ||
	    !read_number("limit", http_target_parameter(call->target, "limit"), 1, COUNT_MAX, &count_max, err))
		return false;
	wish->count_max = (size_t)count_max;
	wish->gap = find_gap(events, call, wish);
	return true;
}

static bool wants_stream(const struct http_call *call)
{
	const char *accept = http_request_header(call->request, "Accept");
	struct http_accept stream = http_accept_find(accept, "text/event-stream");

	return stream.is_named && stream.quality > 0;
}

/* Who says nothing of where to begin gets all that is there, a stream what comes. */
void get_events(struct http_call *call)
{
	struct events *events = api_of(call)->events;
	const bool is_stream = wants_stream(call);

	event_log_advance(events->log, registry_revision(api_of(call)->registry));
	const uint64_t newest = event_log_head(events->log), oldest = event_log_oldest(events->log);
	struct event_wish wish = { .call = *call, .after = is_stream ? newest : oldest - 1 };
	struct error err;

	(void)token_reference(call->caller);
	if (!read_wish(events, call, is_stream, &wish, &err)) {
		event_wish_finish(&wish);
		answer_error(call, &err);
	} else if (is_stream) {
		event_stream_start(events, &wish);
	} else {
		event_query_start(events, &wish);
	}
}

/* ---- what comes -------------------------------------------------------------------------------------------------- */

void events_imported(struct events *events)
{
	event_log_advance(events->log, registry_revision(events->api->registry));
	event_streams_overtaken(events, "There was an import, which is not told change by change");
}

void events_append(struct events *events, const struct change_list *changes)
{
	event_log_append(events->log, changes);
	event_streams_see(events, changes);
}
