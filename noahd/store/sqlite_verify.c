/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/memory.h"
#include "common/plural.h"
#include "noahd/store/sqlite_checksum.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reads a database row by row and names everything damaged, without the engine, which rejects a damaged database. */

enum { STRUCTURE_LINES_MAX = 100, FIRST_WITH_CHECKSUMS = 3 };

struct verification {
	const char *path;
	sqlite3 *connection;
	const struct store_inspector *inspector;
	struct store_findings findings;
};

/* Of a table whose rows have checksums: `what` is NULL for a row that is whole. */
static const struct table {
	const char *name, *key, *what;
} tables[] = {
	{ "meta", "only",
	    "CASE WHEN checksum <> checksum_of(" SQLITE_META_COLUMNS
	    ") THEN 'its columns do not have their checksum' END" },
	{ "change", "revision",
	    "CASE WHEN record_checksum <> checksum_of(" SQLITE_RECORD_COLUMNS
	    ") THEN 'its object (kind to lifetime_ms) does not have its checksum'"
	    " WHEN checksum <> checksum_of(" SQLITE_CHANGE_COLUMNS
	    ") THEN 'its columns beside the object do not have their checksum' END" },
	{ "record", "path",
	    "CASE WHEN checksum <> checksum_of(" SQLITE_RECORD_COLUMNS
	    ") THEN 'its columns do not have their checksum' END" },
	{ "watch_progress", "path",
	    "CASE WHEN checksum <> checksum_of(" SQLITE_PROGRESS_COLUMNS
	    ") THEN 'its columns do not have their checksum' END" },
	{ "dead_delivery", "path || ' from ' || first",
	    "CASE WHEN checksum <> checksum_of(" SQLITE_DEAD_COLUMNS
	    ") THEN 'its columns do not have their checksum' END" },
};

static void report(struct verification *verification, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void report(struct verification *verification, const char *format, ...)
{
	va_list arguments;
	char text[1024];
	struct error line;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error_set(&line, ERROR_INVALID, "%s", text); /* damaged text may not be UTF-8 */
	verification->findings.damaged++;
	verification->inspector->damage(verification->inspector->context, line.text);
}

static void report_unreadable(struct verification *verification, const char *what)
{
	report(verification, "%s cannot be read: %s", what, sqlite3_errmsg(verification->connection));
}

/* Reads the number that a statement returns; a failure is reported. */
static bool ask_number(struct verification *verification, const char *sql, const char *what, uint64_t *out)
{
	sqlite3_stmt *statement = NULL;
	bool is_read = sqlite3_prepare_v2(verification->connection, sql, -1, &statement, NULL) == SQLITE_OK &&
	               sqlite3_step(statement) == SQLITE_ROW;

	if (is_read)
		*out = sqlite_column_u64(statement, 0);
	else
		report_unreadable(verification, what);
	sqlite3_finalize(statement);
	return is_read;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

enum scan_direction { FORWARD, BACKWARD };

/* How much of a table could be read from one of its ends. */
struct scan {
	char *last;      /* key of the last row that was read; NULL: none */
	uint64_t number; /* the same as a number */
	uint64_t rows;
	bool is_broken; /* something could not be read */
};

/* Keys are shown as JSON, whatever they contain. */
static sqlite3_stmt *prepare_scan(struct verification *verification, const struct table *table,
    enum scan_direction direction, const char *until)
{
	char *sql =
	    memory_format("SELECT %s AS key, iif(typeof(%s) = 'integer', %s, json_quote(CAST(%s AS TEXT))), %s FROM %s"
	                  " WHERE ?1 IS NULL OR key > CAST(?1 AS %s) ORDER BY %s %s",
	        table->key, table->key, table->key, table->key, table->what, table->name,
	        strcmp(table->key, "revision") ? "TEXT" : "INTEGER", strstr(table->key, "||") ? "path, first" : table->key,
	        direction == BACKWARD ? "DESC" : "ASC");
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(verification->connection, sql, -1, &statement, NULL) == SQLITE_OK)
		sqlite3_bind_text(statement, 1, until, -1, SQLITE_TRANSIENT);
	free(sql);
	return statement;
}

static void remember_key(struct scan *scan, sqlite3_stmt *row)
{
	const char *key = (const char *)sqlite3_column_text(row, 0);

	free(scan->last);
	scan->last = memory_text(key ? key : "");
	scan->number = sqlite_column_u64(row, 0);
	scan->rows++;
}

/* The log has a row for each revision. */
static void check_successor(struct verification *verification, const struct scan *scan, sqlite3_stmt *row)
{
	uint64_t before = scan->number, revision = sqlite_column_u64(row, 0);

	if (!scan->last || revision <= before + 1)
		return;
	if (revision == before + 2)
		report(verification, "change %" PRIu64 ": is missing", before + 1);
	else
		report(verification, "change %" PRIu64 " to %" PRIu64 ": are missing", before + 1, revision - 1);
}

static void scan_table(struct verification *verification, const struct table *table, enum scan_direction direction,
    const char *until, struct scan *out)
{
	sqlite3_stmt *row = prepare_scan(verification, table, direction, until);
	int code = row ? sqlite3_step(row) : SQLITE_ERROR;

	for (; code == SQLITE_ROW; code = sqlite3_step(row)) {
		if (sqlite3_column_type(row, 2) != SQLITE_NULL)
			report(verification, "%s %s: %s", table->name, (const char *)sqlite3_column_text(row, 1),
			    (const char *)sqlite3_column_text(row, 2));
		if (!strcmp(table->name, "change") && direction == FORWARD)
			check_successor(verification, out, row);
		remember_key(out, row);
	}
	out->is_broken = code != SQLITE_DONE;
	sqlite3_finalize(row);
}

/* Reads the table from both ends, as far as possible. Returns whether all of it was read. */
static bool check_table(struct verification *verification, const struct table *table, uint64_t *out_rows)
{
	struct scan forward = { 0 }, backward = { 0 };

	scan_table(verification, table, FORWARD, NULL, &forward);
	if (forward.is_broken) {
		char *why = memory_text(sqlite3_errmsg(verification->connection));
		scan_table(verification, table, BACKWARD, forward.last, &backward);
		report(verification, "%s: the rows %s%s%s%s%s cannot be read: %s", table->name, forward.last ? "after " : "",
		    forward.last ? forward.last : "from the first on", backward.last ? ", before " : "",
		    backward.last ? backward.last : "", backward.last ? "," : "", why);
		free(why);
	}
	*out_rows = forward.rows + backward.rows;
	free(forward.last);
	free(backward.last);
	return !forward.is_broken;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void check_structure(struct verification *verification)
{
	char *pragma = memory_format("PRAGMA integrity_check(%d)", STRUCTURE_LINES_MAX);
	sqlite3_stmt *row = NULL;
	int code = sqlite3_prepare_v2(verification->connection, pragma, -1, &row, NULL);

	for (code = code == SQLITE_OK ? sqlite3_step(row) : code; code == SQLITE_ROW; code = sqlite3_step(row)) {
		const char *line = (const char *)sqlite3_column_text(row, 0);
		if (line && strcmp(line, "ok") != 0)
			report(verification, "structure: %s", line);
	}
	if (code != SQLITE_DONE)
		report_unreadable(verification, "structure");
	sqlite3_finalize(row);
	free(pragma);
}

/* Compares the tables with what meta says. */
static void check_counts(struct verification *verification, bool records_are_read, bool log_is_read)
{
	static const char *const count = "SELECT record_count FROM meta",
	                         *const sum = "SELECT (SELECT checksum_sum(checksum) FROM record) = record_sum FROM meta";
	struct store_findings *findings = &verification->findings;
	uint64_t records, is_sum, recorded = 0, oldest = 0, first = 0, last = 0;

	if (records_are_read && ask_number(verification, count, "meta", &records)) {
		if (records != findings->records)
			report(verification, "record: has %" PRIu64 " %s, but meta says %" PRIu64, findings->records,
			    plural(findings->records, "row", "rows"), records);
		else if (ask_number(verification, sum, "meta", &is_sum) && !is_sum)
			report(verification, "record: the checksums of its rows do not have the sum that meta says");
	}
	if (!log_is_read || !ask_number(verification, "SELECT record_position FROM meta", "meta", &recorded) ||
	    !ask_number(verification, "SELECT oldest FROM meta", "meta", &oldest) ||
	    !ask_number(verification, "SELECT coalesce(min(revision), 0) FROM change", "change", &first) ||
	    !ask_number(verification, "SELECT coalesce(max(revision), 0) FROM change", "change", &last))
		return;
	findings->revision = last ? last : recorded;
	if ((last ? first : recorded + 1) != oldest)
		report(verification, "change: begins with %" PRIu64 ", but meta says %" PRIu64, first, oldest);
	if (findings->revision < recorded)
		report(verification, "change: ends with %" PRIu64 ", but record shows changes up to %" PRIu64, last, recorded);
}

static void check_rows(struct verification *verification)
{
	struct store_findings *findings = &verification->findings;
	uint64_t rows[sizeof(tables) / sizeof(*tables)];
	bool is_read[sizeof(tables) / sizeof(*tables)];

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		is_read[i] = check_table(verification, &tables[i], &rows[i]);
	findings->changes = rows[1];
	findings->records = rows[2];
	if (rows[0] != 1)
		report(verification, "meta: has %" PRIu64 " rows, but should have 1", rows[0]);
	else
		check_counts(verification, is_read[2], is_read[1]);
}

static bool check_size(struct verification *verification, const struct stat *status)
{
	uint64_t pages, page_bytes;

	if (!ask_number(verification, "PRAGMA page_count", "the file", &pages) ||
	    !ask_number(verification, "PRAGMA page_size", "the file", &page_bytes))
		return false;
	if ((uint64_t)status->st_size < pages * page_bytes)
		report(verification, "the file has %" PRIu64 " %s, but should have %" PRIu64, (uint64_t)status->st_size,
		    plural((uint64_t)status->st_size, "byte", "bytes"), pages * page_bytes);
	return true;
}

static bool check_all(struct verification *verification, const struct stat *status, bool has_log, struct error *err)
{
	uint64_t application, version;

	if ((!has_log && !check_size(verification, status)) ||
	    !ask_number(verification, "PRAGMA application_id", "the file", &application) ||
	    !ask_number(verification, "PRAGMA user_version", "the file", &version))
		return true;
	if (!sqlite_schema_knows((int)application, (int)version))
		return error_set(err, ERROR_INVALID, "%s is not a database of noahd, or of a newer one", verification->path);
	check_structure(verification);
	verification->findings.has_checksums = version >= FIRST_WITH_CHECKSUMS;
	if (verification->findings.has_checksums)
		check_rows(verification);
	return true;
}

/* If there is a log, closing must not checkpoint it. In exclusive mode SQLite keeps the log's index in memory, not in a
   file. */
static bool open_database(struct verification *verification, bool has_log, struct error *err)
{
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | (has_log ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	char *uri = sqlite_files_uri(verification->path, has_log ? "" : "?immutable=1");
	int code = sqlite3_open_v2(uri, &verification->connection, flags, NULL);

	free(uri);
	sqlite3 *connection = verification->connection;
	if (code == SQLITE_OK && sqlite_checksum_register(connection) &&
	    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK &&
	    sqlite3_exec(connection, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY", NULL, NULL, NULL) ==
	        SQLITE_OK)
		return true;
	return error_set(err, ERROR_UNAVAILABLE, "%s cannot be opened: %s", verification->path,
	    sqlite3_errmsg(verification->connection));
}

bool sqlite_verify(const char *path, const struct store_inspector *inspector, struct store_findings *out,
    struct error *err)
{
	struct verification verification = { .path = path, .inspector = inspector };
	char *log = memory_format("%s-wal", path);
	struct stat status, log_status;
	/* SQLite would remove a log beside a file that is not a database. */
	bool has_log = !stat(log, &log_status) && log_status.st_size && sqlite_files_has_head(path);

	free(log);
	if (stat(path, &status))
		return error_set_errno(err, ERROR_NOT_FOUND, "cannot read %s", path);
	bool is_done = status.st_size
	                   ? open_database(&verification, has_log, err) && check_all(&verification, &status, has_log, err)
	                   : true;
	if (!status.st_size)
		report(&verification, "the file is empty");
	sqlite3_close(verification.connection);
	if (is_done)
		*out = verification.findings;
	return is_done;
}
