/* trim.h - the rule by which old changes leave the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_TRIM_H
#define NOAHD_STORE_TRIM_H

#include "noahd/store/store.h"

#include <stdint.h>

/* Revisions that bound the log. Each is "up to here, this one included", but for oldest. */
struct log_positions {
	uint64_t revision;  /* the last change */
	uint64_t oldest;    /* the first change still there; revision + 1: none */
	uint64_t recorded;  /* the records show every change up to here */
	uint64_t delivered; /* as delivery_progress.position */
	uint64_t needed;    /* as delivery_progress.needed */
	uint64_t bytes;     /* of all changes that are still there (change_row_bytes) */
};

/* As struct store_options has them. */
struct log_limits {
	uint64_t events_kept, events_kept_max, bytes_max;
};

/* Changes that leave at a time, so that nobody waits long for it. */
enum { TRIM_STEP = 500 };

/* The last change that is to go now; 0: none, it is not worth while yet. Goes beyond positions->needed where the log
   has grown over events_kept_max, but never beyond what is recorded and matched against the watches. */
uint64_t trim_step(const struct log_positions *positions, const struct log_limits *limits);

/* The last change that may go at all. */
uint64_t trim_possible(const struct log_positions *positions);

/* How many bytes have to go, whatever is kept and needed; 0: none. Once there are too many, so many that it is not done
   for each change. */
uint64_t trim_excess(const struct log_positions *positions, const struct log_limits *limits);

/* What a change counts for in the log: the bytes of its texts and of its record's, and so many for everything else. */
enum { CHANGE_ROW_BYTES = 160 };
uint64_t change_row_bytes(const struct change *change);

#endif
