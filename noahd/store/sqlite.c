/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/file.h"
#include "common/memory.h"
#include "noahd/store/engines.h"
#include "noahd/store/sqlite_checksum.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Set before the first page is read. secure_delete, Debian's default, would write every trimmed page once more. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA secure_delete = OFF;"
                               "PRAGMA cache_size = -4000;"
                               "PRAGMA synchronous = FULL;";

/* In addition to SQLite's own lock, which needs an existing database. */
static bool take_lock(struct sqlite_store *store, struct error *err)
{
	char *path = memory_format("%s.lock", store->path);

	store->lock_fd = file_lock(path, err);
	free(path);
	if (store->lock_fd >= 0)
		return true;
	if (errno == EWOULDBLOCK)
		return error_set(err, ERROR_UNAVAILABLE, "%s is locked by another noahd", store->path);
	if (err)
		err->kind = ERROR_UNAVAILABLE;
	return false;
}

/* Until start, closing must leave the files unchanged. */
enum closing { CLOSE_CHECKPOINTS = 0, CLOSE_KEEPS_FILES = 1 };

static bool set_closing(struct sqlite_store *store, enum closing closing)
{
	return sqlite3_db_config(store->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, closing, NULL) == SQLITE_OK;
}

/* Converts an earlier format in a transaction that start repeats, so that load reads the converted data. All changed
   pages stay in memory. */
static bool rehearse_update(struct sqlite_store *store, struct error *err)
{
	return (store->is_wal || sqlite_execute(store, "PRAGMA journal_mode = MEMORY", err)) &&
	       sqlite_execute(store, "PRAGMA cache_spill = OFF; BEGIN IMMEDIATE", err) && sqlite_schema_update(store, err);
}

/* Reads only. Without its statistics of memory, SQLite's threads do not share a lock; after the first database of a
   process this is set already. */
static bool connect(struct sqlite_store *store, struct error *err)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(store->path, &store->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	        SQLITE_OK ||
	    !set_closing(store, CLOSE_KEEPS_FILES))
		return sqlite_fail(store, err);
	if (!sqlite_checksum_register(store->connection))
		return sqlite_fail(store, err);
	return sqlite_execute(store, settings, err) && sqlite_schema_check(store, err) &&
	       sqlite_files_check_size(store, err) && (!sqlite_schema_is_old(store) || rehearse_update(store, err)) &&
	       sqlite_prepare(store, err) && sqlite_read_positions(store, err);
}

static void sqlite_close(void *state)
{
	struct sqlite_store *store = state;

	if (!store)
		return;
	sqlite_copy_end(store);
	sqlite_finalize(store);
	sqlite3_close(store->connection);
	if (!store->is_started && store->lock_fd >= 0)
		sqlite_files_leave(store);
	if (store->mark_fd >= 0)
		close(store->mark_fd);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store->mark_path);
	free(store->path);
	free(store);
}

/* Updates the records for people who read the file; if that fails, the next open takes it from the log. */
static void sqlite_tidy_and_close(void *state)
{
	struct sqlite_store *store = state;

	if (store && store->is_suspect)
		(void)set_closing(store, CLOSE_KEEPS_FILES);
	else if (store && store->is_started)
		(void)(sqlite_checkpoint(store, NULL) && sqlite_wal_checkpoint(store, NULL));
	sqlite_close(store);
}

static bool sqlite_open(const struct store_options *options, void **out_state, struct error *err)
{
	struct sqlite_store *store = memory_zeroed(1, sizeof(*store));

	store->path = memory_format("%s/" SQLITE_FILE, options->state_directory);
	store->limits = (struct log_limits){ options->events_kept, options->events_kept_max, options->events_bytes_max };
	store->mark_path = memory_format("%s/" SQLITE_MARK, options->state_directory);
	store->mark_fd = -1;
	store->accepts_loss = options->accepts_loss;
	if (!take_lock(store, err) || !sqlite_files_find(store, options->must_exist, err) || !connect(store, err)) {
		sqlite_close(store);
		return false;
	}
	*out_state = store;
	return true;
}

/* A crash leaves either the earlier format or ours. */
static bool update(struct sqlite_store *store, struct error *err)
{
	if (sqlite_execute(store, "BEGIN IMMEDIATE", err) && sqlite_schema_update(store, err) &&
	    sqlite_execute(store, "COMMIT", err))
		return true;
	if (!sqlite3_get_autocommit(store->connection))
		(void)sqlite_execute(store, "ROLLBACK", NULL);
	return false;
}

/* In a transaction of its own, with a journal on disk: SQLite cannot switch from a journal in memory to WAL mode
   directly. */
static bool begin_log(struct sqlite_store *store, struct error *err)
{
	return store->is_wal || sqlite_execute(store, "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL", err);
}

static bool sqlite_start(void *state, struct error *err)
{
	struct sqlite_store *store = state;
	const bool is_old = sqlite_schema_is_old(store);

	sqlite_wal_count(store);
	if ((is_old && !sqlite_execute(store, "ROLLBACK; PRAGMA cache_spill = ON", err)) || !begin_log(store, err) ||
	    (is_old && !update(store, err)) || (store->begins_epoch && !sqlite_begin_epoch(store, err)) ||
	    !sqlite_mark_start(store, err))
		return false;
	/* noah.db itself must have the epoch before anything is acknowledged in it: else the mark would not match without
	   the log. */
	if ((is_old || store->begins_epoch) && !sqlite_wal_checkpoint(store, err))
		return false;
	(void)set_closing(store, CLOSE_CHECKPOINTS);
	sqlite_wal_start(store);
	sqlite_files_start(store);
	store->is_started = true;
	return true;
}

/* Prevents that each commit finds the same damage again. Returns false. */
static bool bar_if_damaged(struct sqlite_store *store, struct error *err)
{
	store->is_barred = err->kind == ERROR_INVALID;
	return false;
}

static bool sqlite_tidy(void *state, bool *out_more, struct error *err)
{
	struct sqlite_store *store = state;
	uint64_t last = trim_step(&store->positions, &store->limits);

	*out_more = true;
	if (sqlite_wal_is_due(store))
		return sqlite_wal_checkpoint(store, err);
	if (!store->is_barred && sqlite_checkpoint_is_due(store))
		return sqlite_checkpoint(store, err) || bar_if_damaged(store, err);
	if (!store->is_barred && last)
		return sqlite_trim(store, last, err) || bar_if_damaged(store, err);
	if (!store->is_barred && trim_excess(&store->positions, &store->limits))
		return sqlite_trim_excess(store, out_more, err) || bar_if_damaged(store, err);
	*out_more = false;
	return true;
}

static uint64_t sqlite_oldest(const void *state)
{
	const struct sqlite_store *store = state;
	return store->positions.oldest;
}

const struct store_engine sqlite_engine = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_tidy_and_close,
	.load = sqlite_load,
	.start = sqlite_start,
	.commit = sqlite_commit,
	.read_log = sqlite_read_log,
	.tidy = sqlite_tidy,
	.oldest = sqlite_oldest,
	.copy = sqlite_copy,
	.bulk_load = sqlite_bulk_load,
	.verify = sqlite_verify,
	.file = SQLITE_FILE,
};
