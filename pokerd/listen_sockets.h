/* listen_sockets.h - the sockets that pokes come in by: inherited, or bound by the settings. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTEN_SOCKETS_H
#define POKERD_LISTEN_SOCKETS_H

#include "common/error.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is empty. */
struct listen_sockets {
	int *fds;
	char **addresses; /* of each: "[::]:5679" */
	size_t count;
};

/* Those of LISTEN_FDS (sd_listen_fds(3)) replace the setting. ERROR_INVALID: the address, or plain HTTP on a socket
   that others reach; ERROR_UNAVAILABLE: the port. */
bool listen_sockets_open(const struct pokerd_settings *settings, struct listen_sockets *out, struct error *err);

/* Whether settings go with sockets whose addresses need not be theirs: the sockets were inherited, or the settings have
   been read again. ERROR_INVALID: plain HTTP on a socket that others reach. */
bool listen_sockets_check(const struct pokerd_settings *settings, const struct listen_sockets *sockets,
    struct error *err);
void listen_sockets_close(struct listen_sockets *sockets);

#endif
