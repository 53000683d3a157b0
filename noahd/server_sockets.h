/* server_sockets.h - the sockets that noahd listens on: passed by the service manager, or bound by the settings. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_SERVER_SOCKETS_H
#define NOAHD_SERVER_SOCKETS_H

#include "common/error.h"
#include "common/listen_fds.h"
#include "noahd/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is empty. */
struct server_sockets {
	int fds[LISTEN_FDS_MAX];
	char *addresses[LISTEN_FDS_MAX]; /* as the kernel tells them, "127.0.0.1:5678" */
	size_t count;
	const char *reachable; /* one that other machines can reach, of addresses or of the settings; NULL: none */
};

/* Takes the sockets that were passed, which replace the setting listen (listen_fds.h). ERROR_INVALID: they cannot be
   used. On failure, too, the caller finishes *sockets. */
bool server_sockets_inherit(struct server_sockets *sockets, const struct noahd_settings *settings, struct error *err);
/* Binds the addresses of the settings, unless sockets were passed. ERROR_UNAVAILABLE: one is in use. */
bool server_sockets_bind(struct server_sockets *sockets, const struct noahd_settings *settings, struct error *err);

/* Closes them, unless they have been handed on. */
void server_sockets_finish(struct server_sockets *sockets, bool are_handed_on);

#endif
