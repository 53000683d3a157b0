/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include <inttypes.h>

/* What one commit writes. */
struct batch {
	struct change *const *changes;
	size_t count;
	const struct delivery_progress *progress;
};

static bool run_for_path(struct sqlite_store *store, enum statement which, const char *path, struct error *err)
{
	sqlite_bind_string(sqlite_statement(store, which), 1, path);
	return sqlite_run(store, which, err);
}

static bool append_change(struct sqlite_store *store, const struct change *change, struct error *err)
{
	struct sqlite_row row;

	sqlite_row_begin(&row, sqlite_statement(store, STATEMENT_APPEND_CHANGE));
	sqlite_row_record(&row, &change->record);
	const uint64_t record_checksum = sqlite_row_seal(&row);
	sqlite_checksum_add_integer(&row.checksum, (int64_t)record_checksum);
	sqlite_row_integer(&row, (int64_t)change->revision);
	sqlite_row_integer(&row, (int64_t)change->write);
	sqlite_row_integer(&row, (int64_t)change->action);
	sqlite_row_integer(&row, change->at_ms);
	sqlite_row_string(&row, change->pubcategory);
	sqlite_row_string(&row, change->aliases);
	sqlite_row_string(&row, change->causes);
	sqlite_row_string(&row, change->by);
	sqlite_row_integer(&row, change->changed);
	sqlite_row_text(&row, change->body, change->body_size);
	(void)sqlite_row_seal(&row);
	if (!sqlite_run(store, STATEMENT_APPEND_CHANGE, err))
		return false;
	/* The dead rows of a watch are deleted with it. */
	bool removes_watch = change->record.kind == OBJECT_WATCH && change->action == CHANGE_DELETE;
	return !removes_watch || run_for_path(store, STATEMENT_FORGET_DEAD_OF_WATCH, change->record.path, err);
}

static bool sqlite_commit_set_progress(struct sqlite_store *store, const struct watch_progress *row, struct error *err)
{
	sqlite3_stmt *statement = sqlite_statement(store, STATEMENT_SET_PROGRESS);

	sqlite_bind_string(statement, 1, row->path);
	sqlite_bind_u64(statement, 2, row->acknowledged);
	sqlite3_bind_int64(statement, 3, row->failing_ms);
	sqlite3_bind_int(statement, 4, (int)row->state);
	sqlite3_bind_int64(statement, 5, row->waiting_ms);
	return sqlite_run(store, STATEMENT_SET_PROGRESS, err);
}

static bool sqlite_commit_add_dead(struct sqlite_store *store, const struct dead_delivery *row, struct error *err)
{
	sqlite3_stmt *statement = sqlite_statement(store, STATEMENT_ADD_DEAD);

	sqlite_bind_string(statement, 1, row->path);
	sqlite_bind_u64(statement, 2, row->from);
	sqlite_bind_u64(statement, 3, row->to);
	sqlite3_bind_int64(statement, 4, row->at_ms);
	sqlite_bind_string(statement, 5, row->reason);
	return sqlite_run(store, STATEMENT_ADD_DEAD, err);
}

bool sqlite_write_meta(struct sqlite_store *store, const struct log_positions *positions, struct error *err)
{
	sqlite3_stmt *statement = sqlite_statement(store, STATEMENT_WRITE_META);

	sqlite_bind_string(statement, 1, store->epoch);
	sqlite_bind_u64(statement, 2, positions->recorded);
	sqlite_bind_u64(statement, 3, positions->delivered);
	sqlite_bind_u64(statement, 4, positions->needed);
	sqlite3_bind_int(statement, 5, store->is_backup);
	sqlite_bind_u64(statement, 6, positions->oldest);
	sqlite_bind_u64(statement, 7, store->tally.count);
	sqlite_bind_u64(statement, 8, store->tally.sum);
	return sqlite_run(store, STATEMENT_WRITE_META, err);
}

static bool write_progress(struct sqlite_store *store, const struct delivery_progress *progress, struct error *err)
{
	for (size_t i = 0; i < progress->set_count; i++)
		if (!sqlite_commit_set_progress(store, &progress->set[i], err))
			return false;
	for (size_t i = 0; i < progress->clear_count; i++)
		if (!run_for_path(store, STATEMENT_CLEAR_PROGRESS, progress->clear[i], err))
			return false;
	for (size_t i = 0; i < progress->dead_count; i++)
		if (!sqlite_commit_add_dead(store, &progress->dead[i], err))
			return false;
	return true;
}

static bool write_batch(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	const struct batch *batch = context;

	for (size_t i = 0; i < batch->count; i++) {
		if (!append_change(store, batch->changes[i], err))
			return false;
		positions->bytes += change_row_bytes(batch->changes[i]);
	}
	positions->revision += batch->count;
	if (!batch->progress)
		return true;
	positions->delivered = batch->progress->position;
	positions->needed = batch->progress->needed;
	return write_progress(store, batch->progress, err) && sqlite_write_meta(store, positions, err);
}

bool sqlite_commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err)
{
	struct sqlite_store *store = state;
	const struct batch batch = { changes, count, progress };

	if (count && base != store->positions.revision)
		return error_set(err, ERROR_CONFLICT, "%s is at revision %" PRIu64 ", not at %" PRIu64, store->path,
		    store->positions.revision, base);
	if (sqlite_transaction(store, count ? DURABLE : RELAXED, write_batch, &batch, err))
		return !count || sqlite_mark_committed(store, err);
	/* Damage found while writing is not the writer's fault. */
	if (err && err->kind != ERROR_UNAVAILABLE)
		err->kind = ERROR_INTERNAL;
	return false;
}
