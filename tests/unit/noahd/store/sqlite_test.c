/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"
#include "noahd/store/sqlite.h"
#include "noahd/store/sqlite_checksum.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the SQLite engine promises beyond the contract: about its file, and what can be wrong with it. */

enum { FILE_BYTES_MAX = 1 << 20 };

static struct fixture fixture;
static char *database; /* the path of noah.db */

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	database = fixture_path(&fixture, "noah.db");
	return 0;
}

static int down(void **state)
{
	(void)state;
	free(database);
	fixture_down(&fixture);
	return 0;
}

/* The first column of the first row, as seen in the sqlite3 shell. */
static char *ask(const char *sql)
{
	sqlite3 *connection;
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_open(database, &connection), SQLITE_OK);
	assert_true(sqlite_checksum_register(connection));
	assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK);
	int code = sqlite3_step(statement);
	assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
	char *answer = memory_text(code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : "");
	sqlite3_finalize(statement);
	sqlite3_close(connection);
	return answer;
}

static void assert_answer(const char *sql, const char *expected)
{
	char *answer = ask(sql);
	assert_string_equal(answer, expected);
	free(answer);
}

/* To keep so many changes. */
static void reopen(const struct store_options *kept)
{
	fixture_close(&fixture);
	fixture.options.events_kept = kept->events_kept;
	fixture.options.events_kept_max = kept->events_kept_max;
	fixture_open(&fixture);
}

static size_t read_database(char *bytes)
{
	int fd = open(database, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, bytes, FILE_BYTES_MAX);

	assert_in_range(size, 0, FILE_BYTES_MAX - 1);
	close(fd);
	return (size_t)size;
}

static void write_database(const char *bytes, size_t size)
{
	int fd = open(database, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

/* Opening fails for that reason and leaves every byte as it was. */
static void assert_refused(enum error_kind kind, const char *why)
{
	static char before[FILE_BYTES_MAX], after[FILE_BYTES_MAX];
	size_t size = read_database(before);
	struct error err;

	assert_false(sqlite_engine.open(&fixture.options, &fixture.state, &err));
	assert_int_equal(err.kind, kind);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
	assert_int_equal(read_database(after), size);
	assert_memory_equal(after, before, size);
}

static void a_format_of_a_newer_noahd_is_refused(void **state)
{
	(void)state;
	fixture_close(&fixture);
	free(ask("PRAGMA user_version = 4"));
	assert_refused(ERROR_INVALID, "newer noahd: its format is 4, this one knows formats up to 3");
}

static void another_programs_database_is_refused(void **state)
{
	(void)state;
	fixture_close(&fixture);
	free(ask("PRAGMA application_id = 7"));
	assert_refused(ERROR_INVALID, "not noahd's");
}

static void a_file_that_is_not_a_database_is_refused(void **state)
{
	char bytes[10000];

	(void)state;
	fixture_close(&fixture);
	memset(bytes, 'x', sizeof(bytes));
	write_database(bytes, sizeof(bytes));
	assert_refused(ERROR_INVALID, "not a database");
}

static void a_truncated_database_is_refused(void **state)
{
	static char bytes[FILE_BYTES_MAX];
	static const size_t sizes[] = { 1, 99, 512, 4096, 4097, 20000 };

	(void)state;
	fixture_commit_many(&fixture, 100, 100);
	fixture_close(&fixture);
	size_t whole = read_database(bytes);
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		assert_true(sizes[i] < whole);
		write_database(bytes, sizes[i]);
		assert_refused(ERROR_INVALID, "noah.db");
	}
	write_database(bytes, whole - 1);
	assert_refused(ERROR_INVALID, "truncated");
}

static void an_empty_database_is_damage_and_not_a_new_one(void **state)
{
	(void)state;
	fixture_close(&fixture);
	write_database("", 0);
	assert_refused(ERROR_INVALID, "it is empty");
}

static void a_database_without_its_tables_is_refused(void **state)
{
	(void)state;
	fixture_close(&fixture);
	free(ask("DROP TABLE dead_delivery"));
	assert_refused(ERROR_INVALID, "dead_delivery");
}

static void a_log_without_its_database_is_not_a_new_store(void **state)
{
	char *log = fixture_path(&fixture, "noah.db-wal");
	struct error err;

	(void)state;
	fixture_close(&fixture);
	assert_int_equal(rename(database, log), 0);
	assert_false(sqlite_engine.open(&fixture.options, &fixture.state, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, "is missing"));
	free(log);
}

/* An error for which SQLite itself does not roll back: that of a caller who numbers two changes alike. */
static void a_batch_that_fails_in_its_middle_leaves_nothing_behind(void **state)
{
	struct change *changes[] = {
		fixture_change(1, CHANGE_CREATE, "/ephemerals/a", "1"),
		fixture_change(1, CHANGE_CREATE, "/ephemerals/b", "1"),
	};
	struct error err;

	(void)state;
	assert_false(sqlite_engine.commit(fixture.state, 0, changes, LENGTH(changes), NULL, &err));
	assert_int_equal(err.kind, ERROR_INTERNAL);
	fixture_commit_many(&fixture, 1, 1);
	fixture_close(&fixture);
	assert_answer("SELECT group_concat(path) FROM change", "/ephemerals/0");
	for (size_t i = 0; i < LENGTH(changes); i++)
		change_release(changes[i]);
}

/* The damage lies in a page that opening does not read. */
static void damage_found_while_loading_is_reported_as_such(void **state)
{
	static char bytes[FILE_BYTES_MAX];
	const struct store_reader reader = { NULL, NULL, NULL };
	struct store_head head;
	struct error err;

	(void)state;
	fixture_close(&fixture);
	char *page = ask("SELECT rootpage FROM sqlite_schema WHERE name = 'record'");
	size_t size = read_database(bytes);
	memset(bytes + (strtoul(page, NULL, 10) - 1) * 4096, 0xee, 4096);
	free(page);
	write_database(bytes, size);
	fixture_open(&fixture);
	assert_false(sqlite_engine.load(fixture.state, &reader, &head, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
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

/* As an operator may do with the sqlite3 shell, with correct checksums. */
static void a_record_that_cannot_be_decoded_is_damage(void **state)
{
	static const struct {
		const char *edit, *told;
	} cases[] = {
		{ "UPDATE record SET kind = 77", "\"/ephemerals/0\" of kind 77" },
		{ "UPDATE record SET kind = 3, path = 'nopath'", "\"nopath\"" },
		{ "UPDATE record SET kind = 3, path = '/ephemerals/x', lifetime_ms = 9223372036854775807",
		    "\"/ephemerals/x\"" },
		{ "UPDATE record SET kind = 4, path = '/watches/x', value = x'7b7d'", "\"/watches/x\"" },
	};
	const struct store_reader reader = { ignore_record, ignore_progress, NULL };
	struct store_head head;
	struct error err;

	(void)state;
	fixture_commit_many(&fixture, 1, 1);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		fixture_close(&fixture);
		free(ask(cases[i].edit));
		free(ask("UPDATE record SET checksum = checksum_of(" SQLITE_RECORD_COLUMNS ")"));
		fixture_open(&fixture);
		assert_false(sqlite_engine.load(fixture.state, &reader, &head, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		if (!strstr(err.text, "noah.db") || !strstr(err.text, cases[i].told))
			fail_msg("%s", err.text);
	}
}

static void a_second_noahd_is_refused(void **state)
{
	void *second = NULL;
	struct error err;

	(void)state;
	assert_false(sqlite_engine.open(&fixture.options, &second, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.text, "locked by another noahd"));
	assert_null(second);
	fixture_commit_many(&fixture, 1, 1);
}

static void a_database_that_another_program_has_open_is_refused(void **state)
{
	sqlite3 *shell;

	(void)state;
	fixture_close(&fixture);
	assert_int_equal(sqlite3_open(database, &shell), SQLITE_OK);
	assert_int_equal(sqlite3_exec(shell, "BEGIN; SELECT * FROM meta", NULL, NULL, NULL), SQLITE_OK);
	assert_refused(ERROR_UNAVAILABLE, "locked");
	sqlite3_close(shell);
	fixture_open(&fixture);
}

static void a_folder_that_is_missing_is_refused(void **state)
{
	const struct store_options options = { .state_directory = "/nonexistent" };
	void *second = NULL;
	struct error err;

	(void)state;
	assert_false(sqlite_engine.open(&options, &second, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.text, "/nonexistent"));
}

static void the_database_is_accessible_only_to_its_owner(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(stat(database, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void closing_leaves_one_file_that_shows_all(void **state)
{
	char *log = fixture_path(&fixture, "noah.db-wal");

	(void)state;
	fixture_commit_many(&fixture, 5, 5);
	fixture_close(&fixture);
	assert_int_not_equal(access(log, F_OK), 0);
	assert_answer("SELECT count(*) FROM record", "5");
	assert_answer("SELECT count(*) FROM change", "5");
	assert_answer("PRAGMA integrity_check", "ok");
	free(log);
}

/* As after a crash: the records lag behind, the view does not. */
static void the_view_shows_objects_as_they_are(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 3, 3);
	fixture_commit(&fixture, CHANGE_DELETE, "/ephemerals/0", NULL);
	fixture_close(&fixture);
	free(ask("DELETE FROM record"));
	free(ask("UPDATE meta SET record_position = 0"));
	assert_answer("SELECT count(*) FROM record", "0");
	assert_answer("SELECT group_concat(path) FROM (SELECT path FROM current ORDER BY path)",
	    "/ephemerals/1,/ephemerals/2");
}

static void the_log_that_is_written_ahead_has_its_size_from_the_start(void **state)
{
	char *path = fixture_path(&fixture, "noah.db-wal");
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	for (int i = 0; i < 3000; i++) {
		fixture_commit_many(&fixture, 10, 1000);
		fixture_tidy(&fixture);
	}
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_size > 1 << 20);
	assert_int_equal(after.st_size, before.st_size);
	free(path);
}

static void dead_deliveries_are_kept_to_be_seen(void **state)
{
	struct dead_delivery dead = {
		.path = (char *)"/watches/a", .from = 3, .to = 4, .at_ms = 5, .reason = (char *)"410"
	};
	const struct delivery_progress progress = { .position = 4, .needed = 4, .dead = &dead, .dead_count = 1 };

	(void)state;
	fixture_commit_progress(&fixture, &progress);
	fixture_commit_progress(&fixture, &progress); /* told again after a crash */
	fixture_close(&fixture);
	assert_answer("SELECT count(*) FROM dead_delivery", "1");
	assert_answer("SELECT path || ' ' || first || ' ' || last || ' ' || at_ms || ' ' || reason FROM dead_delivery",
	    "/watches/a 3 4 5 410");
}

static void a_watch_that_gets_nothing_has_no_row_for_a_loss(void **state)
{
	struct watch_progress rows[] = {
		{ .path = (char *)"/watches/disabled", .acknowledged = 10, .state = WATCH_DISABLED },
		{ .path = (char *)"/watches/suspended", .acknowledged = 10, .state = WATCH_SUSPENDED },
	};

	(void)state;
	reopen(&(struct store_options){ .events_kept = 100, .events_kept_max = 1000 });
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 3000, .needed = 10, .set = rows, .set_count = LENGTH(rows) });
	fixture_tidy(&fixture);
	fixture_close(&fixture);
	assert_answer("SELECT min(revision) FROM change", "2001");
	assert_answer("SELECT count(*) FROM dead_delivery", "0");
}

/* As many changes after the changes that it tells of. */
static void a_dead_delivery_is_forgotten_some_time_after_its_changes(void **state)
{
	struct dead_delivery dead[] = {
		{ .path = (char *)"/watches/a", .from = 3, .to = 899, .reason = (char *)"410" },
		{ .path = (char *)"/watches/a", .from = 901, .to = 901, .reason = (char *)"422" },
	};

	(void)state;
	reopen(&(struct store_options){ .events_kept = 100, .events_kept_max = 1000 });
	fixture_commit_many(&fixture, 1100, 10);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 1100, .needed = 1100, .dead = dead, .dead_count = LENGTH(dead) });
	fixture_tidy(&fixture);
	fixture_close(&fixture);
	assert_answer("SELECT min(revision) FROM change", "1001");
	assert_answer("SELECT group_concat(first) FROM dead_delivery", "901");
}

static void dead_deliveries_go_with_their_watch(void **state)
{
	struct dead_delivery dead[] = {
		{ .path = (char *)"/watches/gone", .from = 3, .to = 4, .reason = (char *)"410" },
		{ .path = (char *)"/watches/stays", .from = 3, .to = 4, .reason = (char *)"410" },
	};
	struct change *change = fixture_change(1, CHANGE_DELETE, "/watches/gone", "{}");
	struct error err;

	(void)state;
	change->record.kind = OBJECT_WATCH;
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .dead = dead, .dead_count = LENGTH(dead) });
	assert_true(sqlite_engine.commit(fixture.state, 0, &change, 1, NULL, &err));
	fixture_close(&fixture);
	assert_answer("SELECT group_concat(path) FROM dead_delivery", "/watches/stays");
	change_release(change);
}

/* In steps, and again after more changes: still one row. */
static void a_watch_that_loses_changes_gets_one_row_that_lists_them(void **state)
{
	struct watch_progress behind = { .path = (char *)"/watches/behind", .acknowledged = 10 };
	struct delivery_progress progress = { .position = 3000, .needed = 10, .set = &behind, .set_count = 1 };

	(void)state;
	reopen(&(struct store_options){ .events_kept = 100, .events_kept_max = 1000 });
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture, &progress);
	fixture_tidy(&fixture);
	fixture_commit_many(&fixture, 1000, 10);
	progress.position = 4000;
	progress.set_count = 0;
	fixture_commit_progress(&fixture, &progress);
	fixture_commit_many(&fixture, 2000, 10);
	fixture_tidy(&fixture);
	fixture_close(&fixture);
	assert_answer("SELECT count(*) FROM dead_delivery", "1");
	assert_answer("SELECT first || '..' || last FROM dead_delivery", "11..4000");
	assert_answer("SELECT min(revision) FROM change", "4001");
}

/* They are told by the load, and every change on the way counts. */
static void the_bytes_of_the_log_are_known_after_a_start(void **state)
{
	struct watch_progress behind = { .path = (char *)"/watches/behind", .acknowledged = 10 };
	struct shown shown = { 0 };

	(void)state;
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 3000, .needed = 10, .set = &behind, .set_count = 1 });
	fixture_tidy(&fixture);
	fixture.options.events_bytes_max = 100000;
	fixture_close(&fixture);
	assert_answer("SELECT min(revision) FROM change", "1");
	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	shown_finish(&shown);
	fixture_tidy(&fixture);
	fixture_close(&fixture);
	assert_answer("SELECT min(revision) > 2000 AND max(revision) = 3000 FROM change", "1");
	assert_answer("SELECT count(*) FROM dead_delivery", "1");
	assert_answer("SELECT first || '..' || (last = (SELECT min(revision) - 1 FROM change)) FROM dead_delivery",
	    "11..1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_format_of_a_newer_noahd_is_refused),
		TEST(another_programs_database_is_refused),
		TEST(a_file_that_is_not_a_database_is_refused),
		TEST(a_truncated_database_is_refused),
		TEST(an_empty_database_is_damage_and_not_a_new_one),
		TEST(a_database_without_its_tables_is_refused),
		TEST(a_log_without_its_database_is_not_a_new_store),
		TEST(a_batch_that_fails_in_its_middle_leaves_nothing_behind),
		TEST(damage_found_while_loading_is_reported_as_such),
		TEST(a_record_that_cannot_be_decoded_is_damage),
		TEST(a_second_noahd_is_refused),
		TEST(a_database_that_another_program_has_open_is_refused),
		TEST(a_folder_that_is_missing_is_refused),
		TEST(the_database_is_accessible_only_to_its_owner),
		TEST(closing_leaves_one_file_that_shows_all),
		TEST(the_view_shows_objects_as_they_are),
		TEST(the_log_that_is_written_ahead_has_its_size_from_the_start),
		TEST(dead_deliveries_are_kept_to_be_seen),
		TEST(a_watch_that_gets_nothing_has_no_row_for_a_loss),
		TEST(a_dead_delivery_is_forgotten_some_time_after_its_changes),
		TEST(dead_deliveries_go_with_their_watch),
		TEST(a_watch_that_loses_changes_gets_one_row_that_lists_them),
		TEST(the_bytes_of_the_log_are_known_after_a_start),
	};

	return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
