/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

/* A commit only appends to the log; a checkpoint then writes each page of the records once for many changes. Less
   frequent checkpoints write less in total, but delay the commit that waits for them longer: a thousand objects
   anywhere among 50,000 take 10 ms. */
enum { STRIDE_CHANGES = 1000 };

/* The columns of STATEMENT_READ_CHECKPOINT behind those that are checked. */
enum { STRIDE_ACTION = 2, STRIDE_OLD_CHECKSUM, STRIDE_RECORD };
enum { STRIDE_PATH = STRIDE_RECORD + 1, STRIDE_CHECKSUM = STRIDE_RECORD + SQLITE_RECORD_COLUMN_COUNT };

bool sqlite_checkpoint_is_due(const struct sqlite_store *store)
{
	return store->positions.revision - store->positions.recorded >= STRIDE_CHANGES;
}

static bool checkpoint_delete(struct sqlite_store *store, sqlite3_stmt *row, struct error *err)
{
	sqlite_bind_column(sqlite_statement(store, STATEMENT_DELETE_RECORD), 1, row, STRIDE_PATH);
	return sqlite_run(store, STATEMENT_DELETE_RECORD, err);
}

/* In the place of the one before where there is one, which is mostly as large. */
static bool checkpoint_put(struct sqlite_store *store, sqlite3_stmt *row, bool is_there, struct error *err)
{
	const enum statement which = is_there ? STATEMENT_UPDATE_RECORD : STATEMENT_PUT_RECORD;

	for (int i = 0; i <= SQLITE_RECORD_COLUMN_COUNT; i++)
		sqlite_bind_column(sqlite_statement(store, which), i + 1, row, STRIDE_RECORD + i);
	store->tally.count++;
	store->tally.sum += sqlite_column_u64(row, STRIDE_CHECKSUM);
	return sqlite_run(store, which, err);
}

/* A row stays as it is while the record is written: that is another table. */
static bool checkpoint_move(void *context, sqlite3_stmt *row, struct error *err)
{
	struct sqlite_store *store = context;
	const bool is_there = sqlite3_column_type(row, STRIDE_OLD_CHECKSUM) != SQLITE_NULL;

	store->tally.count -= is_there;
	store->tally.sum -= sqlite_column_u64(row, STRIDE_OLD_CHECKSUM);
	return sqlite3_column_int(row, STRIDE_ACTION) == CHANGE_DELETE ? checkpoint_delete(store, row, err)
	                                                               : checkpoint_put(store, row, is_there, err);
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
