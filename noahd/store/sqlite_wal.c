/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

/* A write-ahead log that grows costs twice as much a sync as one that is overwritten: its file gets its full size at the start,
   and is carried over before it needs more. Never truncated while we run. */
enum {
	CARRY_OVER_PAGES = 1000,
	BLOCK_BYTES = 64 * 1024,
	FILE_BLOCKS = 128, /* 8 MiB: CARRY_OVER_PAGES, and a stride that comes before they are carried over */
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

/* Zeros behind its end mean nothing to SQLite: what lies there is always the rest of an earlier round. */
static void give_file_its_size(sqlite3_file *file)
{
	static const char zeros[BLOCK_BYTES];
	sqlite3_int64 size;

	if (file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return;
	while (size < (sqlite3_int64)FILE_BLOCKS * BLOCK_BYTES) {
		if (file->pMethods->xWrite(file, zeros, BLOCK_BYTES, size) != SQLITE_OK)
			return;
		size += BLOCK_BYTES;
	}
	(void)file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
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

	if (file)
		give_file_its_size(file);
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
	return store->wal_pages >= CARRY_OVER_PAGES;
}

/* SQLite syncs the log before it carries it over. The mark says what is carried over and must not be ahead of what is on the disk. */
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

static bool carry_over(struct sqlite_store *store, int how, struct error *err)
{
	int pages = 0, carried = 0;

	if (!store->wal_frames)
		return true;
	if (!mark_log(store, err))
		return false;
	if (sqlite3_wal_checkpoint_v2(store->connection, "main", how, &pages, &carried) != SQLITE_OK)
		return sqlite_fail(store, err);
	store->wal_pages = 0;
	if (how == SQLITE_CHECKPOINT_TRUNCATE)
		store->wal_frames = 0;
	return pages != carried || sqlite_mark_carried(store, err);
}

/* After one large transaction, which has made it as long as itself. */
bool sqlite_wal_shrink(struct sqlite_store *store, struct error *err)
{
	if (!carry_over(store, SQLITE_CHECKPOINT_TRUNCATE, err))
		return false;
	sqlite_wal_start(store);
	return true;
}

bool sqlite_wal_carry_over(struct sqlite_store *store, struct error *err)
{
	return carry_over(store, SQLITE_CHECKPOINT_PASSIVE, err);
}
