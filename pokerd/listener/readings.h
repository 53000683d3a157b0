/* readings.h - answers that the runner gives in pieces: the status, runs, metrics. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_READINGS_H
#define POKERD_LISTENER_READINGS_H

#include "common/event_loop.h"
#include "common/http_server.h"
#include "pokerd/link/messages.h"
#include "pokerd/listener/runner_link.h"

struct readings;

struct readings_options {
	struct event_loop *loop;
	struct runner_link *link;
	/* A request is about to be refused as the client's error. */
	void (*refused)(struct http_request *request, void *context);
	void *context;
};

struct readings *readings_create(const struct readings_options *options);
/* Call after the server has stopped. Accepts NULL. */
void readings_destroy(struct readings *readings);

/* Answers the request with what a question of that kind gets; run_id "": it has none. An answer of one piece has a
   Content-Length. Any other is streamed as fast as its client reads it; what still grows is asked for once a second. */
void readings_handle(struct readings *readings, enum message_kind kind, struct http_request *request,
    const char *run_id);

/* From now on no answer waits for more to come: its connection is closed, so that the client knows that it is
   incomplete. */
void readings_drain(struct readings *readings);

#endif
