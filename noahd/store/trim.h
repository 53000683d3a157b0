/* trim.h - the rule by which old changes leave the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_TRIM_H
#define NOAHD_STORE_TRIM_H

#include "noahd/store/store.h"

#include <stdint.h>

/* Revisions that bound the log. All but oldest are inclusive upper ends. */
struct log_positions {
	uint64_t revision;  /* the last change */
	uint64_t oldest;    /* the first change still in the log; revision + 1: the log is empty */
	uint64_t recorded;  /* the records show every change up to here */
	uint64_t delivered; /* as delivery_progress.position */
	uint64_t needed;    /* as delivery_progress.needed */
	uint64_t bytes;     /* of all changes in the log (change_row_bytes) */
};

/* As struct store_options has them. */
struct log_limits {
	uint64_t events_kept, events_kept_max, bytes_max;
};

/* How many changes are removed at a time, so that commits do not wait long. */
enum { TRIM_STEP = 500 };

/* The last change to remove now; 0: not enough of them yet. Passes positions->needed when the log exceeds
   events_kept_max, but never what is recorded and matched against the watches. */
uint64_t trim_step(const struct log_positions *positions, const struct log_limits *limits);

/* The last change that may be removed at all. */
uint64_t trim_possible(const struct log_positions *positions);

/* How many bytes to remove, whatever events_kept says and watches need; 0: none. Goes below the limit, so that not
   every change causes a removal. */
uint64_t trim_excess(const struct log_positions *positions, const struct log_limits *limits);

/* The size of a change in the log: the bytes of its texts and of its record's, and a constant for the rest. */
enum { CHANGE_ROW_BYTES = 160 };
uint64_t change_row_bytes(const struct change *change);

#endif
