/* listener_door.h - where listeners that are a service of their own find the runner. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_LISTENER_DOOR_H
#define POKERD_RUNNER_LISTENER_DOOR_H

#include "common/error.h"
#include "common/event_loop.h"
#include "pokerd/runner/listeners.h"

struct listener_door;

/* Opens the socket beside the control socket (link_socket.h), and adopts each process that connects, if it belongs to
   that user: the listener's if root has started us, else who has. Call it once the control socket is ours. user is
   copied. */
struct listener_door *listener_door_open(struct event_loop *loop, struct listeners *listeners,
    const char *control_socket, const char *user, struct error *err);
/* Removes the socket. Accepts NULL. */
void listener_door_close(struct listener_door *door);

const char *listener_door_path(const struct listener_door *door);

#endif
