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

/* A row tells of changes that are in the log, and for as many changes more as the log keeps anyway. */
static bool forget_dead(struct sqlite_store *store, uint64_t last, struct error *err)
{
	uint64_t kept = store->events_kept;

	sqlite_bind_u64(sqlite_statement(store, STATEMENT_FORGET_DEAD), 1, last > kept ? last - kept : 0);
	return sqlite_run(store, STATEMENT_FORGET_DEAD, err);
}

static bool trim(struct sqlite_store *store, struct log_positions *positions, const void *context, struct error *err)
{
	uint64_t first = positions->oldest, last = *(const uint64_t *)context;

	positions->oldest = last + 1;
	sqlite_bind_u64(sqlite_statement(store, STATEMENT_TRIM_LOG), 1, last);
	return sqlite_run(store, STATEMENT_TRIM_LOG, err) &&
	       (last <= positions->needed || give_up_on_watches(store, first, last, err)) &&
	       forget_dead(store, last, err) && sqlite_write_meta(store, positions, err);
}

bool sqlite_trim(struct sqlite_store *store, uint64_t last, struct error *err)
{
	return sqlite_transaction(store, RELAXED, trim, &last, err);
}
