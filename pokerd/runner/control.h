/* control.h - the commands that a running pokerd answers at its control socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_CONTROL_H
#define POKERD_RUNNER_CONTROL_H

#include "common/control_socket.h"
#include "common/error.h"
#include "common/event_loop.h"
#include "pokerd/runner/status.h"

/* What the commands may see and do. All borrowed, until the socket is closed. */
struct control_host {
	struct event_loop *loop;
	const char *path;
	const struct policy *policy;
	struct runs *runs;
	struct status_sources sources;
};

/* A request is a line with a JSON object: {"command":"WORD",…}, the rest being the arguments of that command. A request
   with an argument that the command does not take is refused. Errors: control_socket_open. */
struct control_socket *control_open(const struct control_host *host, struct error *err);

#endif
