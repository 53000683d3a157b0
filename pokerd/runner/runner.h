/* runner.h - the process with the privileges: verifies, remembers, decides, runs; never speaks with the network. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUNNER_H
#define POKERD_RUNNER_RUNNER_H

#include "pokerd/settings.h"

#include <stddef.h>

struct runner_options {
	struct pokerd_settings *settings; /* becomes the runner's, zeroed */
	/* To read them again. */
	const struct settings_table *table;
	const struct settings_source *source;
	settings_check *check;
	/* Whether settings that were read again go with the sockets that are open. */
	bool (*check_listening)(const struct pokerd_settings *settings, void *context, struct error *err);
	char *const *listening; /* the addresses we listen on: "[::]:5679" */
	size_t listening_count;
	/* In a forked child: becomes the listener, by these settings and on those addresses, talking by that socket;
	   returns the status to exit with. */
	int (*become_listener)(const struct pokerd_settings *settings, int runner_fd, void *context);
	void *context;
};

/* Serves until SIGTERM or SIGINT. Returns the status to exit with; what went wrong has been logged. */
int runner_run(const struct runner_options *options);

#endif
