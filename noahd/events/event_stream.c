/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/events_private.h"

#include "common/http_server.h"
#include "common/json.h"
#include "common/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A place in the log: nothing is queued for it, what all streams send is rendered once. */
struct event_stream {
	struct events *events;
	struct http_response *response;
	struct event_filter filter; /* after: what was sent, or is not for it */
	/* What is being sent: of a block, or a notice of its own. */
	const char *text;
	size_t size, offset;
	struct event_block *block;
	char *notice;
	bool has_failed, has_begun, owes_bookmark;
	int64_t bookmark_due_ms;
	struct event_log_reader reader;
	struct event_timer turn;
	TAILQ_ENTRY(event_stream) in_events;
};

static struct event_loop *event_stream_loop_of(const struct event_stream *stream)
{
	return stream->events->options.loop;
}

/* ---- what is sent next ------------------------------------------------------------------------------------------- */

static void drop_text(struct event_stream *stream)
{
	event_block_release(stream->block);
	free(stream->notice);
	stream->block = NULL;
	stream->notice = NULL;
	stream->size = stream->offset = 0;
}

static void say(struct event_stream *stream, char *take_notice)
{
	stream->text = stream->notice = take_notice;
	stream->size = strlen(take_notice);
}

static void event_stream_show(struct event_stream *stream, struct event_block *block)
{
	const char *epoch = stream->events->options.history->epoch;
	char *pruned = event_filter_prune(&stream->filter, block->change);
	size_t size;

	if (pruned) {
		pruned = event_body(block->change, epoch, pruned, &size);
		say(stream, event_text(block->change, pruned));
		free(pruned);
		return;
	}
	event_block_retain(block);
	stream->block = block;
	stream->text = event_block_text(block, epoch, &stream->size);
}

/* What is new follows: a client has to look at everything again in any case. */
static void tell_gap(struct event_stream *stream, const char *reason)
{
	json_t *gap = events_gap(stream->events, reason);
	char *text = json_render(gap, NULL);

	stream->filter.after = event_log_head(stream->events->log);
	stream->filter.gap = NULL;
	say(stream, memory_format("id: %" PRIu64 "\nevent: gap\ndata: %s\n\n", stream->filter.after, text));
	free(text);
	json_decref(gap);
}

/* The next change that is for this stream. False: not now. */
static bool find_next(struct event_stream *stream)
{
	struct event_block *block;

	for (size_t i = 0; i < EVENTS_CHECKED_AT_ONCE; i++) {
		switch (event_log_find(stream->events->log, stream->filter.after, &block)) {
		case EVENT_LOG_END:
			return false;
		case EVENT_LOG_FETCH:
			event_log_fetch(stream->events->log, &stream->reader, stream->filter.after);
			return false;
		case EVENT_LOG_GAP:
			tell_gap(stream, EVENTS_TRIMMED);
			return true;
		case EVENT_LOG_HERE:
			stream->filter.after = block->change->revision;
			if (event_filter_fits(&stream->filter, block->change)) {
				event_stream_show(stream, block);
				return true;
			}
		}
	}
	event_timer_set(event_stream_loop_of(stream), &stream->turn, 0);
	return false;
}

/* A bookmark, an id alone, moves the place from which a client resumes, and is no event to it (HTML Living Standard,
   9.2.6). It stands between events, so it is right however far behind the client is. */
static bool take_next(struct event_stream *stream)
{
	drop_text(stream);
	if (!stream->has_begun) {
		/* A comment, so that the client sees at once that it is heard, and where it stands. */
		stream->has_begun = true;
		say(stream,
		    stream->filter.gap ? memory_text(":\n\n") : memory_format(":\nid: %" PRIu64 "\n\n", stream->filter.after));
		return true;
	}
	if (stream->owes_bookmark) {
		stream->owes_bookmark = false;
		say(stream, memory_format("id: %" PRIu64 "\n\n", stream->filter.after));
		return true;
	}
	if (stream->filter.gap) {
		tell_gap(stream, stream->filter.gap);
		return true;
	}
	return find_next(stream);
}

/* ---- as the HTTP server sees it ---------------------------------------------------------------------------------- */

static ssize_t event_stream_read_stream(void *context, char *out, size_t room)
{
	struct event_stream *stream = context;
	char *at = out, *end = out + room;

	while (at < end && (stream->offset < stream->size || take_next(stream))) {
		size_t left = stream->size - stream->offset, fits = (size_t)(end - at), size = left < fits ? left : fits;
		memcpy(at, stream->text + stream->offset, size);
		stream->offset += size;
		at += size;
	}
	if (at > out)
		return at - out;
	if (stream->has_failed)
		return HTTP_STREAM_BREAKS;
	return stream->events->is_stopping ? HTTP_STREAM_ENDS : HTTP_STREAM_WAITS;
}

static void end_stream(void *context)
{
	struct event_stream *stream = context;

	TAILQ_REMOVE(&stream->events->streams, stream, in_events);
	event_log_forget(&stream->reader);
	event_timer_cancel(event_stream_loop_of(stream), &stream->turn);
	drop_text(stream);
	event_filter_finish(&stream->filter);
	free(stream);
}

/* ---- what wakes it ----------------------------------------------------------------------------------------------- */

static void event_stream_have_turn(void *context, int64_t now_ms)
{
	struct event_stream *stream = context;

	(void)now_ms;
	http_response_wake(stream->response);
}

static void event_stream_have_page(void *context, const struct error *err)
{
	struct event_stream *stream = context;

	stream->has_failed = err != NULL;
	http_response_wake(stream->response);
}

/* Most changes are not for most streams: one that has seen all before them steps over them without being woken. One
   that has not is reading, or waits for a page, or was overtaken by an import. */
static void see(struct event_stream *stream, const struct change_list *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = changes->changes[i];
		if (stream->reader.queue)
			return;
		if (stream->filter.after + 1 != change->revision || event_filter_fits(&stream->filter, change)) {
			http_response_wake(stream->response);
			return;
		}
		stream->filter.after = change->revision;
	}
}

void event_streams_see(struct events *events, const struct change_list *changes)
{
	struct event_stream *stream;

	TAILQ_FOREACH (stream, &events->streams, in_events)
		see(stream, changes);
}

void event_streams_overtaken(struct events *events, const char *reason)
{
	struct event_stream *stream;

	TAILQ_FOREACH (stream, &events->streams, in_events) {
		stream->filter.gap = reason;
		http_response_wake(stream->response);
	}
}

static void expect_bookmarks(struct events *events)
{
	const struct event_stream *first = TAILQ_FIRST(&events->streams);

	if (first)
		event_timer_set(events->options.loop, &events->bookmarks, first->bookmark_due_ms);
}

static void await_bookmark(struct event_stream *stream)
{
	stream->bookmark_due_ms = event_loop_now_ms(event_stream_loop_of(stream)) + stream->events->options.bookmark_ms;
	TAILQ_INSERT_TAIL(&stream->events->streams, stream, in_events);
}

void event_streams_bookmark(void *context, int64_t now_ms)
{
	struct events *events = context;
	struct event_stream *stream;

	while ((stream = TAILQ_FIRST(&events->streams)) && stream->bookmark_due_ms <= now_ms) {
		TAILQ_REMOVE(&events->streams, stream, in_events);
		await_bookmark(stream);
		stream->owes_bookmark = true;
		http_response_wake(stream->response);
	}
	expect_bookmarks(events);
}

void event_streams_end(struct events *events)
{
	struct event_stream *stream;

	TAILQ_FOREACH (stream, &events->streams, in_events)
		http_response_wake(stream->response);
}

size_t events_stream_count(const struct events *events)
{
	const struct event_stream *stream;
	size_t count = 0;

	TAILQ_FOREACH (stream, &events->streams, in_events)
		count++;
	return count;
}

void event_stream_start(struct events *events, const struct event_filter *take_filter)
{
	struct event_stream *stream = memory_zeroed(1, sizeof(*stream));
	const struct http_stream source = { .read = event_stream_read_stream, .end = end_stream, .context = stream };

	stream->events = events;
	stream->filter = *take_filter;
	stream->reader = (struct event_log_reader){ .ready = event_stream_have_page, .context = stream };
	stream->turn = (struct event_timer){ .fire = event_stream_have_turn, .context = stream };
	await_bookmark(stream);
	expect_bookmarks(events);
	stream->response = response_of_stream(events->options.history, &source, "text/event-stream");
	http_response_header(stream->response, "Cache-Control", "no-store");
	http_response_header(stream->response, "X-Accel-Buffering", "no"); /* nginx, as it comes, would keep it back */
	response_varies(stream->response);
	http_request_respond(take_filter->call.request, 200, stream->response);
	http_response_release(stream->response);
}
