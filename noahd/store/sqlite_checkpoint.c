/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

/* A commit appends to the log only: the pages of the records, wherever they lie, are written once for all the changes
   of a stride. Longer ones write less in all, and hold up the commit that waits for them: a thousand objects anywhere
   among 50,000 take 10 ms. */
enum { STRIDE_CHANGES = 1000 };

bool sqlite_checkpoint_is_due(const struct sqlite_store *store)
{
	return store->positions.revision - store->positions.recorded >= STRIDE_CHANGES;
}

/* Runs a statement that returns the checksum of each record it takes away or puts. */
static bool change_records(struct sqlite_store *store, enum statement which, int sign, struct error *err)
{
	bool failed;

	while (sqlite_next(store, which, &failed, err)) {
		uint64_t checksum = sqlite_column_u64(sqlite_statement(store, which), 0);
		store->tally.count += (uint64_t)sign;
		store->tally.sum += (uint64_t)sign * checksum;
	}
	return !failed;
}

static bool move_records(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	(void)context;
	if (!sqlite_check_log(store, positions->recorded, err) ||
	    !change_records(store, STATEMENT_STRIDE_DELETE, -1, err) ||
	    !change_records(store, STATEMENT_STRIDE_PUT, 1, err))
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
