/* front.h - what a request gets: a refusal at once, or the runner's verdict. */
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
	const struct setting_groups *rules; /* whose paths there are; borrowed */
	int runner_fd;                      /* stays the caller's */
	/* The runner wants us to end; it is gone: as in runner_link.h. */
	void (*drain)(int64_t grace_ms, void *context);
	void (*end)(void *context);
	void *context;
};

struct front *front_create(const struct front_options *options, struct error *err);
/* After the server has been stopped. NULL is fine. */
void front_destroy(struct front *front);

/* As runner_link_await_turn. */
bool front_await_turn(struct front *front);

/* http_server_options.handle, with the front as context. */
void front_handle(struct http_request *request, void *front);

/* No verdict will come any more: 503 for all who wait for one, and for everything new. */
void front_give_up(struct front *front);

#endif
