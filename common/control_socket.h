/* control_socket.h - a unix socket for the commands of root and of the daemon's own user: a line in, a JSON text on a
   line out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONTROL_SOCKET_H
#define COMMON_CONTROL_SOCKET_H

#include "common/error.h"
#include "common/event_loop.h"

#include <jansson.h>

enum { CONTROL_LINE_BYTES = 65536 };

struct control_socket;
/* Somebody who is connected. Valid until gone is called for it. */
struct control_client;

struct control_options {
	struct event_loop *loop;
	const char *path; /* 0600, ours; its folder is made when missing, and what is left of a dead daemon is replaced */
	const char *program; /* "pokerd": what it is called in messages */
	/* A line, without its end. Has to be answered once, now or later; until then nothing more is read from that
	   client. */
	void (*ask)(struct control_client *client, const char *line, void *context);
	/* It has hung up, answered or not. May be NULL. */
	void (*gone)(struct control_client *client, void *context);
	void *context;
};

/* All on the loop's thread. ERROR_UNAVAILABLE: somebody answers there already. */
struct control_socket *control_socket_open(const struct control_options *options, struct error *err);
/* Hangs up on everybody, and removes the socket. NULL is fine. */
void control_socket_close(struct control_socket *control);

/* Takes the answer to the last line. Where it comes later than the line, only while the client is not gone. */
void control_answer(struct control_client *client, json_t *take_answer);
/* As an answer: {"result":"failure","error_message","kind"}; control_ask fails with the same error. */
void control_refuse(struct control_client *client, const struct error *err);

/* The descriptor that came along with the last line; the caller's. -1: none. */
int control_take_descriptor(struct control_client *client);

#endif
