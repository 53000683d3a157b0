/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/readings.h"

#include "common/exposition.h"
#include "common/memory.h"
#include "pokerd/listener/answers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

enum { ASK_AGAIN_MS = 1000 };

struct reading {
	LIST_ENTRY(reading) in_list;
	struct readings *readings;
	struct piece_question question; /* its texts are ours */
	struct http_request *request;   /* until the first piece */
	struct http_response *stream;   /* after it */
	char *content;                  /* of the newest piece */
	size_t size, sent;
	uint32_t after;
	bool has_failed;
	struct event_timer again;
	int holders; /* the request, the stream */
};

struct readings {
	struct readings_options options;
	LIST_HEAD(, reading) list;
	bool is_draining;
};

/* ---- life of one ---- */

/* The other holder, if there is one, follows in the same call. */
static void reading_let_go(void *context)
{
	struct reading *reading = context;

	runner_link_forget_piece(reading->readings->options.link, &reading->question);
	event_timer_cancel(reading->readings->options.loop, &reading->again);
	if (--reading->holders)
		return;
	LIST_REMOVE(reading, in_list);
	explicit_bzero((char *)reading->question.token, strlen(reading->question.token));
	free((char *)reading->question.token);
	free((char *)reading->question.peer);
	free((char *)reading->question.run_id);
	free(reading->content);
	free(reading);
}

/* ---- the stream ---- */

static void reading_ask(struct reading *reading)
{
	runner_link_ask_piece(reading->readings->options.link, &reading->question);
}

static void ask_again(void *context, int64_t now_ms)
{
	(void)now_ms;
	reading_ask(context);
}

static void reading_ask_later(struct reading *reading)
{
	struct event_loop *loop = reading->readings->options.loop;

	event_timer_set(loop, &reading->again, event_loop_now_ms(loop) + ASK_AGAIN_MS);
}

/* All of the newest piece has been sent. */
static ssize_t reading_want_next(struct reading *reading)
{
	if (reading->has_failed)
		return HTTP_STREAM_BREAKS;
	if (reading->after == PIECE_LAST)
		return HTTP_STREAM_ENDS;
	if (reading->after == PIECE_LATER && reading->readings->is_draining)
		return HTTP_STREAM_BREAKS;
	if (reading->after == PIECE_MORE)
		reading_ask(reading);
	else
		reading_ask_later(reading);
	return HTTP_STREAM_WAITS;
}

static ssize_t reading_read(void *context, char *out, size_t room)
{
	struct reading *reading = context;
	size_t left = reading->size - reading->sent, size = left < room ? left : room;

	if (!left)
		return reading_want_next(reading);
	memcpy(out, reading->content + reading->sent, size);
	reading->sent += size;
	return (ssize_t)size;
}

static void reading_keep(struct reading *reading, const struct message *piece)
{
	const struct message_bytes *body = &piece->parts[MESSAGE_BODY];

	free(reading->content);
	reading->content = memory_copy(body->bytes, body->size);
	reading->size = body->size;
	reading->sent = 0;
	reading->after = piece->after;
	reading->question.offset += body->size;
	reading->question.version = piece->version;
}

static void reading_take_next(struct reading *reading, const struct message *piece)
{
	if (piece && piece->status == 200)
		reading_keep(reading, piece);
	else
		reading->has_failed = true;
	http_response_wake(reading->stream);
}

/* ---- the first piece ---- */

static const char *content_type_of(const struct reading *reading)
{
	static const char *const types[] = {
		[MESSAGE_STATUS] = "application/json",
		[MESSAGE_RECORD] = "application/json",
		[MESSAGE_OUTPUT] = "text/plain; charset=utf-8",
		[MESSAGE_METRICS] = EXPOSITION_TEXT_TYPE,
	};

	return types[reading->question.kind];
}

static struct http_response *reading_open_stream(struct reading *reading, const struct message *piece)
{
	const struct http_stream stream = {
		.read = reading_read,
		.end = reading_let_go,
		.context = reading,
		.held_bytes = PIECE_BYTES_MAX,
	};

	reading_keep(reading, piece);
	reading->holders++;
	reading->stream = http_response_create_stream(&stream, content_type_of(reading));
	return reading->stream;
}

static void reading_begin(struct reading *reading, struct http_request *request, const struct message *piece)
{
	const struct message_bytes *body = &piece->parts[MESSAGE_BODY];
	struct http_response *response = piece->after == PIECE_LAST
	                                     ? http_response_create(body->bytes, body->size, content_type_of(reading))
	                                     : reading_open_stream(reading, piece);

	answer_piece_headers(response);
	http_request_respond(request, 200, response);
	http_response_release(response);
}

static void reading_take_first(struct reading *reading, struct http_request *request, const struct message *piece)
{
	const struct readings_options *options = &reading->readings->options;

	if (!piece) {
		answer_piece_refusal(request, 503, "pokerd is stopping or restarting");
	} else if (piece->status >= 400) {
		if (piece->status < 500)
			options->refused(request, options->context);
		answer_piece_refusal(request, piece->status, piece->parts[MESSAGE_TEXT].bytes);
	} else {
		reading_begin(reading, request, piece);
	}
}

static void reading_answered(const struct message *piece, void *context)
{
	struct reading *reading = context;
	struct http_request *request = reading->request;

	reading->request = NULL;
	if (request)
		reading_take_first(reading, request, piece);
	else
		reading_take_next(reading, piece);
}

/* ---- the question ---- */

/* RFC 6750, 2.1. "": none, or none that could be right. */
static const char *find_token(const struct http_request *request)
{
	static const char scheme[] = "Bearer ";
	const char *value = http_request_header(request, "Authorization");

	if (!value || strncasecmp(value, scheme, sizeof(scheme) - 1) != 0)
		return "";
	value += sizeof(scheme) - 1;
	value += strspn(value, " ");
	return strlen(value) <= STATUS_TOKEN_BYTES_MAX ? value : "";
}

void readings_handle(struct readings *readings, enum message_kind kind, struct http_request *request,
    const char *run_id)
{
	struct reading *reading = memory_zeroed(1, sizeof(*reading));

	reading->readings = readings;
	reading->request = request;
	reading->question = (struct piece_question){
		.kind = kind,
		.peer = memory_text(http_request_peer(request)),
		.token = memory_text(find_token(request)),
		.run_id = memory_text(strlen(run_id) <= RUN_ID_TEXT_BYTES_MAX ? run_id : ""),
		.answered = reading_answered,
		.context = reading,
	};
	reading->again = (struct event_timer){ .fire = ask_again, .context = reading };
	reading->holders = 1;
	LIST_INSERT_HEAD(&readings->list, reading, in_list);
	http_request_keep(request, reading, reading_let_go);
	reading_ask(reading);
}

/* ---- all of them ---- */

struct readings *readings_create(const struct readings_options *options)
{
	struct readings *readings = memory_zeroed(1, sizeof(*readings));

	readings->options = *options;
	LIST_INIT(&readings->list);
	return readings;
}

void readings_destroy(struct readings *readings)
{
	free(readings);
}

void readings_drain(struct readings *readings)
{
	struct reading *reading;

	readings->is_draining = true;
	LIST_FOREACH (reading, &readings->list, in_list) {
		if (!reading->again.place)
			continue;
		event_timer_cancel(readings->options.loop, &reading->again);
		reading->has_failed = true;
		http_response_wake(reading->stream);
	}
}
