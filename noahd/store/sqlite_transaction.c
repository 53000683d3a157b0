/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

/* With NORMAL, SQLite syncs the write-ahead log only before a checkpoint: the order is kept, but the last commits may
   be lost. */
static bool set_durability(struct sqlite_store *store, enum durability durability, struct error *err)
{
	bool is_relaxed = durability == RELAXED;

	if (is_relaxed == store->is_relaxed)
		return true;
	if (!sqlite_execute(store, is_relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL", err))
		return false;
	store->is_relaxed = is_relaxed;
	return true;
}

bool sqlite_transaction(struct sqlite_store *store, enum durability durability, sqlite_work *work, const void *context,
    struct error *err)
{
	struct log_positions positions = store->positions;
	const struct record_tally tally = store->tally;

	if (!sqlite_mark_catch_up(store, err) || !set_durability(store, durability, err) ||
	    !sqlite_run(store, STATEMENT_BEGIN, err))
		return false;
	if (!work(store, &positions, context, err) || !sqlite_run(store, STATEMENT_COMMIT, err)) {
		if (!sqlite3_get_autocommit(store->connection)) /* on most errors SQLite rolls back by itself */
			(void)sqlite_run(store, STATEMENT_ROLLBACK, NULL);
		store->tally = tally;
		return false;
	}
	store->positions = positions;
	return true;
}
