/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include <sys/statvfs.h>

/* A write-ahead log that grows costs twice as much a sync as one that is overwritten: its file gets its full size at
   the start, and is carried over before it needs more. Never truncated while we run. Where there is little room it gets
   half of that, and is carried over sooner: the other half is noah.db's. */
enum {
	CARRY_OVER_PAGES = 1000,
	CARRY_OVER_PAGES_LEAST = 16,
	BLOCK_BYTES = 64 * 1024,
	FILE_BLOCKS = 128, /* 8 MiB: CARRY_OVER_PAGES, and a stride that comes before they are carried over */
	BYTES_FOR_A_PAGE = 2 * (24 + 4096) /* with what a stride may add */
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

/* By how much it may grow. A quota is not seen here, but met. */
static sqlite3_int64 room_to_grow(const struct sqlite_store *store, sqlite3_int64 size)
{
	const sqlite3_int64 wanted = (sqlite3_int64)FILE_BLOCKS * BLOCK_BYTES - size;
	struct statvfs status;

	if (wanted <= 0 || statvfs(store->path, &status))
		return wanted;
	sqlite3_int64 half = half_in_blocks((sqlite3_int64)status.f_bavail * (sqlite3_int64)status.f_frsize);
	return half < wanted ? half : wanted;
}

/* Zeros behind its end mean nothing to SQLite: what lies there is always the rest of an earlier round. Returns the size
   it has then. */
static sqlite3_int64 give_file_its_size(const struct sqlite_store *store, sqlite3_file *file)
{
	static const char zeros[BLOCK_BYTES];
	sqlite3_int64 size = 0, grown = 0;

	if (file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return 0;
	const sqlite3_int64 room = room_to_grow(store, size);
	while (grown < room && file->pMethods->xWrite(file, zeros, BLOCK_BYTES, size + grown) == SQLITE_OK)
		grown += BLOCK_BYTES;
	if (grown < room) { /* it has taken the last of it */
		grown = half_in_blocks(grown);
		(void)file->pMethods->xTruncate(file, size + grown);
	}
	(void)file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
	return size + grown;
}

static int checkpoint_pages(sqlite3_int64 file_bytes)
{
	const sqlite3_int64 pages = file_bytes / BYTES_FOR_A_PAGE;

	if (pages > CARRY_OVER_PAGES)
		return CARRY_OVER_PAGES;
	return pages < CARRY_OVER_PAGES_LEAST ? CARRY_OVER_PAGES_LEAST : (int)pages;
}

/* NULL while there is none. */
static sqlite3_file *wal_file(struct sqlite_store *store)
{
	sqlite3_file *file = NULL;

	(void)sqlite3_file_control(store->connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
	return file && file->pMethods ? file : NULL;
}

/* That there is no room for it is nothing to stop for: it is only faster with it. */
void sqlite_wal_start(struct sqlite_store *store)
{
	sqlite3_file *file = wal_file(store);

	store->wal_pages_max = checkpoint_pages(file ? give_file_its_size(store, file) : 0);
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

/* SQLite syncs the log before it carries it over. The mark says what is carried over and must not be ahead of what is
   on the disk. */
static bool mark_log(struct sqlite_store *store, struct error *err)
{
	unsigned char name[WAL_LOG_BYTES];
	sqlite3_file *file = wal_file(store);

	if (!file || file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK ||
	    file->pMethods->xRead(file, name, sizeof(name), WAL_LOG_AT) != SQLITE_OK) {
		store->is_suspect = true;
		return error_set(err, ERROR_INTERNAL, "%s-wal cannot be synced", store->path);
	}
	return sqlite_mark_carries(store, wal_log_name(name), err);
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
	return pages != checkpointed || sqlite_mark_checkpointed(store, err);
}

/* After one large transaction, which has made it as long as itself. */
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
