/* control_socket.h - a Unix socket for commands of root and the daemon's user: a line in, a line of JSON out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONTROL_SOCKET_H
#define COMMON_CONTROL_SOCKET_H

#include "common/error.h"
#include "common/event_loop.h"

#include <jansson.h>

enum { CONTROL_LINE_BYTES = 65536 };

struct control_socket;
/* A connected client. Valid until gone is called for it. */
struct control_client;

struct control_options {
	struct event_loop *loop;
	const char *path;    /* mode 0600; its folder is created if missing, and the socket of a dead daemon is replaced */
	const char *program; /* "pokerd": its name in messages */
	/* A line, without its newline. It must be answered once, now or later; until then nothing more is read from this
	   client. */
	void (*ask)(struct control_client *client, const char *line, void *context);
	/* The client has hung up, answered or not. May be NULL. */
	void (*gone)(struct control_client *client, void *context);
	void *context;
};

/* Everything here runs on the loop's thread. ERROR_UNAVAILABLE: another daemon listens there. */
struct control_socket *control_socket_open(const struct control_options *options, struct error *err);
/* Disconnects all clients and removes the socket. NULL is fine. */
void control_socket_close(struct control_socket *control);

/* Takes the answer to the last line. A later answer may only be given until gone is called for the client. */
void control_answer(struct control_client *client, json_t *take_answer);
/* Answers {"result":"failure","error_message","kind"}; control_ask then fails with the same error. */
void control_refuse(struct control_client *client, const struct error *err);

/* The descriptor received with the last line, which the caller owns. -1: none. */
int control_take_descriptor(struct control_client *client);

#endif
