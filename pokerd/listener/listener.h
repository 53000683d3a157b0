/* listener.h - the process without privileges: TLS, HTTP and their limits, and nothing that would be worth having. */
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
   gone. Returns the status to exit with; what went wrong has been logged. Signals that were blocked stay so: who ends
   the runner ends us. */
int listener_run(const struct listener_options *options);

#endif
