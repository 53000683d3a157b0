/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

/* A commit only appends to the log; a checkpoint then writes each page of the records once for many changes. Less
   frequent checkpoints write less in total, but delay the commit that waits for them longer: a thousand objects
   anywhere among 50,000 take 10 ms. */
enum { CHECKPOINT_CHANGES = 1000 };

/* The columns of STATEMENT_READ_CHECKPOINT behind those that are checked. */
enum { CHECKPOINT_ACTION = 2, CHECKPOINT_OLD_CHECKSUM, CHECKPOINT_RECORD };
enum { CHECKPOINT_PATH = CHECKPOINT_RECORD + 1, CHECKPOINT_CHECKSUM = CHECKPOINT_RECORD + SQLITE_RECORD_COLUMN_COUNT };

bool sqlite_checkpoint_is_due(const struct sqlite_store *store)
{
	return store->positions.revision - store->positions.recorded >= CHECKPOINT_CHANGES;
}

/* Overwrites the record before it, if there is one, which mostly has the same size. */
static bool checkpoint_put(struct sqlite_store *store, sqlite3_stmt *row, enum statement which, struct error *err)
{
	for (int i = 0; i <= SQLITE_RECORD_COLUMN_COUNT; i++)
		sqlite_bind_column(sqlite_statement(store, which), i + 1, row, CHECKPOINT_RECORD + i);
	store->tally.count++;
	store->tally.sum += sqlite_column_u64(row, CHECKPOINT_CHECKSUM);
	return sqlite_run(store, which, err);
}

/* Writing the record does not change the row, which is of another table. */
static bool checkpoint_move(void *context, sqlite3_stmt *row, struct error *err)
{
	struct sqlite_store *store = context;
	const bool is_there = sqlite3_column_type(row, CHECKPOINT_OLD_CHECKSUM) != SQLITE_NULL;

	store->tally.count -= is_there;
	store->tally.sum -= sqlite_column_u64(row, CHECKPOINT_OLD_CHECKSUM);
	if (sqlite3_column_int(row, CHECKPOINT_ACTION) != CHANGE_DELETE)
		return checkpoint_put(store, row, is_there ? STATEMENT_UPDATE_RECORD : STATEMENT_PUT_RECORD, err);
	sqlite_bind_column(sqlite_statement(store, STATEMENT_DELETE_RECORD), 1, row, CHECKPOINT_PATH);
	return sqlite_run(store, STATEMENT_DELETE_RECORD, err);
}

static bool move_records(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	(void)context;
	if (!sqlite_check_log(store, STATEMENT_READ_CHECKPOINT, positions->recorded, checkpoint_move, store, err))
		return false;
	positions->recorded = positions->revision;
	return sqlite_write_meta(store, positions, err);
}

bool sqlite_checkpoint(struct sqlite_store *store, struct error *err)
{
	if (store->positions.recorded == store->positions.revision)
		return true;
	return sqlite_transaction(store, RELAXED, move_records, NULL, err);
}
