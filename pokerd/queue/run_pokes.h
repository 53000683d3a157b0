/* run_pokes.h - the pokes of one run, oldest first. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_RUN_POKES_H
#define POKERD_QUEUE_RUN_POKES_H

#include <stddef.h>

enum {
	RUN_POKES_CARRIED_MAX = 1000, /* passed to a run and named in its record; further ones are only counted */
	RUN_POKES_CAUSES_MAX = 64,    /* noahd's limit for Noah-Cause */
	RUN_POKES_EVENT_BYTES_MAX = 80,
	RUN_POKES_ABOUT_BYTES_MAX = 160,
};

struct run_poke {
	char *id;    /* webhook-id */
	char *event; /* "<epoch>-<revision>" from the body; "" if it has none */
	char *about; /* for people: "update of /hosts/web1 (status up)"; NULL: unknown */
};

/* Zeroed is empty. */
struct run_pokes {
	struct run_poke *list;
	size_t count, room;
};

/* Both strings are copied. Since events become part of an environment and a header, one that is longer than
   RUN_POKES_EVENT_BYTES_MAX or contains characters other than letters, digits, '-', '_' and '.' is treated as missing.
   */
void run_pokes_append(struct run_pokes *pokes, const char *id, const char *event);
/* What the last one is about; copied, at most RUN_POKES_ABOUT_BYTES_MAX. */
void run_pokes_describe_last(struct run_pokes *pokes, const char *about);
/* Removes and frees that many of the oldest. */
void run_pokes_drop_first(struct run_pokes *pokes, size_t count);
void run_pokes_finish(struct run_pokes *pokes); /* frees all, leaves it empty */

/* The number of oldest pokes that are not carried; the newest have the latest state. */
size_t run_pokes_dropped(const struct run_pokes *pokes);

/* The value of NOAH_CAUSE: the newest events, without duplicates, joined by ", ". The caller frees it. */
char *run_pokes_causes(const struct run_pokes *pokes);

#endif
