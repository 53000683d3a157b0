/* listener.h - the unprivileged process: TLS, HTTP and their limits, and no secrets. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_LISTENER_H
#define POKERD_LISTENER_LISTENER_H

#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct listener_options {
	const struct pokerd_settings *settings;
	int runner_fd;         /* messages.h */
	const int *listen_fds; /* bound and listening */
	size_t listen_fd_count;
	const int *metrics_fds; /* likewise, for plain HTTP */
	size_t metrics_fd_count;
	char *const *addresses; /* of each listen_fd, if is_service */
	bool is_service;        /* not forked by the runner: SIGTERM ends it, and it reports to the service manager */
};

/* In a process of its own: reads certificate and key, gives up everything else, serves until the runner wants it to end
   or is gone. Returns the exit status; errors have been logged. If the runner has forked it, blocked signals stay
   blocked: ending the runner ends the listener. The sockets are closed. */
int listener_run(const struct listener_options *options);

#endif
