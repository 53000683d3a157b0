/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where a record's columns and its checksum are bound. */
#define RECORD_PLACES "?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12"

/* change_row_bytes in SQL. */
#define ROW_BYTES "160 + bytes_of(pubcategory, aliases, causes, by, body, path, value, tags, links)"

static_assert(CHANGE_ROW_BYTES == 160, "as ROW_BYTES says");

/* The same, or NULL where one of the two checksums differs. */
#define WHOLE_ROW_BYTES                                          \
	"160 - bytes_of(change.id)"                                  \
	" + whole_bytes(change.checksum, " SQLITE_CHANGE_COLUMNS ")" \
	" + whole_bytes(change.record_checksum, " SQLITE_RECORD_COLUMNS_OF("change.") ")"

/* Like the view of that name, which is for people; not the view itself, whose definition may be on a damaged page. */
#define TAIL                                                                   \
	"SELECT " SQLITE_RECORD_COLUMNS ", record_checksum, action, max(revision)" \
	" FROM change WHERE revision > (SELECT record_position FROM meta) GROUP BY path"

/* Every statement that is used more than once; sqlite_schema.c has the rest. */
static const char *const texts[STATEMENTS] = {
	[STATEMENT_BEGIN] = "BEGIN",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",

	[STATEMENT_APPEND_CHANGE] = "INSERT INTO change (" SQLITE_RECORD_COLUMNS ", " SQLITE_CHANGE_COLUMNS ", checksum)"
	                            " VALUES (?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?,?,?,?,?, ?)",
	[STATEMENT_WRITE_META] = "UPDATE meta SET (" SQLITE_META_COLUMNS ", checksum) ="
	                         " (?1,?2,?3,?4,?5,?6,?7,?8, checksum_of(?1,?2,?3,?4,?5,?6,?7,?8))",
	[STATEMENT_SET_PROGRESS] = "INSERT OR REPLACE INTO watch_progress (" SQLITE_PROGRESS_COLUMNS ", checksum)"
	                           " VALUES (?1,?2,?3,?4,?5, checksum_of(?1,?2,?3,?4,?5))",
	[STATEMENT_CLEAR_PROGRESS] = "DELETE FROM watch_progress WHERE path = ?",
	/* Written again after a crash, a row is the same. */
	[STATEMENT_ADD_DEAD] = "INSERT OR REPLACE INTO dead_delivery (" SQLITE_DEAD_COLUMNS ", checksum)"
	                       " VALUES (?1,?2,?3,?4,?5, checksum_of(?1,?2,?3,?4,?5))",
	[STATEMENT_FORGET_DEAD_OF_WATCH] = "DELETE FROM dead_delivery WHERE path = ?",

	[STATEMENT_READ_META] = "SELECT " SQLITE_META_COLUMNS ", checksum FROM meta",
	/* Two selects, since each reads one end of the tree; min and max in one select would read all of it. */
	[STATEMENT_READ_LOG_ENDS] = "SELECT (SELECT min(revision) FROM change), (SELECT max(revision) FROM change)",
	[STATEMENT_READ_RECORDS] = "SELECT " SQLITE_RECORD_COLUMNS ", checksum FROM record ORDER BY path",
	[STATEMENT_READ_TAIL] = TAIL " ORDER BY path",
	[STATEMENT_READ_PROGRESS] = "SELECT " SQLITE_PROGRESS_COLUMNS ", checksum FROM watch_progress",
	[STATEMENT_CHECK_LOG] = "SELECT revision, " WHOLE_ROW_BYTES " FROM change WHERE revision > ? ORDER BY revision",
	[STATEMENT_READ_LOG] = "SELECT " SQLITE_CHANGE_COLUMNS ", checksum, " SQLITE_RECORD_COLUMNS
	                       " FROM change WHERE revision > ? ORDER BY revision",

	/* Beside each change the checksum of the record before it, or NULL where there is none. */
	[STATEMENT_READ_CHECKPOINT] =
	    "SELECT change.revision, " WHOLE_ROW_BYTES
	    ", action, iif(record.path IS NULL, NULL, checked(record.checksum, " SQLITE_RECORD_COLUMNS_OF(
	        "record.") ")), " SQLITE_RECORD_COLUMNS_OF("change.") ", record_checksum"
	                                                              " FROM change LEFT JOIN record ON record.path = "
	                                                              "change.path WHERE change.revision > ? ORDER BY "
	                                                              "change.revision",
	/* Not the key: else SQLite would delete and insert the row. */
	[STATEMENT_UPDATE_RECORD] =
	    "UPDATE record SET kind = ?1, id = ?3, created_ms = ?4, updated_ms = ?5, created_revision = ?6,"
	    " record_revision = ?7, value = ?8, tags = ?9, links = ?10, lifetime_ms = ?11, checksum = ?12 WHERE path = ?2",
	[STATEMENT_DELETE_RECORD] = "DELETE FROM record WHERE path = ?",
	[STATEMENT_PUT_RECORD] = "INSERT INTO record (" SQLITE_RECORD_COLUMNS ", checksum) VALUES (" RECORD_PLACES ")",

	[STATEMENT_MEASURE_LOG] =
	    "SELECT revision, " ROW_BYTES " FROM change WHERE revision <= ?1 ORDER BY revision LIMIT ?2",
	[STATEMENT_TRIM_LOG] = "DELETE FROM change WHERE revision <= ? RETURNING " ROW_BYTES,
	/* ?1: the last change to be removed, ?2: the first one, ?3: now. Extends the dead row of a watch that ends right
	   before. Disabled and suspended watches lose nothing. */
	[STATEMENT_TRIM_DEAD] =
	    "INSERT INTO dead_delivery (" SQLITE_DEAD_COLUMNS ", checksum)"
	    " SELECT path, since, ?1, ?3, 'trimmed', checksum_of(path, since, ?1, ?3, 'trimmed') FROM"
	    "  (SELECT watch.path AS path, coalesce((SELECT first FROM dead_delivery AS before WHERE before.path = "
	    "watch.path"
	    "    AND before.last = max(watch.acknowledged + 1, ?2) - 1 AND before.reason = 'trimmed'),"
	    "    max(watch.acknowledged + 1, ?2)) AS since"
	    "   FROM watch_progress AS watch WHERE watch.acknowledged < ?1 AND watch.state = 0)"
	    " WHERE true ON CONFLICT (path, first) DO UPDATE"
	    "  SET last = excluded.last, at_ms = excluded.at_ms, reason = excluded.reason, checksum = excluded.checksum",
	[STATEMENT_TRIM_PROGRESS] =
	    "UPDATE watch_progress SET acknowledged = ?1, checksum = checksum_of(path, ?1, failing_ms, state, waiting_ms)"
	    " WHERE acknowledged < ?1 AND state = 0 AND checked(checksum, " SQLITE_PROGRESS_COLUMNS ") IS NOT NULL",
	[STATEMENT_FORGET_DEAD] = "DELETE FROM dead_delivery WHERE last < ?",
};

/* What SQLite's result codes mean to us; all others are ERROR_INTERNAL. */
static const struct {
	int code;
	enum error_kind kind;
} kinds[] = {
	{ SQLITE_FULL, ERROR_UNAVAILABLE },     /* no room */
	{ SQLITE_BUSY, ERROR_UNAVAILABLE },     /* another program has it open */
	{ SQLITE_CANTOPEN, ERROR_UNAVAILABLE }, /* these three: rights of the file or its folder */
	{ SQLITE_READONLY, ERROR_UNAVAILABLE }, { SQLITE_PERM, ERROR_UNAVAILABLE }, { SQLITE_NOTADB, ERROR_INVALID },
	{ SQLITE_CORRUPT, ERROR_INVALID }, { SQLITE_ERROR, ERROR_INVALID }, /* a table or column of ours is missing */
};

enum error_kind sqlite_error_kind(int code, int number)
{
	/* After a failed sync the state of the disk is unknown, whatever the cause. */
	const bool is_sync = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;

	code &= 0xff; /* the rest of the code says where */
	/* SQLite handles ENOSPC, but not a quota or the maximum size of a file. */
	if (code == SQLITE_IOERR && !is_sync && (number == EDQUOT || number == EFBIG))
		return ERROR_UNAVAILABLE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].code == code)
			return kinds[i].kind;
	return ERROR_INTERNAL;
}

bool sqlite_fail(struct sqlite_store *store, struct error *err)
{
	int code = sqlite3_extended_errcode(store->connection);
	int number = (code & 0xff) == SQLITE_IOERR ? sqlite_wal_errno(store) : 0;
	enum error_kind kind = sqlite_error_kind(code, number);
	const char *text = sqlite3_errmsg(store->connection);

	if (kind == ERROR_INTERNAL || kind == ERROR_INVALID)
		store->is_suspect = true;
	store->wal_is_full |= kind == ERROR_UNAVAILABLE;
	if (number)
		return error_set(err, kind, "%s: %s (%s)", store->path, text, strerror(number));
	return error_set(err, kind, "%s: %s", store->path, text);
}

bool sqlite_tell_damage(struct sqlite_store *store, struct error *err, const char *format, ...)
{
	va_list arguments;
	char what[400];

	store->is_suspect = true;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	error_set(err, ERROR_INVALID, "%s is damaged: %s", store->path, what);
	return false;
}

bool sqlite_execute(struct sqlite_store *store, const char *sql, struct error *err)
{
	return sqlite3_exec(store->connection, sql, NULL, NULL, NULL) == SQLITE_OK || sqlite_fail(store, err);
}

bool sqlite_read_pragma(struct sqlite_store *store, const char *pragma, int *out, struct error *err)
{
	sqlite3_stmt *statement;
	bool is_read = sqlite3_prepare_v2(store->connection, pragma, -1, &statement, NULL) == SQLITE_OK &&
	               sqlite3_step(statement) == SQLITE_ROW;

	if (is_read)
		*out = sqlite3_column_int(statement, 0);
	else
		sqlite_fail(store, err);
	sqlite3_finalize(statement);
	return is_read;
}

bool sqlite_prepare_one(struct sqlite_store *store, enum statement which, struct error *err)
{
	return sqlite3_prepare_v3(store->connection, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[which],
	           NULL) == SQLITE_OK ||
	       sqlite_fail(store, err);
}

bool sqlite_prepare(struct sqlite_store *store, struct error *err)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (!sqlite_prepare_one(store, (enum statement)i, err))
			return false;
	return true;
}

void sqlite_finalize(struct sqlite_store *store)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
}

sqlite3_stmt *sqlite_statement(struct sqlite_store *store, enum statement which)
{
	return store->statements[which];
}

bool sqlite_next(struct sqlite_store *store, enum statement which, bool *failed, struct error *err)
{
	int code = sqlite3_step(store->statements[which]);

	if (code == SQLITE_ROW)
		return true;
	*failed = code != SQLITE_DONE;
	if (*failed)
		sqlite_fail(store, err);
	sqlite3_reset(store->statements[which]);
	return false;
}

bool sqlite_run(struct sqlite_store *store, enum statement which, struct error *err)
{
	bool failed = false;

	sqlite_next(store, which, &failed, err);
	return !failed;
}

/* SQLite's integers are signed; revisions never get that large. */
void sqlite_bind_u64(sqlite3_stmt *statement, int place, uint64_t number)
{
	sqlite3_bind_int64(statement, place, (sqlite3_int64)number);
}

void sqlite_bind_string(sqlite3_stmt *statement, int place, const char *text)
{
	sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

void sqlite_bind_column(sqlite3_stmt *statement, int place, sqlite3_stmt *row, int column)
{
	const int type = sqlite3_column_type(row, column);
	const void *bytes;

	if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
		bytes = sqlite3_column_blob(row, column); /* NULL for no bytes, too */
		sqlite3_uint64 size = (sqlite3_uint64)sqlite3_column_bytes(row, column);
		if (type == SQLITE_TEXT)
			sqlite3_bind_text64(statement, place, bytes ? bytes : "", size, SQLITE_STATIC, SQLITE_UTF8);
		else
			sqlite3_bind_blob64(statement, place, bytes ? bytes : "", size, SQLITE_STATIC);
	} else if (type == SQLITE_INTEGER) {
		sqlite3_bind_int64(statement, place, sqlite3_column_int64(row, column));
	} else {
		sqlite3_bind_null(statement, place);
	}
}

/* ---- rows with a checksum ---------------------------------------------------------------------------------------- */

void sqlite_row_begin(struct sqlite_row *row, sqlite3_stmt *statement)
{
	row->statement = statement;
	row->place = 1;
	sqlite_checksum_begin(&row->checksum);
}

void sqlite_row_integer(struct sqlite_row *row, int64_t number)
{
	sqlite3_bind_int64(row->statement, row->place++, number);
	sqlite_checksum_add_integer(&row->checksum, number);
}

void sqlite_row_text(struct sqlite_row *row, const char *text, size_t size)
{
	sqlite3_bind_text64(row->statement, row->place++, text, size, SQLITE_STATIC, SQLITE_UTF8);
	sqlite_checksum_add_bytes(&row->checksum, SQLITE_TEXT, text, size);
}

static void row_null(struct sqlite_row *row)
{
	sqlite3_bind_null(row->statement, row->place++);
	sqlite_checksum_add_null(&row->checksum);
}

void sqlite_row_string(struct sqlite_row *row, const char *text)
{
	if (text)
		sqlite_row_text(row, text, strlen(text));
	else
		row_null(row);
}

void sqlite_row_record(struct sqlite_row *row, const struct record *record)
{
	sqlite_row_integer(row, (int64_t)record->kind);
	sqlite_row_string(row, record->path);
	sqlite_row_string(row, record->id);
	sqlite_row_integer(row, record->created_ms);
	sqlite_row_integer(row, record->updated_ms);
	sqlite_row_integer(row, (int64_t)record->created_revision);
	sqlite_row_integer(row, (int64_t)record->revision);
	if (record->has_value) {
		/* A NULL pointer would bind NULL, whatever the size. */
		const void *value = record->value ? record->value : "";
		sqlite3_bind_blob64(row->statement, row->place++, value, record->value_size, SQLITE_STATIC);
		sqlite_checksum_add_bytes(&row->checksum, SQLITE_BLOB, record->value, record->value_size);
	} else {
		row_null(row);
	}
	sqlite_row_string(row, record->tags);
	sqlite_row_string(row, record->links);
	sqlite_row_integer(row, record->lifetime_ms);
}

uint64_t sqlite_row_seal(struct sqlite_row *row)
{
	uint64_t checksum = sqlite_checksum_end(&row->checksum);

	sqlite_bind_u64(row->statement, row->place++, checksum);
	sqlite_checksum_begin(&row->checksum);
	return checksum;
}

uint64_t sqlite_column_u64(sqlite3_stmt *statement, int column)
{
	return (uint64_t)sqlite3_column_int64(statement, column);
}
