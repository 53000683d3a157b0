/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "noahd/store/wal_extent.h"
#include "tests/unit/scratch.h"

#include <sqlite3.h>

/* What we find good in a write-ahead log is what SQLite finds good in it. */

enum { COMMITS = 40, PAGE_BYTES = 1024, FILE_BYTES_MAX = 1 << 20 };

static char database[FILE_BYTES_MAX], log_bytes[FILE_BYTES_MAX];
static size_t database_size, log_size;

static size_t read_whole(const char *name, char *bytes)
{
	FILE *file = fopen(scratch_path(name), "re");
	size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);

	assert_int_equal(fclose(file), 0);
	assert_true(size < FILE_BYTES_MAX);
	return size;
}

static sqlite3 *open_database(const char *name)
{
	sqlite3 *connection;

	assert_int_equal(sqlite3_open(scratch_path(name), &connection), SQLITE_OK);
	assert_int_equal(sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(connection, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	return connection;
}

/* A database whose log has each row in a commit of its own; what is carried over meanwhile begins the log anew, over
   the old one. */
static int up(void **state)
{
	char sql[128];

	if (scratch_open(state))
		return -1;
	sqlite3 *connection = open_database("a.db");
	sqlite3_exec(connection, "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE t (n, filler)", NULL,
	    NULL, NULL);
	for (int i = 0; i < COMMITS; i++) {
		snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (%d, zeroblob(%d))", i, i * 97);
		assert_int_equal(sqlite3_exec(connection, sql, NULL, NULL, NULL), SQLITE_OK);
		if (i == COMMITS / 2)
			assert_int_equal(sqlite3_exec(connection, "PRAGMA wal_checkpoint(PASSIVE)", NULL, NULL, NULL), SQLITE_OK);
	}
	database_size = read_whole("a.db", database);
	log_size = read_whole("a.db-wal", log_bytes);
	sqlite3_close(connection);
	return 0;
}

/* The rows that SQLite shows with that log. */
static int rows_shown(const char *bytes, size_t size)
{
	sqlite3_stmt *statement;

	scratch_write_bytes("b.db", database, database_size, 0600);
	scratch_write_bytes("b.db-wal", bytes, size, 0600);
	sqlite3 *connection = open_database("b.db");
	assert_int_equal(sqlite3_prepare_v2(connection, "SELECT count(*) FROM t", -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int rows = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(connection);
	return rows;
}

/* Cut behind the frames that we find good, it shows SQLite the same; cut one frame before that, less. */
static void assert_agrees(const char *bytes, size_t size)
{
	struct wal_extent extent;
	struct error err;
	int rows = rows_shown(bytes, size);

	if (!wal_extent_measure(scratch_path("b.db-wal"), &extent, &err))
		fail_msg("%s", err.text);
	size_t good = extent.frames ? 32 + extent.frames * (24 + PAGE_BYTES) : 0;
	assert_true(good <= size);
	assert_int_equal(rows_shown(bytes, good), rows);
	if (extent.frames)
		assert_true(rows_shown(bytes, good - 1) < rows);
	else
		assert_int_equal(rows, COMMITS / 2 + 1);
}

static void a_whole_log_is_good_as_far_as_it_was_written(void **state)
{
	(void)state;
	assert_int_equal(rows_shown(log_bytes, log_size), COMMITS);
	assert_agrees(log_bytes, log_size);
}

static void it_ends_where_it_is_cut(void **state)
{
	(void)state;
	for (size_t size = 0; size < log_size; size += 1 + (size_t)random() % 700)
		assert_agrees(log_bytes, size);
}

static void it_ends_where_a_bit_is_flipped(void **state)
{
	(void)state;
	for (size_t at = 0; at < log_size; at += at < 100 ? 1 : 1 + (size_t)random() % 500) {
		const char flip = (char)(1 << random() % 8);
		log_bytes[at] = (char)(log_bytes[at] ^ flip);
		assert_agrees(log_bytes, log_size);
		log_bytes[at] = (char)(log_bytes[at] ^ flip);
	}
}

static void one_that_is_missing_or_no_log_has_no_frames(void **state)
{
	struct wal_extent extent = { 1, 1 };

	(void)state;
	assert_true(wal_extent_measure(scratch_path("none"), &extent, NULL));
	assert_int_equal(extent.log, 0);
	assert_int_equal(extent.frames, 0);
	assert_true(wal_extent_measure(scratch_path("a.db"), &extent, NULL));
	assert_int_equal(extent.frames, 0);
	assert_false(wal_extent_measure("/", &extent, NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_log_is_good_as_far_as_it_was_written),
		cmocka_unit_test(it_ends_where_it_is_cut),
		cmocka_unit_test(it_ends_where_a_bit_is_flipped),
		cmocka_unit_test(one_that_is_missing_or_no_log_has_no_frames),
	};

	return cmocka_run_group_tests_name("wal_extent", tests, up, scratch_close);
}
