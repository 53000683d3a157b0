/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/memory.h"
#include "noahd/store/sqlite_checksum.h"

#include <stdlib.h>

/* A copy of a store that is still being written: SQLite writes a page that was already copied and then changes to the
   copy, too. So the copy is the state at its end, whatever is committed meanwhile. */

/* 256 KiB: less than a millisecond. */
enum { STEP_PAGES = 64 };

/* Syncs nothing and leaves no file beside it: the caller moves the copy to its final place. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA synchronous = OFF;"
                               "PRAGMA journal_mode = OFF;";

static const char is_a_copy[] =
    "PRAGMA journal_mode = OFF;"
    "UPDATE meta SET is_backup = 1 WHERE checked(checksum, " SQLITE_META_COLUMNS ") IS NOT NULL;"
    "UPDATE meta SET checksum = checksum_of(" SQLITE_META_COLUMNS ")";

static bool sqlite_copy_fail(struct sqlite_store *store, const char *folder, struct error *err)
{
	int code = sqlite3_errcode(store->copy);
	enum error_kind kind = sqlite_error_kind(code, 0);

	return error_set(err, kind == ERROR_INVALID ? ERROR_INTERNAL : kind, "cannot make a copy in %s: %s", folder,
	    sqlite3_errmsg(store->copy));
}

static bool sqlite_copy_begin(struct sqlite_store *store, const char *folder, struct error *err)
{
	char *path = memory_format("%s/" SQLITE_FILE, folder);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	int code = sqlite3_open_v2(path, &store->copy, flags, NULL);
	free(path);
	if (code != SQLITE_OK || sqlite3_exec(store->copy, settings, NULL, NULL, NULL) != SQLITE_OK ||
	    !sqlite_checksum_register(store->copy))
		return sqlite_copy_fail(store, folder, err);
	store->copying = sqlite3_backup_init(store->copy, "main", store->connection, "main");
	return store->copying || sqlite_copy_fail(store, folder, err);
}

void sqlite_copy_end(struct sqlite_store *store)
{
	if (store->copying)
		sqlite3_backup_finish(store->copying);
	sqlite3_close(store->copy);
	store->copying = NULL;
	store->copy = NULL;
}

static bool sqlite_copy_step(struct sqlite_store *store, const char *folder, bool *out_more, struct error *err)
{
	if (!store->copy && !sqlite_copy_begin(store, folder, err))
		return false;
	int code = sqlite3_backup_step(store->copying, STEP_PAGES);
	*out_more = code == SQLITE_OK;
	if (*out_more)
		return true;
	/* An error of the backup becomes the connection's when it is finished. */
	sqlite3_backup_finish(store->copying);
	store->copying = NULL;
	/* All pages are copied; it is marked as a backup, whose first start begins a new epoch. */
	return (code == SQLITE_DONE && sqlite3_exec(store->copy, is_a_copy, NULL, NULL, NULL) == SQLITE_OK) ||
	       sqlite_copy_fail(store, folder, err);
}

bool sqlite_copy(void *state, const char *folder, bool *out_more, struct error *err)
{
	struct sqlite_store *store = state;
	bool is_done = sqlite_copy_step(store, folder, out_more, err);

	if (!is_done || !*out_more)
		sqlite_copy_end(store);
	return is_done;
}
