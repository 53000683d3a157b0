/* listener.h - the unprivileged process: TLS, HTTP and their limits, and no secrets. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_LISTENER_H
#define POKERD_LISTENER_LISTENER_H

#include "pokerd/settings.h"

#include <stddef.h>

struct listener_options {
	const struct pokerd_settings *settings;
	int runner_fd;         /* messages.h */
	const int *listen_fds; /* bound and listening */
	size_t listen_fd_count;
};

/* In a forked child: reads certificate and key, gives up everything else, serves until the runner wants it to end or is
   gone. Returns the exit status; errors have been logged. Blocked signals stay blocked: ending the runner ends the
   listener. */
int listener_run(const struct listener_options *options);

#endif
