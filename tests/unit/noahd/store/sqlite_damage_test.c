/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"
#include "noahd/store/sqlite.h"
#include "noahd/store/sqlite_checksum.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows that are not as they were written, or not there: a load refuses them by name, and what runs says so. */

enum { CHANGES = 12, FILE_BYTES_MAX = 1 << 20 };

static struct fixture fixture;
static char *database; /* the path of noah.db */

static void bulk_load(void)
{
	struct watch_progress rows[] = {
		{ .path = (char *)"/watches/a", .acknowledged = 3, .failing_ms = 5, .state = WATCH_ACTIVE },
		{ .path = (char *)"/watches/b", .acknowledged = CHANGES, .state = WATCH_DISABLED },
	};
	struct dead_delivery dead = { (char *)"/watches/b", 2, 4, 7, (char *)"HTTP 422" };

	fixture_commit_many(&fixture, CHANGES, 5);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){
	        .position = CHANGES, .needed = 3, .set = rows, .set_count = 2, .dead = &dead, .dead_count = 1 });
}

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	database = fixture_path(&fixture, "noah.db");
	bulk_load();
	return 0;
}

static int down(void **state)
{
	(void)state;
	fixture_down(&fixture);
	free(database);
	return 0;
}

enum where { IN_DATABASE, IN_ITS_LOG };

/* With the store closed. The first column of the first row, "" for none; where: what is written stays there. */
static char *ask_leaving(const char *sql, enum where where)
{
	sqlite3 *connection;
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_open(database, &connection), SQLITE_OK);
	assert_true(sqlite_checksum_register(connection));
	sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, where == IN_ITS_LOG, NULL);
	if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
	int code = sqlite3_step(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
	char *answer = memory_text(code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : "");
	sqlite3_finalize(statement);
	sqlite3_close(connection);
	return answer;
}

static char *ask(const char *sql)
{
	return ask_leaving(sql, IN_DATABASE);
}

static size_t read_database(char *out)
{
	FILE *file = fopen(database, "re");

	assert_non_null(file);
	size_t size = fread(out, 1, FILE_BYTES_MAX, file);
	assert_in_range(size, 1, FILE_BYTES_MAX - 1);
	fclose(file);
	return size;
}

static void write_database(const char *bytes, size_t size)
{
	FILE *file = fopen(database, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void ignore_record(void *context, const struct record *record)
{
	(void)context;
	(void)record;
}

static void ignore_progress(void *context, const struct watch_progress *row)
{
	(void)context;
	(void)row;
}

static const struct store_reader ignore = { ignore_record, ignore_progress, NULL };

/* Opens, loads and closes it; the reason, if it is refused. */
static bool load(struct error *err)
{
	struct store_head head;
	bool is_loaded = sqlite_engine.open(&fixture.options, &fixture.state, err) &&
	                 sqlite_engine.load(fixture.state, &ignore, &head, err);

	fixture_close(&fixture);
	return is_loaded;
}

/* And leaves the file as it is. */
static void assert_refused(const char *edit, const char *why)
{
	static char before[FILE_BYTES_MAX], after[FILE_BYTES_MAX];
	size_t size = read_database(before);
	struct error err = { 0 };

	if (load(&err))
		fail_msg("%s: loaded", edit);
	assert_int_equal(err.kind, ERROR_INVALID);
	if (!strstr(err.text, "noah.db is damaged: ") || !strstr(err.text, why))
		fail_msg("%s: \"%s\" does not say \"%s\"", edit, err.text, why);
	assert_int_equal(read_database(after), size);
	assert_memory_equal(after, before, size);
}

static void a_row_that_is_missing_or_moved_is_named(void **state)
{
	static const struct {
		const char *edit, *why;
	} cases[] = {
		{ "DELETE FROM change WHERE revision = 1", "its log begins with change 2, but should begin with change 1" },
		{ "DELETE FROM change WHERE revision = 5", "its log lacks change 5" },
		{ "DELETE FROM change WHERE revision = 12", "its log ends with change 11" },
		{ "DELETE FROM change", "its log begins with change 13, but should begin with change 1" },
		{ "UPDATE change SET revision = 13 WHERE revision = 5", "its log lacks change 5" },
		{ "UPDATE change SET revision = 13 WHERE revision = 12", "its log lacks change 12" },
		{ "DELETE FROM record WHERE path = '/ephemerals/3'", "it has 4 records, but should have 5" },
		{ "UPDATE record SET path = '/ephemerals/9' WHERE path = '/ephemerals/3'", "\"/ephemerals/9\"" },
		{ "DELETE FROM meta", "its table meta is empty" },
	};
	static char bytes[FILE_BYTES_MAX];

	(void)state;
	fixture_close(&fixture);
	size_t size = read_database(bytes);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		free(ask(cases[i].edit));
		assert_refused(cases[i].edit, cases[i].why);
		write_database(bytes, size);
	}
}

/* Another row's content, with a checksum that fits. */
static void records_that_are_whole_but_not_those_written_are_refused(void **state)
{
	(void)state;
	fixture_close(&fixture);
	free(ask("UPDATE record SET value = x'31' WHERE path = '/ephemerals/3'"));
	free(ask("UPDATE record SET checksum = checksum_of(" SQLITE_RECORD_COLUMNS ")"));
	assert_refused("another value", "its 5 records are not those that were written");
}

/* The log of changes is checked beside the records, which are damaged too. */
static void damage_of_the_log_is_told_first(void **state)
{
	(void)state;
	fixture_close(&fixture);
	free(ask("UPDATE record SET value = x'31' WHERE path = '/ephemerals/0'"));
	free(ask("UPDATE change SET body = 'x' WHERE revision = 12"));
	assert_refused("both", "change 12 of its log does not have its checksum");
}

/* Another connection without locks would not see it. */
static void damage_that_is_only_in_the_write_ahead_log_is_refused(void **state)
{
	static const char *const left[] = { "noah.db-wal", "noah.db-shm" };

	(void)state;
	fixture_close(&fixture);
	free(ask_leaving("UPDATE change SET body = 'x' WHERE revision = 5", IN_ITS_LOG));
	assert_refused("in the log", "change 5 of its log does not have its checksum");
	for (size_t i = 0; i < LENGTH(left); i++) {
		char *path = fixture_path(&fixture, left[i]);
		(void)unlink(path);
		free(path);
	}
}

static void the_bytes_of_the_log_are_counted_alike_beside_the_records_and_alone(void **state)
{
	struct sqlite_store *store;
	struct store_head head;
	struct error err;

	(void)state;
	fixture_close(&fixture);
	assert_true(sqlite_engine.open(&fixture.options, &fixture.state, &err));
	assert_true(sqlite_engine.load(fixture.state, &ignore, &head, &err));
	store = fixture.state;
	const uint64_t beside = store->positions.bytes;
	assert_in_range(beside, CHANGES * CHANGE_ROW_BYTES, SIZE_MAX);
	assert_true(sqlite_check_whole_log(store, &err));
	assert_int_equal(store->positions.bytes, beside);
	fixture_close(&fixture);
}

struct row {
	const char *table, *where, *why;
};

/* The column's name, "" beyond the last one. */
static char *name_column(const char *table, int column)
{
	char *question = memory_format("SELECT name FROM pragma_table_info('%s') WHERE cid = %d", table, column);
	char *name = ask(question);

	free(question);
	return name;
}

static void spoil(const struct row *row, const char *column)
{
	char *edit =
	    memory_format("UPDATE %s SET %s = iif(typeof(%s) = 'integer', %s + 1, iif(typeof(%s) = 'text', %s || 'x',"
	                  " %s)) WHERE %s",
	        row->table, column, column, column, column, column, strcmp(column, "value") ? "'x'" : "x'00'", row->where);

	free(ask(edit));
	assert_refused(edit, row->why);
	free(edit);
}

/* Each column of each table that is read, one after another, but for numbers of rows: they are another row's then. */
static void a_value_that_is_another_is_refused_by_its_row(void **state)
{
	static const struct row rows[] = {
		{ "change", "revision = 5", "change 5 of its log does not have its checksum" },
		{ "record", "path = '/ephemerals/3'", "its record \"/ephemerals/3" },
		{ "watch_progress", "path = '/watches/a'", "the progress of its watch \"/watches/a" },
		{ "meta", "true", "the row of its table meta" },
	};
	static char bytes[FILE_BYTES_MAX];
	size_t tried = 0;

	(void)state;
	fixture_close(&fixture);
	size_t size = read_database(bytes);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		bool is_there = true;
		for (int column = 0; is_there; column++) {
			char *name = name_column(rows[i].table, column);
			is_there = *name;
			if (is_there && strcmp(name, "only") != 0 && strcmp(name, "revision") != 0) {
				spoil(&rows[i], name);
				write_database(bytes, size);
				tried++;
			}
			free(name);
		}
	}
	assert_int_equal(tried, 22 + 12 + 6 + 9);
}

/* Under the store's own hands: no other program gets in while it has the file. */
static void edit(const char *sql)
{
	struct sqlite_store *store = fixture.state;
	char *why = NULL;

	if (sqlite3_exec(store->connection, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

static void a_page_of_the_log_ends_before_damage_and_the_next_one_names_it(void **state)
{
	static const struct {
		const char *edit;
		uint64_t revision; /* that is damaged */
		const char *why;
	} cases[] = {
		{ "DELETE FROM change WHERE revision = 12", 12, "its log lacks change 12" },
		{ "UPDATE change SET body = '{}' WHERE revision = 9", 9, "change 9 of its log does not have its checksum" },
		{ "DELETE FROM change WHERE revision = 5", 5, "its log lacks change 5" },
		{ "DELETE FROM change WHERE revision < 5", 1, "its log lacks change 1" },
	};
	struct change_list page = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		edit(cases[i].edit);
		if (cases[i].revision > 1)
			assert_true(sqlite_engine.read_log(fixture.state, 0, 100, 1 << 20, &page, &err));
		assert_int_equal(page.count, cases[i].revision - 1);
		change_list_finish(&page);
		assert_false(sqlite_engine.read_log(fixture.state, cases[i].revision - 1, 100, 1 << 20, &page, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s: %s", cases[i].edit, err.text);
		assert_int_equal(page.count, 0);
	}
	assert_true(sqlite_engine.read_log(fixture.state, 9, 2, 1 << 20, &page, &err));
	assert_int_equal(page.count, 2);
	change_list_finish(&page);
}

/* Else the same rows would be read after each commit, in vain. */
static void damage_met_during_maintenance_is_reported_once_and_commits_continue(void **state)
{
	struct error err;
	bool more;

	(void)state;
	fixture_commit_many(&fixture, 1000, 5);
	edit("DELETE FROM change WHERE revision = 500");
	assert_false(sqlite_engine.tidy(fixture.state, &more, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	for (int i = 0; i < 3; i++) {
		fixture_commit_many(&fixture, 500, 5);
		fixture_tidy(&fixture);
	}
	assert_int_equal(((struct sqlite_store *)fixture.state)->positions.recorded, 0);
}

static void records_are_not_brought_up_to_date_from_a_damaged_log(void **state)
{
	static const char *const edits[] = {
		"UPDATE change SET action = 3 WHERE revision = 9",
		"UPDATE change SET value = x'00' WHERE revision = 9",
		"DELETE FROM change WHERE revision = 9",
	};
	struct sqlite_store *store = fixture.state;
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(edits); i++) {
		edit(edits[i]);
		assert_false(sqlite_checkpoint(store, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, " 9"));
		assert_int_equal(store->positions.recorded, 0);
	}
}

static void a_damaged_record_is_not_replaced_unnoticed(void **state)
{
	struct sqlite_store *store = fixture.state;
	struct error err;

	(void)state;
	assert_true(sqlite_checkpoint(store, &err));
	edit("UPDATE record SET value = x'00' WHERE path = '/ephemerals/3'");
	fixture_commit_many(&fixture, 5, 5);
	assert_false(sqlite_checkpoint(store, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
}

static void count_and_sum_follow_the_records(void **state)
{
	static const char *const difference = "SELECT ((SELECT count(*) FROM record) - record_count) || ' ' ||"
	                                      " ((SELECT checksum_sum(checksum) FROM record) = record_sum) FROM meta";
	struct error err;

	(void)state;
	for (int i = 0; i < 4; i++) {
		fixture_commit_many(&fixture, 7, 9);
		fixture_commit(&fixture, CHANGE_DELETE, "/ephemerals/2", NULL);
		assert_true(sqlite_checkpoint(fixture.state, &err));
		fixture_close(&fixture);
		char *answer = ask(difference);
		assert_string_equal(answer, "0 1");
		free(answer);
		assert_true(load(&err));
		fixture_open(&fixture);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_row_that_is_missing_or_moved_is_named),
		TEST(records_that_are_whole_but_not_those_written_are_refused),
		TEST(damage_of_the_log_is_told_first),
		TEST(damage_that_is_only_in_the_write_ahead_log_is_refused),
		TEST(the_bytes_of_the_log_are_counted_alike_beside_the_records_and_alone),
		TEST(a_value_that_is_another_is_refused_by_its_row),
		TEST(a_page_of_the_log_ends_before_damage_and_the_next_one_names_it),
		TEST(damage_met_during_maintenance_is_reported_once_and_commits_continue),
		TEST(records_are_not_brought_up_to_date_from_a_damaged_log),
		TEST(a_damaged_record_is_not_replaced_unnoticed),
		TEST(count_and_sum_follow_the_records),
	};

	return cmocka_run_group_tests_name("sqlite_damage", tests, NULL, NULL);
}
