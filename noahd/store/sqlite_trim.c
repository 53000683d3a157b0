/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/clock.h"

static bool give_up_on_watches(struct sqlite_store *store, uint64_t first, uint64_t last, struct error *err)
{
	sqlite3_stmt *dead = sqlite_statement(store, STATEMENT_TRIM_DEAD);

	sqlite_bind_u64(dead, 1, last);
	sqlite_bind_u64(dead, 2, first);
	sqlite3_bind_int64(dead, 3, clock_wall_ms());
	sqlite_bind_u64(sqlite_statement(store, STATEMENT_TRIM_PROGRESS), 1, last);
	return sqlite_run(store, STATEMENT_TRIM_DEAD, err) && sqlite_run(store, STATEMENT_TRIM_PROGRESS, err);
}

/* A dead row is kept until events_kept changes after its own changes have left the log. */
static bool sqlite_trim_forget_dead(struct sqlite_store *store, uint64_t last, struct error *err)
{
	uint64_t kept = store->limits.events_kept;

	sqlite_bind_u64(sqlite_statement(store, STATEMENT_FORGET_DEAD), 1, last > kept ? last - kept : 0);
	return sqlite_run(store, STATEMENT_FORGET_DEAD, err);
}

/* Counts the removed bytes. */
static bool trim_log(struct sqlite_store *store, struct log_positions *positions, uint64_t last, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_TRIM_LOG);
	bool failed;

	sqlite_bind_u64(row, 1, last);
	while (sqlite_next(store, STATEMENT_TRIM_LOG, &failed, err))
		positions->bytes -= sqlite_column_u64(row, 0);
	positions->oldest = last + 1;
	return !failed;
}

static bool trim(struct sqlite_store *store, struct log_positions *positions, const void *context, struct error *err)
{
	uint64_t first = positions->oldest, last = *(const uint64_t *)context;

	return trim_log(store, positions, last, err) &&
	       (last <= positions->needed || give_up_on_watches(store, first, last, err)) &&
	       sqlite_trim_forget_dead(store, last, err) && sqlite_write_meta(store, positions, err);
}

bool sqlite_trim(struct sqlite_store *store, uint64_t last, struct error *err)
{
	return sqlite_transaction(store, RELAXED, trim, &last, err);
}

/* The last of the first changes that have so many bytes in total; 0: there are none. */
static bool sqlite_trim_find_excess(struct sqlite_store *store, uint64_t excess, uint64_t *out_last, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_MEASURE_LOG);
	uint64_t bytes = 0, last = 0;
	bool failed = false;

	sqlite_bind_u64(row, 1, trim_possible(&store->positions));
	sqlite3_bind_int(row, 2, TRIM_STEP);
	while (bytes < excess && sqlite_next(store, STATEMENT_MEASURE_LOG, &failed, err)) {
		last = sqlite_column_u64(row, 0);
		bytes += sqlite_column_u64(row, 1);
	}
	sqlite3_reset(row);
	*out_last = last;
	return !failed;
}

bool sqlite_trim_excess(struct sqlite_store *store, bool *out_more, struct error *err)
{
	const uint64_t excess = trim_excess(&store->positions, &store->limits);
	uint64_t last;

	if (store->positions.recorded < store->positions.oldest && store->positions.recorded < store->positions.revision)
		return sqlite_checkpoint(store, err);
	if (!sqlite_trim_find_excess(store, excess, &last, err))
		return false;
	*out_more = last > 0;
	return !last || sqlite_trim(store, last, err);
}
