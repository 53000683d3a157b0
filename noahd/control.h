/* control.h - what a running noahd does for the commands that find it at <state_directory>/control. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_CONTROL_H
#define NOAHD_CONTROL_H

#include "common/error.h"
#include "common/event_loop.h"
#include "noahd/api/api.h"
#include "noahd/store/store_thread.h"

#include <stdbool.h>
#include <stdint.h>

/* All on the API thread. A line is a JSON object, {"command":"copy"}; its answer too: control_socket.h. */
struct control;

struct control_host {
	struct event_loop *loop;
	const char *state_directory;
	const struct store_engine *engine;
	struct store_thread *store;
	struct inbox *inbox; /* where what it has done comes back, on the loop */
	struct api *api;
	/* The registry has been filled up to that revision while nothing was written: what comes later is delivered. */
	void (*filled)(uint64_t revision, void *context);
	void *context;
};

/* "<state_directory>/control". free() it. */
char *control_path(const char *state_directory);

/* Once the store is ours. What the host points to is borrowed until the close. */
struct control *control_open(const struct control_host *host, struct error *err);
/* Disconnects all clients: no more jobs are given to the store thread, and what one has begun is worth nothing. NULL is
   fine. */
void control_close(struct control *control);
/* After the store thread's stop. NULL is fine. */
void control_destroy(struct control *control);

#endif
