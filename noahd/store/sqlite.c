/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/file.h"
#include "common/memory.h"
#include "noahd/store/engines.h"
#include "noahd/store/sqlite_checksum.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Before the first page is read. secure_delete, which Debian switches on, would write every trimmed page once more. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA secure_delete = OFF;"
                               "PRAGMA cache_size = -4000;"
                               "PRAGMA synchronous = FULL;";

/* Beside SQLite's own lock, which does not cover the time before there is a database. */
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

/* -1: not there. */
static off_t size_of(const char *path, const char *suffix)
{
	char *name = memory_format("%s%s", path, suffix);
	struct stat status;
	off_t size = stat(name, &status) ? -1 : status.st_size;

	free(name);
	return size;
}

/* SQLite would take an empty file for a new database, and a write-ahead log without one for rubbish. */
static bool make_or_find(const char *path, bool must_exist, struct error *err)
{
	off_t size = size_of(path, "");

	if (size == 0)
		return error_set(err, ERROR_INVALID, "%s is damaged: it is empty", path);
	if (size > 0)
		return true;
	if (size_of(path, "-wal") >= 0)
		return error_set(err, ERROR_INVALID, "%s is missing, but its %s-wal is there", path, path);
	if (must_exist)
		return error_set(err, ERROR_NOT_FOUND, "%s is not there", path);
	return sqlite_schema_create(path, err);
}

/* SQLite itself fills up a last page that is cut. Where there is a write-ahead log, that page may be in it. */
static bool check_size(struct sqlite_store *store, struct error *err)
{
	int pages, page_bytes;

	if (!sqlite_read_pragma(store, "PRAGMA page_count", &pages, err) ||
	    !sqlite_read_pragma(store, "PRAGMA page_size", &page_bytes, err))
		return false;
	if (size_of(store->path, "-wal") <= 0 && size_of(store->path, "") < (off_t)pages * page_bytes)
		return error_set(err, ERROR_INVALID, "%s is damaged: it is truncated", store->path);
	return true;
}

/* Until all is known to be well, closing must leave the files as they are. */
static bool keep_on_close(struct sqlite_store *store, int keep)
{
	return sqlite3_db_config(store->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, NULL) == SQLITE_OK;
}

static bool connect(struct sqlite_store *store, struct error *err)
{
	if (sqlite3_open_v2(store->path, &store->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	        SQLITE_OK ||
	    !keep_on_close(store, 1))
		return sqlite_fail(store, err);
	if (!sqlite_checksum_register(store->connection))
		return sqlite_fail(store, err);
	return sqlite_execute(store, settings, err) && sqlite_schema_check(store, err) && check_size(store, err) &&
	       sqlite_execute(store, "PRAGMA journal_mode = WAL", err) && sqlite_schema_update(store, err) &&
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
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store->path);
	free(store);
}

/* What lags behind is brought up to date for whoever looks into the file; where that fails, the next open knows it from the log. */
static void sqlite_tidy_and_close(void *state)
{
	struct sqlite_store *store = state;

	if (store && store->is_suspect)
		(void)keep_on_close(store, 1);
	else if (store)
		(void)sqlite_stride(store, NULL);
	sqlite_close(store);
}

static bool sqlite_open(const struct store_options *options, void **out_state, struct error *err)
{
	struct sqlite_store *store = memory_zeroed(1, sizeof(*store));

	store->path = memory_format("%s/" SQLITE_FILE, options->state_directory);
	store->events_kept = options->events_kept;
	store->events_kept_max = options->events_kept_max;
	if (!take_lock(store, err) || !make_or_find(store->path, options->must_exist, err) || !connect(store, err)) {
		sqlite_close(store);
		return false;
	}
	(void)keep_on_close(store, 0);
	sqlite_wal_start(store);
	*out_state = store;
	return true;
}

static bool sqlite_tidy(void *state, bool *out_more, struct error *err)
{
	struct sqlite_store *store = state;
	uint64_t last = trim_step(&store->positions, store->events_kept, store->events_kept_max);

	*out_more = true;
	if (sqlite_wal_is_due(store))
		return sqlite_wal_carry_over(store, err);
	if (sqlite_stride_is_due(store))
		return sqlite_stride(store, err);
	if (last)
		return sqlite_trim(store, last, err);
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
	.commit = sqlite_commit,
	.read_log = sqlite_read_log,
	.tidy = sqlite_tidy,
	.oldest = sqlite_oldest,
	.copy = sqlite_copy,
	.fill = sqlite_fill,
	.file = SQLITE_FILE,
};
