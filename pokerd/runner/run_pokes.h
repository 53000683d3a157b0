/* run_pokes.h - the pokes that one run answers, oldest first. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUN_POKES_H
#define POKERD_RUNNER_RUN_POKES_H

#include <stddef.h>

enum {
	RUN_POKES_CARRIED_MAX = 1000, /* what a run is given and its record names; more only count */
	RUN_POKES_CAUSES_MAX = 64,    /* noahd takes no more in Noah-Cause */
	RUN_POKES_EVENT_BYTES_MAX = 80,
};

struct run_poke {
	char *id;    /* webhook-id */
	char *event; /* "<epoch>-<revision>", what the body says; "" where it says nothing */
};

/* Zeroed is empty. */
struct run_pokes {
	struct run_poke *list;
	size_t count, room;
};

/* Both strings are copied. As events end in an environment and in a header, one that is longer than
   RUN_POKES_EVENT_BYTES_MAX or has other characters than letters, digits, '-', '_' and '.' counts as none. */
void run_pokes_append(struct run_pokes *pokes, const char *id, const char *event);
void run_pokes_finish(struct run_pokes *pokes); /* frees all, leaves it empty */

/* How many of the oldest are not carried: the newest say what the state is now. */
size_t run_pokes_dropped(const struct run_pokes *pokes);

/* The value of NOAH_CAUSE: the newest events, each once, joined by ", ". free() it. */
char *run_pokes_causes(const struct run_pokes *pokes);

#endif
