/* runner.h - the privileged process: verifies, stores, decides, runs; never talks to the network. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUNNER_H
#define POKERD_RUNNER_RUNNER_H

#include "pokerd/settings.h"

#include <stddef.h>

struct runner_options {
	struct pokerd_settings *settings; /* becomes the runner's, and is zeroed */
	/* To reload them. */
	const struct settings_table *table;
	const struct settings_source *source;
	settings_check *check;
	/* Whether reloaded settings allow the open sockets. */
	bool (*check_listening)(const struct pokerd_settings *settings, void *context, struct error *err);
	char *const *listening; /* the addresses we listen on: "[::]:5679" */
	size_t listening_count;
	/* In a forked child: becomes the listener, with these settings and addresses, using that socket; returns the exit
	   status. */
	/* NULL: listeners are services of their own, and connect (listener_door.h). */
	int (*become_listener)(const struct pokerd_settings *settings, int runner_fd, void *context);
	void *context;
};

/* Serves until SIGTERM or SIGINT. Returns the exit status; errors have been logged. */
int runner_run(const struct runner_options *options);

#endif
