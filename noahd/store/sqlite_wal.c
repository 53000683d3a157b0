/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include <sys/statvfs.h>

/* A sync of a growing write-ahead log costs twice as much as that of one that is overwritten. So its file gets its full
   size at the start, a checkpoint comes before it needs more, and it is never truncated while noahd runs. If there is
   little disk space, the log gets half of it, with checkpoints to match; the other half is for noah.db. */
enum {
	CHECKPOINT_PAGES = 1000,
	CHECKPOINT_PAGES_MIN = 16,
	BLOCK_BYTES = 64 * 1024,
	FILE_BLOCKS = 128, /* 8 MiB: CHECKPOINT_PAGES, and a checkpoint of the records before they are reached */
	BYTES_FOR_A_PAGE = 2 * (24 + 4096) /* with what a checkpoint of the records may add */
};

static int count_pages(void *context, sqlite3 *connection, const char *database, int pages)
{
	struct sqlite_store *store = context;

	(void)connection;
	(void)database;
	store->wal_pages = pages;
	store->wal_frames = (uint32_t)pages;
	return SQLITE_OK;
}

static sqlite3_int64 half_in_blocks(sqlite3_int64 bytes)
{
	return bytes / 2 / BLOCK_BYTES * BLOCK_BYTES;
}

/* How much it may grow. A quota is only noticed when it is reached. */
static sqlite3_int64 room_to_grow(const struct sqlite_store *store, sqlite3_int64 size)
{
	const sqlite3_int64 wanted = (sqlite3_int64)FILE_BLOCKS * BLOCK_BYTES - size;
	struct statvfs status;

	if (wanted <= 0 || statvfs(store->path, &status))
		return wanted;
	sqlite3_int64 half = half_in_blocks((sqlite3_int64)status.f_bavail * (sqlite3_int64)status.f_frsize);
	return half < wanted ? half : wanted;
}

/* SQLite ignores zeros after the log's end, where it always expects the rest of an earlier round. Returns the new
   size. */
static sqlite3_int64 extend_wal_file(const struct sqlite_store *store, sqlite3_file *file)
{
	static const char zeros[BLOCK_BYTES];
	sqlite3_int64 size = 0, grown = 0;

	if (file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return 0;
	const sqlite3_int64 room = room_to_grow(store, size);
	while (grown < room && file->pMethods->xWrite(file, zeros, BLOCK_BYTES, size + grown) == SQLITE_OK)
		grown += BLOCK_BYTES;
	if (grown < room) { /* it has used up the space */
		grown = half_in_blocks(grown);
		(void)file->pMethods->xTruncate(file, size + grown);
	}
	(void)file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
	return size + grown;
}

/* NULL while there is none. */
static sqlite3_file *wal_file(struct sqlite_store *store)
{
	sqlite3_file *file = NULL;

	(void)sqlite3_file_control(store->connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
	return file && file->pMethods ? file : NULL;
}

/* A failure does not matter: a log without its full size is only slower. */
void sqlite_wal_start(struct sqlite_store *store)
{
	sqlite3_file *file = wal_file(store);
	const sqlite3_int64 pages = (file ? extend_wal_file(store, file) : 0) / BYTES_FOR_A_PAGE;

	store->wal_pages_max = pages < CHECKPOINT_PAGES_MIN ? CHECKPOINT_PAGES_MIN
	                       : pages > CHECKPOINT_PAGES   ? CHECKPOINT_PAGES
	                                                    : (int)pages;
}

void sqlite_wal_count(struct sqlite_store *store)
{
	sqlite3_wal_hook(store->connection, count_pages, store);
}

int sqlite_wal_errno(struct sqlite_store *store)
{
	sqlite3_file *file = wal_file(store);
	int number = 0;

	if (file)
		(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
	return number;
}

bool sqlite_wal_is_due(const struct sqlite_store *store)
{
	return store->wal_pages >= store->wal_pages_max || (store->wal_is_full && store->wal_pages);
}

/* SQLite syncs the log before a checkpoint. The mark records what the checkpoint covers, and must not be ahead of the
   disk. */
static bool mark_log(struct sqlite_store *store, struct error *err)
{
	unsigned char name[WAL_LOG_BYTES];
	sqlite3_file *file = wal_file(store);

	if (!file || file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK ||
	    file->pMethods->xRead(file, name, sizeof(name), WAL_LOG_AT) != SQLITE_OK) {
		store->is_suspect = true;
		return error_set(err, ERROR_INTERNAL, "%s-wal cannot be synced", store->path);
	}
	return sqlite_mark_checkpoint_begins(store, wal_log_name(name), err);
}

static bool checkpoint_wal(struct sqlite_store *store, int how, struct error *err)
{
	int pages = 0, checkpointed = 0;

	if (!store->wal_frames)
		return true;
	if (!mark_log(store, err))
		return false;
	if (sqlite3_wal_checkpoint_v2(store->connection, "main", how, &pages, &checkpointed) != SQLITE_OK)
		return sqlite_fail(store, err);
	store->wal_pages = 0;
	store->wal_is_full = false;
	if (how == SQLITE_CHECKPOINT_TRUNCATE)
		store->wal_frames = 0;
	return pages != checkpointed || sqlite_mark_checkpoint_ends(store, err);
}

/* After a large transaction, which has made the log as long as itself. */
bool sqlite_wal_shrink(struct sqlite_store *store, struct error *err)
{
	if (!checkpoint_wal(store, SQLITE_CHECKPOINT_TRUNCATE, err))
		return false;
	sqlite_wal_start(store);
	return true;
}

bool sqlite_wal_checkpoint(struct sqlite_store *store, struct error *err)
{
	return checkpoint_wal(store, SQLITE_CHECKPOINT_PASSIVE, err);
}
