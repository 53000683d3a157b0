/* control.h - a unix socket for the commands of whoever may open it: one word in, one JSON text out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_CONTROL_H
#define POKERD_RUNNER_CONTROL_H

#include "common/error.h"
#include "common/event_loop.h"

#include <jansson.h>

/* "status", "history". */
enum { CONTROL_WORD_BYTES = 32 };

struct control;

struct control_options {
	struct event_loop *loop;
	const char *path; /* 0600, ours; its folder is made when missing, and what is left of a dead pokerd is replaced */
	/* The answer to a word, the caller's; NULL: there is no such word. */
	json_t *(*answer)(const char *word, void *context);
	void *context;
};

/* ERROR_UNAVAILABLE: somebody answers there already. */
struct control *control_open(const struct control_options *options, struct error *err);
/* Removes the socket. NULL is fine. */
void control_close(struct control *control);

#endif
