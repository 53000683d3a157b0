/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/runner_link.h"

#include "common/memory.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>

struct question {
	TAILQ_ENTRY(question) in_line;
	enum message_kind kind;
	uint32_t number;
	struct http_request *request;
	const char *path;
	const struct piece_question *piece; /* then there is no request */
};

TAILQ_HEAD(line, question);

struct runner_link {
	struct runner_link_options options;
	struct event_source source;
	bool awaits_room, owes_pong;
	struct line unsent, unanswered; /* the oldest first; everything in the first is newer than all in the second */
	uint32_t last_number;
	char buffer[MESSAGE_BYTES_MAX];
};

static void set_header(struct message *message, enum message_part part, const struct http_request *request,
    const char *name)
{
	const char *value = http_request_header(request, name);

	message_set_text(message, part, value ? value : "");
}

static struct message message_of_piece(const struct piece_question *piece, uint32_t number)
{
	struct message message = {
		.kind = piece->kind,
		.request = number,
		.offset = piece->offset,
		.version = piece->version,
	};

	if (piece->kind == MESSAGE_METRICS)
		return message;
	message_set_text(&message, MESSAGE_PEER, piece->peer);
	message_set_text(&message, MESSAGE_TOKEN, piece->token);
	message_set_text(&message, MESSAGE_RUN_ID, piece->run_id);
	return message;
}

static struct message message_of(const struct question *question)
{
	struct message message = { .kind = question->kind, .request = question->number };

	if (question->piece)
		return message_of_piece(question->piece, question->number);
	if (question->kind != MESSAGE_POKE)
		return message;
	message_set_text(&message, MESSAGE_PEER, http_request_peer(question->request));
	message_set_text(&message, MESSAGE_PATH, question->path);
	set_header(&message, MESSAGE_ID, question->request, "webhook-id");
	set_header(&message, MESSAGE_TIMESTAMP, question->request, "webhook-timestamp");
	set_header(&message, MESSAGE_SIGNATURE, question->request, "webhook-signature");
	struct message_bytes *body = &message.parts[MESSAGE_BODY];
	body->bytes = http_request_body(question->request, &body->size);
	return message;
}

static void await_room(struct runner_link *link, bool awaits_room)
{
	if (awaits_room != link->awaits_room)
		(void)event_loop_change(link->options.loop, &link->source, awaits_room ? EPOLLIN | EPOLLOUT : EPOLLIN, NULL);
	link->awaits_room = awaits_room;
}

static void send_pong(struct runner_link *link)
{
	const struct message pong = { .kind = MESSAGE_PONG };
	struct error err;

	if (link->owes_pong &&
	    (message_send(link->options.fd, MESSAGE_TO_RUNNER, &pong, &err) || err.kind != ERROR_UNAVAILABLE))
		link->owes_pong = false;
}

/* Sends the queued messages. */
static void send_unsent(struct runner_link *link)
{
	struct question *question;
	struct error err;

	send_pong(link);
	while ((question = TAILQ_FIRST(&link->unsent))) {
		const struct message message = message_of(question);
		if (!message_send(link->options.fd, MESSAGE_TO_RUNNER, &message, &err) && err.kind == ERROR_UNAVAILABLE)
			break;
		/* Any other failure means that the runner is gone, which the socket will report. */
		TAILQ_REMOVE(&link->unsent, question, in_line);
		TAILQ_INSERT_TAIL(&link->unanswered, question, in_line);
	}
	await_room(link, question || link->owes_pong);
}

static struct http_request *runner_link_take(struct line *line, struct question *question)
{
	struct http_request *request = question->request;

	TAILQ_REMOVE(line, question, in_line);
	free(question);
	return request;
}

static void runner_link_take_verdict(struct runner_link *link, const struct message *verdict)
{
	struct question *question;

	TAILQ_FOREACH (question, &link->unanswered, in_line) {
		if (question->number != verdict->request)
			continue;
		const struct piece_question *piece = question->piece;
		struct http_request *request = runner_link_take(&link->unanswered, question);
		if (piece)
			piece->answered(verdict, piece->context);
		else
			link->options.verdict(request, verdict, link->options.context);
		return;
	}
}

static void answer_ping(struct runner_link *link)
{
	link->owes_pong = true;
	send_unsent(link);
}

/* False: nothing more to read now. */
static bool take_message(struct runner_link *link)
{
	struct message message;
	struct error err;

	switch (message_receive(link->options.fd, MESSAGE_TO_LISTENER, link->buffer, &message, &err)) {
	case MESSAGE_RECEIVED:
		if (message.kind == MESSAGE_DRAIN)
			link->options.drain(message.grace_ms, link->options.context);
		else if (message.kind == MESSAGE_PING)
			answer_ping(link);
		else
			runner_link_take_verdict(link, &message);
		return true;
	case MESSAGE_NONE:
		return false;
	default:
		event_loop_remove(link->options.loop, &link->source);
		link->options.end(link->options.context);
		return false;
	}
}

static void runner_link_socket_ready(void *context, uint32_t events)
{
	struct runner_link *link = context;

	if (events & EPOLLOUT)
		send_unsent(link);
	if (events & ~(uint32_t)EPOLLOUT)
		while (take_message(link))
			continue;
}

struct runner_link *runner_link_create(const struct runner_link_options *options, struct error *err)
{
	struct runner_link *link = memory_allocate(sizeof(*link));

	link->options = *options;
	link->source = (struct event_source){ options->fd, runner_link_socket_ready, link };
	link->awaits_room = link->owes_pong = false;
	link->last_number = 0;
	TAILQ_INIT(&link->unsent);
	TAILQ_INIT(&link->unanswered);
	if (event_loop_add(options->loop, &link->source, EPOLLIN, err))
		return link;
	free(link);
	return NULL;
}

void runner_link_destroy(struct runner_link *link)
{
	if (!link)
		return;
	while (runner_link_take_back(link))
		continue;
	free(link);
}

bool runner_link_await_turn(struct runner_link *link)
{
	struct message ready = { .kind = MESSAGE_READY };
	struct pollfd readable = { .fd = link->options.fd, .events = POLLIN };
	enum message_received received = MESSAGE_NONE;
	struct message message;

	message_set_text(&ready, MESSAGE_TEXT, VERSION);
	if (!message_send(link->options.fd, MESSAGE_TO_RUNNER, &ready, NULL))
		return false;
	while (received == MESSAGE_NONE) {
		(void)poll(&readable, 1, -1);
		received = message_receive(link->options.fd, MESSAGE_TO_LISTENER, link->buffer, &message, NULL);
	}
	return received == MESSAGE_RECEIVED && message.kind == MESSAGE_SERVE;
}

static void runner_link_put(struct runner_link *link, const struct question *put)
{
	struct question *question = memory_copy(put, sizeof(*put));

	question->number = ++link->last_number;
	TAILQ_INSERT_TAIL(&link->unsent, question, in_line);
	if (TAILQ_FIRST(&link->unsent) == question)
		send_unsent(link);
}

void runner_link_ask(struct runner_link *link, enum message_kind kind, struct http_request *request, const char *path)
{
	runner_link_put(link, &(struct question){ .kind = kind, .request = request, .path = path });
}

void runner_link_ask_piece(struct runner_link *link, const struct piece_question *piece)
{
	runner_link_put(link, &(struct question){ .kind = piece->kind, .piece = piece });
}

static void runner_link_forget_in(struct line *line, const struct piece_question *piece)
{
	struct question *question;

	TAILQ_FOREACH (question, line, in_line) {
		if (question->piece == piece) {
			(void)runner_link_take(line, question);
			return;
		}
	}
}

void runner_link_forget_piece(struct runner_link *link, const struct piece_question *piece)
{
	runner_link_forget_in(&link->unsent, piece);
	runner_link_forget_in(&link->unanswered, piece);
}

/* The numbers of questions begin at 1: the verdict on 0 belongs to none. */
void runner_link_tell(struct runner_link *link, enum message_kind kind, const char *peer)
{
	struct message message = { .kind = kind };

	message_set_text(&message, MESSAGE_PEER, peer);
	(void)message_send(link->options.fd, MESSAGE_TO_RUNNER, &message, NULL);
}

struct http_request *runner_link_take_back(struct runner_link *link)
{
	while (!TAILQ_EMPTY(&link->unanswered) || !TAILQ_EMPTY(&link->unsent)) {
		struct line *line = TAILQ_EMPTY(&link->unanswered) ? &link->unsent : &link->unanswered;
		struct question *question = TAILQ_FIRST(line);
		const struct piece_question *piece = question->piece;
		struct http_request *request = runner_link_take(line, question);
		if (!piece)
			return request;
		piece->answered(NULL, piece->context);
	}
	return NULL;
}
