/* SPDX-License-Identifier: Apache-2.0 */
#include "fault_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"

/* Compiled in, its functions come before those of the C library, for SQLite too. */
#include "tests/support/fault.c"

/* A disk that is full or broken under the SQLite engine. */

static struct fixture fixture;

static void order_fault(const char *what)
{
	fault_order(what, "noah");
}

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	fault_up(&fixture);
	return 0;
}

static int down(void **state)
{
	(void)state;
	fault_down();
	fixture_down(&fixture);
	return 0;
}

static bool try_commit(struct error *err)
{
	struct change *change = fixture_change(fixture.revision + 1, CHANGE_UPDATE, "/ephemerals/0", "1");
	bool committed = sqlite_engine.commit(fixture.state, fixture.revision, &change, 1, NULL, err);

	change_release(change);
	fixture.revision += committed;
	return committed;
}

static void assert_fails(enum error_kind kind, const char *what)
{
	struct error err = { .kind = ERROR_NONE };

	order_fault(what);
	assert_false(try_commit(&err));
	assert_int_equal(err.kind, kind);
	fault_clear();
}

/* Opens it again and asks for exactly what was reported as committed. */
static void assert_whole(void)
{
	struct shown shown;
	uint64_t revision = fixture.revision;

	fixture_close(&fixture);
	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	assert_int_equal(shown.head.revision, revision);
	shown_finish(&shown);
}

static void a_full_disk_is_unavailable_and_the_store_continues_when_there_is_space(void **state)
{
	static const char *const full[] = { "write every ENOSPC", "write 1 ENOSPC", "write 2 ENOSPC", "write every EDQUOT",
		"write every EFBIG" };

	(void)state;
	for (size_t i = 0; i < LENGTH(full); i++) {
		fixture_commit_many(&fixture, 3, 1);
		assert_fails(ERROR_UNAVAILABLE, full[i]);
		fixture_commit_many(&fixture, 3, 1);
	}
	assert_whole();
}

static void a_failing_sync_leaves_the_disk_unknown(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 3, 1);
	assert_fails(ERROR_INTERNAL, "sync every EIO");
}

/* All of it is in the file by then, and may be found there after a crash: that is no "nothing was written". */
static void a_sync_without_room_leaves_the_disk_unknown_too(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 3, 1);
	assert_fails(ERROR_INTERNAL, "sync every EDQUOT");
}

static off_t log_size(void)
{
	char *path = fixture_path(&fixture, "noah.db-wal");
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	free(path);
	return status.st_size;
}

/* Blocks of 64 KiB; the log keeps half of what it found, is carried over sooner, and does not grow. */
static void the_log_that_is_written_ahead_leaves_half_of_the_room(void **state)
{
	static const struct {
		const char *fault;
		off_t size;
	} cases[] = { { "growth 21 ENOSPC", 10 << 16 }, { "growth 9 EDQUOT", 4 << 16 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		fixture_close(&fixture);
		fault_order(cases[i].fault, "noah.db-wal");
		fixture_open(&fixture);
		fault_clear();
		assert_int_equal(log_size(), cases[i].size);
		for (int change = 0; change < 300; change++) {
			fixture_commit_many(&fixture, 1, 10);
			fixture_tidy(&fixture);
		}
		assert_int_equal(log_size(), cases[i].size);
	}
	assert_whole();
}

/* What finds no room in the log has it when the log is carried over. */
static void a_log_that_cannot_grow_is_carried_over_and_written_again(void **state)
{
	int refusals = 0;
	struct error err;

	(void)state;
	fixture_close(&fixture);
	fault_order("growth every ENOSPC", "noah.db-wal");
	fixture_open(&fixture);
	assert_int_equal(log_size(), 0);
	fault_order("growth 11 ENOSPC", "noah.db-wal");
	for (int i = 0; i < 100; i++) {
		refusals += !try_commit(&err);
		fixture_tidy(&fixture);
	}
	assert_in_range(refusals, 1, 1);
	fault_clear();
	assert_whole();
}

static void a_failing_write_leaves_the_disk_unknown_and_loses_nothing(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 3, 1);
	assert_fails(ERROR_INTERNAL, "write every EIO");
	assert_whole();
}

static void a_short_write_is_continued(void **state)
{
	(void)state;
	order_fault("write every short");
	fixture_commit_many(&fixture, 20, 5);
	fault_clear();
	assert_whole();
}

/* The log that is written ahead takes what it has room for; what is carried over has to wait. */
static void a_disk_that_fills_up_during_maintenance_is_unavailable_and_maintained_later(void **state)
{
	struct error err = { .kind = ERROR_NONE };
	bool more, tidied = true;

	(void)state;
	order_fault("growth every ENOSPC");
	for (int i = 0; i < 5000 && tidied; i++) {
		fixture_commit_many(&fixture, 10, 1000);
		tidied = sqlite_engine.tidy(fixture.state, &more, &err);
	}
	assert_false(tidied);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	fault_clear();
	fixture_commit_many(&fixture, 10, 1000);
	fixture_tidy(&fixture);
	assert_whole();
}

static void a_store_opens_on_a_full_disk(void **state)
{
	struct error err;

	(void)state;
	fixture_commit_many(&fixture, 100, 100);
	fixture_close(&fixture);
	order_fault("write every ENOSPC");
	fixture_open(&fixture);
	assert_false(try_commit(&err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	fault_clear();
	assert_true(try_commit(&err));
	assert_whole();
}

static void a_store_that_cannot_be_made_leaves_nothing_behind(void **state)
{
	static const char *const faults[] = { "write every ENOSPC", "sync 1 EIO", "rename every EIO" };
	char *database = fixture_path(&fixture, "noah.db");
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(faults); i++) {
		fixture_close(&fixture);
		assert_int_equal(unlink(database), 0);
		order_fault(faults[i]);
		assert_false(sqlite_engine.open(&fixture.options, &fixture.state, &err));
		assert_int_not_equal(access(database, F_OK), 0);
		fault_clear();
		fixture_open(&fixture);
	}
	free(database);
}

/* Commits and tidies until the fault is met, which may be anywhere. Returns whether it was. */
static bool meet(const char *what)
{
	struct error err = { .kind = ERROR_NONE };
	bool more, met = false;

	order_fault(what);
	for (int i = 0; i < 60 && !met; i++) {
		met = !try_commit(&err);
		met = met || !sqlite_engine.tidy(fixture.state, &more, &err);
	}
	fault_clear();
	return met;
}

/* After a sync that failed, the change that was not reported may be there or not; everything before it is. */
static void wherever_a_write_or_sync_fails_nothing_reported_is_lost(void **state)
{
	static const char *const calls[] = { "write", "sync" };
	struct shown shown;

	(void)state;
	for (size_t i = 0; i < LENGTH(calls); i++) {
		for (int nth = 1; nth <= 50; nth += 7) {
			char *what = memory_format("%s %d EIO", calls[i], nth);
			assert_true(meet(what));
			free(what);
			uint64_t reported = fixture.revision;
			fixture_close(&fixture);
			fixture_open(&fixture);
			fixture_load(&fixture, &shown);
			assert_in_range(shown.head.revision, reported, reported + 1);
			shown_finish(&shown);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_full_disk_is_unavailable_and_the_store_continues_when_there_is_space),
		TEST(a_failing_sync_leaves_the_disk_unknown),
		TEST(a_sync_without_room_leaves_the_disk_unknown_too),
		TEST(the_log_that_is_written_ahead_leaves_half_of_the_room),
		TEST(a_log_that_cannot_grow_is_carried_over_and_written_again),
		TEST(a_failing_write_leaves_the_disk_unknown_and_loses_nothing),
		TEST(a_short_write_is_continued),
		TEST(a_disk_that_fills_up_during_maintenance_is_unavailable_and_maintained_later),
		TEST(a_store_opens_on_a_full_disk),
		TEST(a_store_that_cannot_be_made_leaves_nothing_behind),
		TEST(wherever_a_write_or_sync_fails_nothing_reported_is_lost),
	};

	return cmocka_run_group_tests_name("sqlite_fault", tests, NULL, NULL);
}
