/* listen_sockets.h - the sockets that accept pokes: inherited, or bound according to the settings. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTEN_SOCKETS_H
#define POKERD_LISTEN_SOCKETS_H

#include "common/error.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is empty. */
struct listen_sockets {
	int *fds;         /* NULL if another process has them: then close does not close any */
	char **addresses; /* of each: "[::]:5679" */
	size_t count;
	int *metrics_fds; /* of metrics_listen; they are never inherited */
	size_t metrics_count;
};

/* The sockets of LISTEN_FDS (sd_listen_fds(3)) replace the setting. ERROR_INVALID: the address is invalid, or the
   socket is reachable from other machines and plain HTTP; ERROR_UNAVAILABLE: the port is in use. */
bool listen_sockets_open(const struct pokerd_settings *settings, struct listen_sockets *out, struct error *err);

/* Adds an address whose socket another process has. */
void listen_sockets_name(struct listen_sockets *sockets, const char *address);

/* Whether the settings allow these sockets, which may not come from them: the sockets were inherited, or the settings
   were reloaded. ERROR_INVALID: plain HTTP on a socket that is reachable from other machines. */
bool listen_sockets_check(const struct pokerd_settings *settings, const struct listen_sockets *sockets,
    struct error *err);

/* In a new listener: makes all listen again, since the one before, hijacked, may have shut them down. */
bool listen_sockets_listen(const struct listen_sockets *sockets, struct error *err);

void listen_sockets_close(struct listen_sockets *sockets);

#endif
