/* front.h - the answer to a request: an immediate refusal, or the runner's verdict. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_FRONT_H
#define POKERD_LISTENER_FRONT_H

#include "common/error.h"
#include "common/event_loop.h"
#include "common/http_server.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stdint.h>

struct front;

struct front_options {
	struct event_loop *loop;
	const struct setting_groups *rules; /* define the paths; borrowed */
	bool has_readings;                  /* /status and /runs exist */
	int runner_fd;                      /* stays the caller's */
	/* The runner wants us to end; the runner is gone: as in runner_link.h. */
	void (*drain)(int64_t grace_ms, void *context);
	void (*end)(void *context);
	void *context;
};

struct front *front_create(const struct front_options *options, struct error *err);
/* Call after the server has stopped. Accepts NULL. */
void front_destroy(struct front *front);

/* As runner_link_await_turn. */
bool front_await_turn(struct front *front);

/* http_server_options.handle, with the front as context. */
void front_handle(struct http_request *request, void *front);

/* Likewise for the server of metrics. */
void front_handle_metrics(struct http_request *request, void *front);

/* http_server_options.spoke_plainly, with the front as context: tells the runner. */
void front_tell_plain(const char *peer, void *front);

/* No more verdicts will come: answers 503 to all waiting and all new requests. */
void front_give_up(struct front *front);

#endif
