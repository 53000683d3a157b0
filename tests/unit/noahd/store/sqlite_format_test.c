/* SPDX-License-Identifier: Apache-2.0 */
#include "fault_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"

#include <sqlite3.h>

/* Compiled in, its functions come before those of the C library, for SQLite too. */
#include "tests/support/fault.c"

/* Databases that earlier noahds have left behind: they open, nothing is lost, and a crash on the way does no harm. */

static struct fixture fixture;
static char *database; /* the path of noah.db */

/* One that stands beside this file, and what is to be found in it. */
struct format {
	const char *file;
	int version;
	const char *epoch;
	uint64_t revision;
	size_t records;
	void (*assert_records)(const struct shown *shown);
	void (*assert_log)(struct change *const *changes);
	const char *progress; /* acknowledged and state of each watch */
	const char *dead;     /* its dead deliveries */
};

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = memory_zeroed(1, 1 << 20);

	if (!file)
		fail_msg("%s cannot be read: tests are run in the project's folder", path);
	assert_in_range(fread(text, 1, (1 << 20) - 1, file), 1, (1 << 20) - 2);
	assert_int_equal(fclose(file), 0);
	return text;
}

/* Takes the place of what is there. */
static void put_back(const char *path)
{
	char *sql = read_text(path), *log = fixture_path(&fixture, "noah.db-wal");
	sqlite3 *connection;

	(void)unlink(database);
	(void)unlink(log);
	assert_int_equal(sqlite3_open(database, &connection), SQLITE_OK);
	assert_int_equal(sqlite3_exec(connection, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(connection), SQLITE_OK);
	free(sql);
	free(log);
}

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	fixture_close(&fixture);
	database = fixture_path(&fixture, "noah.db");
	fault_up(&fixture);
	return 0;
}

static int down(void **state)
{
	(void)state;
	fault_down();
	fixture_down(&fixture);
	free(database);
	return 0;
}

/* The first column of all rows, one a line. */
static char *ask(const char *sql)
{
	sqlite3 *connection;
	sqlite3_stmt *statement;
	char *answer = memory_text("");

	assert_int_equal(sqlite3_open(database, &connection), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		char *longer = memory_format("%s%s\n", answer, (const char *)sqlite3_column_text(statement, 0));
		free(answer);
		answer = longer;
	}
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(sqlite3_close(connection), SQLITE_OK);
	return answer;
}

static void assert_answer(const char *sql, const char *expected)
{
	char *answer = ask(sql);
	assert_string_equal(answer, expected);
	free(answer);
}

static void assert_value(const struct shown *shown, const char *path, const void *value, size_t size)
{
	const struct record *record = shown_record(shown, path);

	assert_non_null(record);
	assert_int_equal(record->has_value, value != NULL);
	assert_int_equal(record->value_size, size);
	if (size)
		assert_memory_equal(record->value, value, size);
}

static void assert_bare(const struct record *record)
{
	assert_null(record->tags);
	assert_null(record->links);
	assert_int_equal(record->lifetime_ms, 0);
}

static void assert_records_of_format_1(const struct shown *shown)
{
	for (size_t i = 0; i < shown->record_count; i++)
		assert_bare(&shown->records[i]);
	assert_value(shown, "/hosts/web2", "down", 4);
	assert_int_equal(shown_record(shown, "/hosts/web2")->revision, 23);
	assert_value(shown, "/services/ssh/web4", "up", 2);
	assert_null(shown_record(shown, "/services/http/web2"));
	assert_value(shown, "/ephemerals/none", NULL, 0);
	assert_value(shown, "/ephemerals/none2", NULL, 0);
	assert_value(shown, "/ephemerals/bytes", "\x00\xff\xfe'\"\n\x00", 7);
	assert_value(shown, "/ephemerals/text", "after", 5);
	assert_value(shown, "/ephemerals/caf\xc3\xa9/", "tail", 4);
	assert_null(shown_record(shown, "/ephemerals/gone"));
}

static void assert_log_of_format_1(struct change *const *changes)
{
	for (size_t i = 0; i < 24; i++)
		assert_bare(&changes[i]->record);
	assert_string_equal(changes[17]->pubcategory, "//noah/ephemerals/text");
	assert_non_null(strstr(changes[17]->body, "\"after\""));
}

static void assert_records_of_format_2(const struct shown *shown)
{
	assert_value(shown, "/hosts/web1", "down", 4);
	assert_string_equal(shown_record(shown, "/hosts/web1")->tags, "production\n");
	assert_value(shown, "/services/ssh/web3", "up", 2);
	assert_int_equal(shown_record(shown, "/services/ssh/web3")->lifetime_ms, INT64_C(31536000000));
	assert_value(shown, "/ephemerals/bytes", "\x00\xff\xfe'\"\n\x00", 7);
	assert_value(shown, "/ephemerals/text", "after", 5);
	assert_string_equal(shown_record(shown, "/ephemerals/text")->links, "/myorg\n");
	assert_null(shown_record(shown, "/ephemerals/gone"));
	assert_null(shown_record(shown, "/configurations/database"));
	assert_value(shown, "/configurations/caf\xc3\xa9", "yaml\0{adapter: mysql}", sizeof("yaml\0{adapter: mysql}") - 1);
	assert_value(shown, "/applications/shop", NULL, 0);
	assert_value(shown, "/tags/web", NULL, 0);
	assert_int_equal(shown_record(shown, "/tokens/anonymous")->kind, OBJECT_TOKEN);
}

static void assert_log_of_format_2(struct change *const *changes)
{
	assert_string_equal(changes[25]->record.links, "/myorg\n");
	assert_int_equal(changes[28]->record.lifetime_ms, INT64_C(31536000000));
	assert_int_equal(changes[29]->action, CHANGE_DELETE);
	assert_string_equal(changes[32]->causes, "21c35c5b-b898-4d3b-ae66-8db5d19fa7b0-7\n");
}

static const struct format formats[] = {
	{ "tests/unit/noahd/store/format_1.sql", 1, "21c35c5b-b898-4d3b-ae66-8db5d19fa7b0", 24, 14,
	    assert_records_of_format_1, assert_log_of_format_1, "16 0\n24 1\n", "15 HTTP 422\n16 HTTP 410\n" },
	{ "tests/unit/noahd/store/format_2.sql", 2, "2ea96108-e271-4d4c-bfdf-efacbaff516f", 33, 20,
	    assert_records_of_format_2, assert_log_of_format_2, "22 0\n24 0\n33 1\n", "24 HTTP 410\n" },
};

static void assert_log_is_whole(const struct format *format)
{
	struct change_list log = { 0 };
	struct error err;

	assert_true(sqlite_engine.read_log(fixture.state, 0, 100, 1 << 20, &log, &err));
	assert_int_equal(log.count, format->revision);
	for (size_t i = 0; i < log.count; i++) {
		assert_int_equal(log.changes[i]->revision, i + 1);
		assert_string_equal(log.changes[i]->by, "");
		assert_true(log.changes[i]->changed);
	}
	format->assert_log(log.changes);
	change_list_finish(&log);
}

/* In the records and in the log. */
static void assert_is_all_there(const struct format *format)
{
	struct shown shown;

	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	assert_string_equal(shown.head.epoch, format->epoch);
	assert_int_equal(shown.head.revision, format->revision);
	assert_int_equal(shown.head.oldest, 1);
	assert_int_equal(shown.head.delivery_position, format->revision);
	assert_int_equal(shown.record_count, format->records);
	format->assert_records(&shown);
	assert_log_is_whole(format);
	shown_finish(&shown);
	fixture_close(&fixture);
	assert_answer("SELECT first || ' ' || reason FROM dead_delivery ORDER BY first", format->dead);
	assert_answer("SELECT acknowledged || ' ' || state FROM watch_progress ORDER BY 1", format->progress);
	assert_answer("SELECT DISTINCT failing_ms FROM watch_progress WHERE failing_ms", "1\n"); /* no wall clock's time */
	assert_answer("PRAGMA user_version", "3\n");
	assert_answer("PRAGMA integrity_check", "ok\n");
}

static void each_format_opens_with_everything_in_it_and_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(formats); i++) {
		put_back(formats[i].file);
		assert_is_all_there(&formats[i]);
		assert_is_all_there(&formats[i]);
	}
}

static void the_former_format_is_reported_once(void **state)
{
	struct shown shown;

	(void)state;
	for (size_t i = 0; i < LENGTH(formats); i++) {
		char *expected = memory_format("from format %d to format 3", formats[i].version);
		put_back(formats[i].file);
		for (int opened = 0; opened < 2; opened++) {
			fixture_open(&fixture);
			fixture_load(&fixture, &shown);
			assert_int_equal(strstr(shown.head.notice, expected) != NULL, opened == 0);
			shown_finish(&shown);
			fixture_close(&fixture);
		}
		free(expected);
	}
}

/* Tables by their columns, whatever their order, and views by their text. */
static void an_upgraded_database_is_like_a_new_one(void **state)
{
	static const char *const questions[] = {
		("SELECT m.name || '.' || c.name || ' ' || c.type || c.\"notnull\" || c.pk || coalesce(c.dflt_value, '')"
		 " FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY 1"),
		"SELECT sql FROM sqlite_schema WHERE type IN ('view', 'index') ORDER BY name",
		"SELECT name FROM sqlite_schema ORDER BY name",
	};
	char *made[LENGTH(questions)];

	(void)state;
	for (size_t i = 0; i < LENGTH(questions); i++)
		made[i] = ask(questions[i]);
	for (size_t format = 0; format < LENGTH(formats); format++) {
		put_back(formats[format].file);
		fixture_open(&fixture);
		fixture_close(&fixture);
		for (size_t i = 0; i < LENGTH(questions); i++)
			assert_answer(questions[i], made[i]);
	}
	for (size_t i = 0; i < LENGTH(questions); i++)
		free(made[i]);
}

static void a_full_disk_leaves_it_unchanged_for_another_attempt(void **state)
{
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(formats); i++) {
		char *version = memory_format("%d\n", formats[i].version);
		put_back(formats[i].file);
		fault_order("growth every ENOSPC", "noah");
		assert_true(sqlite_engine.open(&fixture.options, &fixture.state, &err));
		assert_false(sqlite_engine.start(fixture.state, &err));
		assert_int_equal(err.kind, ERROR_UNAVAILABLE);
		fixture_close(&fixture);
		fault_clear();
		assert_answer("PRAGMA user_version", version);
		assert_is_all_there(&formats[i]);
		free(version);
	}
}

static bool open_and_start(void *context)
{
	void *state;

	(void)context;
	return sqlite_engine.open(&fixture.options, &state, NULL) && sqlite_engine.start(state, NULL);
}

/* Returns whether it met its end. */
static bool open_and_be_killed(const char *call, int nth)
{
	char *what = memory_format("%s %d kill", call, nth);

	fault_order(what, "noah");
	bool is_killed = fault_kills(open_and_start, NULL);
	fault_clear();
	free(what);
	return is_killed;
}

/* Returns how many kills there were. */
static size_t kill_at_each(const struct format *format, const char *call)
{
	size_t kills = 0;
	bool is_killed = true;

	/* Beyond the first hundred the log that is written ahead gets its size, block by block. */
	for (int nth = 1; is_killed && nth < 100; nth++) {
		put_back(format->file);
		is_killed = open_and_be_killed(call, nth);
		kills += is_killed;
		assert_is_all_there(format);
	}
	return kills;
}

static void a_kill_at_any_write_or_sync_leaves_one_format_or_the_other(void **state)
{
	static const char *const calls[] = { "write", "sync", "truncate" };
	static const size_t fewest[] = { 5, 2, 0 };

	(void)state;
	for (size_t format = 0; format < LENGTH(formats); format++)
		for (size_t i = 0; i < LENGTH(calls); i++)
			assert_true(kill_at_each(&formats[format], calls[i]) >= fewest[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_format_opens_with_everything_in_it_and_again),
		TEST(the_former_format_is_reported_once),
		TEST(an_upgraded_database_is_like_a_new_one),
		TEST(a_full_disk_leaves_it_unchanged_for_another_attempt),
		TEST(a_kill_at_any_write_or_sync_leaves_one_format_or_the_other),
	};

	return cmocka_run_group_tests_name("sqlite_format", tests, NULL, NULL);
}
