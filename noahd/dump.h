/* dump.h - the registry as lines of JSON: written from a store, read into an empty one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_DUMP_H
#define NOAHD_DUMP_H

#include "common/error.h"
#include "noahd/store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

/* {"noah_export":1}, then a record a line (record_line.h) in the order of their paths, then {"objects":n,"revision":n}:
   stores with the same objects at the same revision give the same bytes. To change this, raise the number in the first
   line, and still read the previous format. */

struct dump_sum {
	uint64_t revision;
	size_t objects;
};

bool dump_write(const struct store_engine *engine, void *state, FILE *out, struct dump_sum *out_sum, struct error *err);

struct dump_input {
	FILE *in;
	const struct store_reader *read; /* gets each record before the import succeeds; borrows it; NULL: not needed */
	const atomic_bool *is_given_up;  /* set by another thread to stop with ERROR_UNAVAILABLE; NULL: never */
};

/* Imports into a store that has never had a change, all or nothing. ERROR_INVALID names the line; ERROR_CONFLICT: the
   store is not empty. */
bool dump_read(const struct store_engine *engine, void *state, const struct dump_input *input, struct dump_sum *out_sum,
    struct error *err);

#endif
