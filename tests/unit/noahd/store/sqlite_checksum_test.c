/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite_checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static sqlite3 *connection;

static int up(void **state)
{
	(void)state;
	return sqlite3_open(":memory:", &connection) != SQLITE_OK || !sqlite_checksum_register(connection);
}

static int down(void **state)
{
	(void)state;
	return sqlite3_close(connection);
}

/* The answer's first column; *out_code: as sqlite3_step said. */
static int64_t ask(const char *sql, int *out_code)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK);
	*out_code = sqlite3_step(statement);
	int64_t answer = *out_code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	return answer;
}

static int64_t ask_well(const char *sql)
{
	int code;
	int64_t answer = ask(sql, &code);

	assert_int_equal(code, SQLITE_ROW);
	return answer;
}

/* XXH3_64bits of the 59 bytes that sqlite_schema.c's words give for these columns, put together by hand. Where this
   changes, databases that stand somewhere are refused: their format needs a new number. */
static void the_form_is_that_of_the_databases_that_there_are(void **state)
{
	(void)state;
	assert_int_equal(ask_well("SELECT checksum_of(-2, 'a\xc3\xa9', x'00ff', NULL, 2.5, '')"),
	    INT64_C(-3113375391465504768));
}

static void type_size_and_order_count(void **state)
{
	static const char *const different[] = {
		"SELECT checksum_of('ab', 'c', 1)",
		"SELECT checksum_of('a', 'bc', 1)",
		"SELECT checksum_of('abc', '', 1)",
		"SELECT checksum_of('abc', 1, '')",
		"SELECT checksum_of('abc', NULL, 1)",
		"SELECT checksum_of('abc', x'', 1)",
		"SELECT checksum_of('abc', '', '1')",
		"SELECT checksum_of('abc', '', 1.0)",
		"SELECT checksum_of('abc', '')",
	};
	int64_t seen[sizeof(different) / sizeof(*different)];

	(void)state;
	for (size_t i = 0; i < sizeof(different) / sizeof(*different); i++) {
		seen[i] = ask_well(different[i]);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
	}
}

static void what_is_checked_has_its_checksum_or_is_corrupt(void **state)
{
	int code;

	(void)state;
	assert_int_equal(ask_well("SELECT checked(checksum_of(1, 'a'), 1, 'a') = checksum_of(1, 'a')"), 1);
	(void)ask("SELECT checked(checksum_of(1, 'a'), 1, 'b')", &code);
	assert_int_equal(code, SQLITE_CORRUPT);
}

static void a_sum_goes_round_and_knows_no_order(void **state)
{
	(void)state;
	assert_int_equal(ask_well("SELECT checksum_sum(value) FROM json_each('[9223372036854775807, 1, -3]')"),
	    INT64_MAX - 2);
	assert_int_equal(ask_well("SELECT checksum_sum(value) FROM json_each('[-3, 9223372036854775807, 1]')"),
	    INT64_MAX - 2);
	assert_int_equal(ask_well("SELECT checksum_sum(value) FROM json_each('[]')"), 0);
}

static void bytes_are_those_of_the_texts_and_blobs(void **state)
{
	(void)state;
	assert_int_equal(ask_well("SELECT bytes_of('a\xc3\xa9', x'00ff00', NULL, '')"), 6);
}

static void the_bytes_of_a_row_are_told_only_where_it_is_whole(void **state)
{
	(void)state;
	assert_int_equal(ask_well("SELECT whole_bytes(checksum_of(7, 'abc', x'00ff'), 7, 'abc', x'00ff')"), 5);
	assert_int_equal(ask_well("SELECT whole_bytes(checksum_of(7, 'abc'), 7, 'abd') IS NULL"), 1);
	assert_int_equal(ask_well("SELECT whole_bytes(checksum_of(7, 'abc'), 8, 'abc') IS NULL"), 1);
}

/* A small row is put together to be hashed, a larger one is not. */
static void rows_of_any_size_are_hashed_alike(void **state)
{
	static const char text[] = "SELECT checksum_of(7, printf('%.*c', ?, 'a'), NULL)";
	unsigned char row[27 + 4096] = { SQLITE_INTEGER, 7 };
	sqlite3_stmt *statement;

	(void)state;
	row[9] = SQLITE_TEXT;
	row[18] = SQLITE_NULL;
	memset(row + 27, 'a', sizeof(row) - 27);
	assert_int_equal(sqlite3_prepare_v2(connection, text, -1, &statement, NULL), SQLITE_OK);
	for (int size = 1; size <= 4096; size++) {
		row[10] = (unsigned char)size;
		row[11] = (unsigned char)(size >> 8);
		sqlite3_bind_int(statement, 1, size);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int64(statement, 0), (int64_t)XXH3_64bits(row, 27 + (size_t)size));
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_form_is_that_of_the_databases_that_there_are),
		TEST(type_size_and_order_count),
		TEST(what_is_checked_has_its_checksum_or_is_corrupt),
		TEST(bytes_are_those_of_the_texts_and_blobs),
		TEST(the_bytes_of_a_row_are_told_only_where_it_is_whole),
		TEST(rows_of_any_size_are_hashed_alike),
		TEST(a_sum_goes_round_and_knows_no_order),
	};

	return cmocka_run_group_tests_name("sqlite_checksum", tests, NULL, NULL);
}
