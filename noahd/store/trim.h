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
};

/* Changes that leave at a time, so that nobody waits long for it. */
enum { TRIM_STEP = 500 };

/* The last change that is to go now; 0: none, it is not worth while yet. Goes beyond positions->needed where the log has grown
   over events_kept_max, but never beyond what is recorded and matched against the watches. */
uint64_t trim_step(const struct log_positions *positions, uint64_t events_kept, uint64_t events_kept_max);

#endif
