/* exit_meaning.h - the meaning of chef-client's exit status (Chef RFC 062 and later). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_EXIT_MEANING_H
#define POKERD_RUN_EXIT_MEANING_H

#include "pokerd/queue/run_queue.h"

#include <stdbool.h>

struct exit_meaning {
	int status;
	bool success;
	enum run_then then;
	const char *text; /* "converged, reboot scheduled" */
};

/* Never NULL: a status without its own row is a failure. */
const struct exit_meaning *exit_meaning_of(int status);

#endif
