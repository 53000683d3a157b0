/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

/* A commit appends to the log only: the pages of the records, wherever they lie, are written once for all the changes of a stride.
   Longer ones write less in all, and hold up the commit that waits for them: a thousand objects anywhere among 50,000 take 10 ms. */
enum { STRIDE_CHANGES = 1000 };

bool sqlite_stride_is_due(const struct sqlite_store *store)
{
	return store->positions.revision - store->positions.recorded >= STRIDE_CHANGES;
}

static bool move_records(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	(void)context;
	positions->recorded = positions->revision;
	sqlite_bind_u64(sqlite_statement(store, STATEMENT_MOVE_RECORDS), 1, positions->recorded);
	return sqlite_run(store, STATEMENT_STRIDE_DELETE, err) && sqlite_run(store, STATEMENT_STRIDE_PUT, err) &&
	       sqlite_run(store, STATEMENT_MOVE_RECORDS, err);
}

bool sqlite_stride(struct sqlite_store *store, struct error *err)
{
	if (store->positions.recorded == store->positions.revision)
		return true;
	return sqlite_transaction(store, RELAXED, move_records, NULL, err);
}
