/* link_socket.h - the socket at which a runner waits for a listener that is a service of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LINK_LINK_SOCKET_H
#define POKERD_LINK_LINK_SOCKET_H

#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

enum { LINK_SOCKET_PATH_BYTES = 108 };

/* "<control socket>.listener". ERROR_INVALID: too long for a socket. */
bool link_socket_path(const char *control_socket, char out[static LINK_SOCKET_PATH_BYTES], struct error *err);

/* A socket at that path, for that user alone; one that is there is replaced. Non-blocking. -1 and ERROR_UNAVAILABLE. */
int link_socket_listen(const char *path, uid_t user, struct error *err);

/* -1 and ERROR_UNAVAILABLE: no runner waits there. Non-blocking once connected. */
int link_socket_connect(const char *path, struct error *err);

#endif
