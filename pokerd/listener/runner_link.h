/* runner_link.h - the listener's questions to the runner, and its answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_RUNNER_LINK_H
#define POKERD_LISTENER_RUNNER_LINK_H

#include "common/error.h"
#include "common/event_loop.h"
#include "common/http_server.h"
#include "pokerd/link/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runner_link;

/* Asks for a piece. Memory of the caller, valid until it is answered or forgotten. */
struct piece_question {
	enum message_kind kind;
	const char *peer, *token, *run_id;
	uint64_t offset, version;
	/* The piece; NULL: none will come. */
	void (*answered)(const struct message *piece, void *context);
	void *context;
};

struct runner_link_options {
	struct event_loop *loop;
	int fd; /* stays the caller's */
	/* The runner's verdict on a request: answer it. */
	void (*verdict)(struct http_request *request, const struct message *verdict, void *context);
	/* Accept nothing more, answer requests that have begun or begin within the grace period, and end. */
	void (*drain)(int64_t grace_ms, void *context);
	/* The runner is gone: no more verdicts will come. */
	void (*end)(void *context);
	void *context;
};

struct runner_link *runner_link_create(const struct runner_link_options *options, struct error *err);
/* Accepts NULL. */
void runner_link_destroy(struct runner_link *link);

/* Tells the runner that the listener is ready to accept connections, and blocks until the runner says to do so. False:
   it never will. */
bool runner_link_await_turn(struct runner_link *link);

/* kind is MESSAGE_POKE or MESSAGE_HEALTH; path is the rule's, borrowed until the verdict. Never blocks: questions are
   queued while the socket is full. */
void runner_link_ask(struct runner_link *link, enum message_kind kind, struct http_request *request, const char *path);

/* Likewise for a piece; answered is called later, once. */
void runner_link_ask_piece(struct runner_link *link, const struct piece_question *piece);
/* It is not answered any more. Does nothing if it has been. */
void runner_link_forget_piece(struct runner_link *link, const struct piece_question *piece);

/* Sends a message about a client that has no request, once; it is lost if the socket is full. */
void runner_link_tell(struct runner_link *link, enum message_kind kind, const char *peer);

/* Answers the pieces that wait, with NULL, up to the next request. Removes and returns the request that has waited
   longest for its verdict; NULL: none waits. */
struct http_request *runner_link_take_back(struct runner_link *link);

#endif
