/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include <inttypes.h>

/* Writes records without the changes that made them: the log begins after them. */

static bool put_record(struct sqlite_store *store, const struct record *record, struct error *err)
{
	struct sqlite_row row;

	sqlite_row_begin(&row, sqlite_statement(store, STATEMENT_PUT_RECORD));
	sqlite_row_record(&row, record);
	store->tally.count++;
	store->tally.sum += sqlite_row_seal(&row);
	if (sqlite_run(store, STATEMENT_PUT_RECORD, err))
		return true;
	if ((sqlite3_errcode(store->connection) & 0xff) == SQLITE_CONSTRAINT)
		return error_set(err, ERROR_INVALID, "%s occurs twice", record->path);
	return false;
}

static bool bulk_load(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	const struct store_source *source = context;
	const struct record *record;
	uint64_t revision = 0;
	bool is_read;

	while ((is_read = source->next(source->context, &record, &revision, err)) && record)
		if (!put_record(store, record, err))
			return false;
	*positions = (struct log_positions){ revision, revision + 1, revision, revision, revision, 0 };
	return is_read && sqlite_write_meta(store, positions, err);
}

bool sqlite_bulk_load(void *state, const struct store_source *source, struct error *err)
{
	struct sqlite_store *store = state;

	if (store->positions.revision)
		return error_set(err, ERROR_CONFLICT, "%s is not empty: it is at revision %" PRIu64, store->path,
		    store->positions.revision);
	if (!sqlite_transaction(store, DURABLE, bulk_load, source, err) || !sqlite_mark_committed(store, err))
		return false;
	/* The objects are durable even if this checkpoint fails. */
	(void)sqlite_wal_shrink(store, NULL);
	return true;
}
