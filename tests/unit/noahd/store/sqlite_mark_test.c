/* SPDX-License-Identifier: Apache-2.0 */
#include "fault_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"
#include "noahd/store/sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* Compiled in, its functions come before those of the C library, for SQLite too. */
#include "tests/support/fault.c"

/* A store that is killed and then loses its write-ahead log, or part of it: what was acknowledged is there, or its
   number is told. */

enum { FILE_BYTES_MAX = 12 << 20, CHANGES = 60, PATHS = 20 };

static struct fixture fixture;
static char *database, *wal, *mark;

/* What is in a file; size -1: it is not there. */
struct bytes {
	char *bytes;
	ssize_t size;
};

static struct bytes take(const char *path)
{
	struct bytes file = { memory_allocate(FILE_BYTES_MAX), -1 };
	FILE *in = fopen(path, "re");

	if (!in)
		return file;
	file.size = (ssize_t)fread(file.bytes, 1, FILE_BYTES_MAX, in);
	assert_int_equal(fclose(in), 0);
	return file;
}

static void give(const char *path, const struct bytes *file)
{
	(void)unlink(path);
	if (file->size < 0)
		return;
	FILE *out = fopen(path, "we");
	assert_int_equal(fwrite(file->bytes, 1, (size_t)file->size, out), file->size);
	assert_int_equal(fclose(out), 0);
}

static void assert_same(const char *path, const struct bytes *expected)
{
	struct bytes now = take(path);

	assert_int_equal(now.size, expected->size);
	if (now.size > 0)
		assert_memory_equal(now.bytes, expected->bytes, (size_t)now.size);
	free(now.bytes);
}

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	fixture_close(&fixture);
	database = fixture_path(&fixture, "noah.db");
	wal = fixture_path(&fixture, "noah.db-wal");
	mark = fixture_path(&fixture, "noah.mark");
	fault_up(&fixture);
	return 0;
}

static int down(void **state)
{
	(void)state;
	fault_down();
	fixture_down(&fixture);
	free(database);
	free(wal);
	free(mark);
	return 0;
}

/* What a process does with the store, before it ends as a killed one does. */
static bool work(void *context)
{
	void (*const *step)(void) = context;
	struct shown shown;

	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	(*step)();
	return true;
}

/* Returns whether a fault has killed it before. */
static bool work_and_die(void (*step)(void))
{
	return fault_kills(work, &step);
}

static void commit_one_by_one(void)
{
	for (int i = 0; i < CHANGES; i++)
		fixture_commit_many(&fixture, 1, PATHS);
}

static bool open_only(struct error *err)
{
	fixture.state = NULL;
	return sqlite_engine.open(&fixture.options, &fixture.state, err);
}

/* A close without a start: the files have to be as they were. */
static uint64_t revision_seen(void)
{
	struct shown shown;

	fixture_load(&fixture, &shown);
	uint64_t revision = shown.head.revision;
	shown_finish(&shown);
	fixture_close(&fixture);
	return revision;
}

static void assert_missing(uint64_t missing, uint64_t of)
{
	struct error err;
	char text[64];

	assert_false(open_only(&err));
	assert_int_equal(err.kind, ERROR_INVALID);
	snprintf(text, sizeof(text), "revision %llu was acknowledged: %llu change%s missing", (unsigned long long)of,
	    (unsigned long long)missing, missing == 1 ? " is" : "s are");
	if (!strstr(err.text, text) || !strstr(err.text, "noahd recover --accept-loss"))
		fail_msg("\"%s\" does not say \"%s\"", err.text, text);
}

static void a_missing_or_empty_log_is_reported_with_the_loss(void **state)
{
	struct bytes empty = { "", 0 }, none = { "", -1 };

	(void)state;
	assert_false(work_and_die(commit_one_by_one));
	struct bytes whole = take(wal);
	give(wal, &none);
	assert_missing(CHANGES, CHANGES);
	give(wal, &empty);
	assert_missing(CHANGES, CHANGES);
	give(wal, &whole);
	assert_true(open_only(NULL));
	assert_int_equal(revision_seen(), CHANGES);
	free(whole.bytes);
}

/* What is left, as SQLite sees it. */
static uint64_t revision_left(void)
{
	fixture.options.accepts_loss = true;
	assert_true(open_only(NULL));
	uint64_t left = revision_seen();
	fixture.options.accepts_loss = false;
	return left;
}

/* Whether it is served whole; else it must be refused with the number that is missing. The files stay as they are,
   either way. */
static bool is_served(const struct bytes *log)
{
	struct bytes before = take(database), told = take(mark);

	give(wal, log);
	uint64_t left = revision_left();
	assert_in_range(left, 0, CHANGES);
	if (left < CHANGES)
		assert_missing(CHANGES - left, CHANGES);
	else
		assert_true(open_only(NULL) && revision_seen() == CHANGES);
	assert_same(wal, log);
	assert_same(database, &before);
	assert_same(mark, &told);
	free(before.bytes);
	free(told.bytes);
	return left == CHANGES;
}

static void a_log_cut_or_flipped_anywhere_is_reported_with_the_loss(void **state)
{
	struct wal_extent extent;

	(void)state;
	assert_false(work_and_die(commit_one_by_one));
	assert_true(wal_extent_measure(wal, &extent, NULL));
	ssize_t end = 32 + (ssize_t)extent.frames * (24 + 4096);
	struct bytes whole = take(wal);
	for (ssize_t at = random() % 32; at < end; at += 1 + random() % 16000) {
		assert_false(is_served(&(struct bytes){ whole.bytes, at }));
		whole.bytes[at] ^= 1;
		assert_false(is_served(&whole));
		whole.bytes[at] ^= 1;
	}
	assert_true(is_served(&(struct bytes){ whole.bytes, end }));
	whole.bytes[end] ^= 1;
	assert_true(is_served(&whole));
	free(whole.bytes);
}

static void recover(void)
{
	struct error err;

	fixture.options.accepts_loss = true;
	if (!open_only(&err) || !sqlite_engine.start(fixture.state, &err))
		fail_msg("%s", err.text);
	fixture.options.accepts_loss = false;
}

static void a_loss_that_is_accepted_begins_a_new_epoch(void **state)
{
	struct bytes none = { "", -1 };
	struct shown before, after, again;

	(void)state;
	assert_false(work_and_die(commit_one_by_one));
	assert_true(open_only(NULL));
	fixture_load(&fixture, &before);
	fixture_close(&fixture);
	give(wal, &none);
	recover();
	fixture_load(&fixture, &after);
	assert_true(after.head.has_lost);
	assert_string_not_equal(after.head.epoch, before.head.epoch);
	assert_int_equal(after.head.revision, 0);
	assert_non_null(strstr(after.head.notice, before.head.epoch));
	/* Killed at once, without what may be in the log by now: the epoch stays. */
	sqlite_engine.close(fixture.state);
	give(wal, &none);
	fixture_open(&fixture);
	fixture_load(&fixture, &again);
	assert_string_equal(again.head.epoch, after.head.epoch);
	assert_false(again.head.has_lost);
	shown_finish(&before);
	shown_finish(&after);
	shown_finish(&again);
}

static void without_a_loss_nothing_is_accepted(void **state)
{
	struct shown shown;

	(void)state;
	assert_false(work_and_die(commit_one_by_one));
	fixture.options.accepts_loss = true;
	assert_true(open_only(NULL));
	fixture_load(&fixture, &shown);
	assert_false(shown.head.has_lost);
	assert_string_equal(shown.head.notice, "");
	shown_finish(&shown);
	fixture_close(&fixture);
	fixture.options.accepts_loss = false;
}

static void commit_and_checkpoint(void)
{
	struct error err;

	fixture_commit_many(&fixture, 300, 100);
	fixture_commit_many(&fixture, 200, 50);
	if (!sqlite_checkpoint(fixture.state, &err))
		fail_msg("%s", err.text);
	fault_order(getenv("WHAT"), "noah.db");
	if (!sqlite_wal_checkpoint(fixture.state, &err))
		fail_msg("%s", err.text);
}

/* Keeps the three files of a store that was killed at that write or sync of the carrying over; false: it was over
   before. */
static bool kill_checkpointing(const char *call, int nth)
{
	char *what = memory_format("%s %d kill", call, nth);
	struct bytes none = { "", -1 };

	give(database, &none);
	give(wal, &none);
	give(mark, &none);
	setenv("WHAT", what, 1);
	free(what);
	bool is_killed = work_and_die(commit_and_checkpoint);
	fault_clear();
	return is_killed;
}

/* The log is needed until all of it is in noah.db; then it is not, and is not read either where it is damaged. */
static void a_log_lost_during_a_checkpoint_is_reported(void **state)
{
	static const char *const calls[] = { "write", "sync" };
	struct bytes none = { "", -1 };
	struct error err;
	int kills = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(calls); i++)
		for (int nth = 1; kill_checkpointing(calls[i], nth); nth++, kills++) {
			struct bytes whole = take(wal), damaged = { memory_copy(whole.bytes, (size_t)whole.size), whole.size };
			assert_true(open_only(NULL));
			assert_int_equal(revision_seen(), 500);
			damaged.bytes[32 + 3 * 4120 + 100] ^= 1;
			give(wal, &damaged);
			assert_false(open_only(&err));
			assert_int_equal(err.kind, ERROR_INVALID);
			give(wal, &none);
			assert_false(open_only(&err));
			assert_int_equal(err.kind, ERROR_INVALID);
			free(damaged.bytes);
			free(whole.bytes);
		}
	assert_true(kills > 10);
}

static void a_log_damaged_after_its_checkpoint_is_not_read(void **state)
{
	(void)state;
	assert_false(kill_checkpointing("write", 10000));
	struct bytes damaged = take(wal), before = take(database);
	damaged.bytes[32 + 3 * 4120 + 100] ^= 1;
	give(wal, &damaged);
	assert_true(open_only(NULL));
	assert_int_equal(revision_seen(), 500);
	assert_same(wal, &damaged);
	assert_same(database, &before);
	fixture_open(&fixture);
	fixture_commit_many(&fixture, 1, 1);
	fixture_close(&fixture);
	assert_true(open_only(NULL));
	assert_int_equal(revision_seen(), 501);
	free(damaged.bytes);
	free(before.bytes);
}

static void a_damaged_or_missing_mark_does_not_keep_an_intact_store_from_being_served(void **state)
{
	struct bytes cases[] = { { "", -1 }, { "", 0 }, { "rubbish", 7 } };
	struct shown shown;

	(void)state;
	assert_false(work_and_die(commit_one_by_one));
	for (size_t i = 0; i < LENGTH(cases); i++) {
		give(mark, &cases[i]);
		fixture_open(&fixture);
		fixture_load(&fixture, &shown);
		assert_int_equal(shown.head.revision, CHANGES + i);
		assert_non_null(strstr(shown.head.warning, "noah.mark"));
		shown_finish(&shown);
		fixture_commit_many(&fixture, 1, 1);
		fixture_close(&fixture);
		assert_int_equal(access(mark, F_OK), 0);
	}
	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	assert_string_equal(shown.head.warning, "");
	shown_finish(&shown);
}

/* As if an operator restored an old copy of the file, or removed it. */
static void an_earlier_or_missing_noah_db_is_reported(void **state)
{
	struct bytes none = { "", -1 };
	struct error err;

	(void)state;
	fixture_open(&fixture);
	fixture_commit_many(&fixture, 5, 5);
	fixture_close(&fixture);
	struct bytes earlier = take(database);
	fixture_open(&fixture);
	fixture_commit_many(&fixture, 1, 5);
	fixture_close(&fixture);
	give(database, &earlier);
	assert_missing(1, 6);
	give(database, &none);
	assert_false(open_only(&err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, "noah.mark says that it had 6 changes"));
	free(earlier.bytes);
}

static void a_backup_beside_a_mark_that_is_further_begins_its_epoch(void **state)
{
	char *folder = fixture_path(&fixture, "copy"), *copy = memory_format("%s/noah.db", folder);
	struct shown shown;
	bool more = true;

	(void)state;
	fixture_open(&fixture);
	fixture_commit_many(&fixture, 5, 5);
	assert_int_equal(mkdir(folder, 0700), 0);
	while (more)
		assert_true(sqlite_engine.copy(fixture.state, folder, &more, NULL));
	fixture_commit_many(&fixture, 5, 5);
	fixture_close(&fixture);
	assert_int_equal(rename(copy, database), 0);
	assert_int_equal(rmdir(folder), 0);
	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	assert_int_equal(shown.head.revision, 5);
	assert_non_null(strstr(shown.head.notice, "a new epoch begins"));
	assert_string_equal(shown.head.warning, "");
	fixture_commit_many(&fixture, 1, 5);
	shown_finish(&shown);
	free(folder);
	free(copy);
}

/* Its epoch is in noah.db before anything is acknowledged in it, else the backup would begin another one without a
   word. */
static void a_loss_after_a_restore_is_noticed_too(void **state)
{
	struct bytes none = { "", -1 };

	(void)state;
	a_backup_beside_a_mark_that_is_further_begins_its_epoch(state);
	fixture_close(&fixture);
	assert_false(work_and_die(commit_one_by_one));
	give(wal, &none);
	assert_missing(CHANGES, CHANGES + 6);
}

/* As an import does, of nothing. */
static bool end_at_7(void *context, const struct record **out_record, uint64_t *out_revision, struct error *err)
{
	(void)context;
	(void)err;
	*out_record = NULL;
	*out_revision = 7;
	return true;
}

static void what_was_filled_in_is_marked(void **state)
{
	const struct store_source source = { end_at_7, NULL };
	struct mark found;
	enum mark_finding finding;

	(void)state;
	fixture_open(&fixture);
	assert_true(sqlite_engine.bulk_load(fixture.state, &source, NULL));
	assert_true(mark_read(mark, &finding, &found, NULL));
	assert_int_equal(finding, MARK_FOUND);
	assert_int_equal(found.revision, 7);
}

/* After a power cut the mark must not say that a log is being carried over which was begun anew long ago. */
static void that_a_log_was_carried_over_is_on_the_disk_before_it_is_begun_anew(void **state)
{
	struct error err;

	(void)state;
	fixture_open(&fixture);
	fixture_commit_many(&fixture, 5, 5);
	fault_order("sync every EIO", "noah.mark");
	assert_false(sqlite_wal_checkpoint(fixture.state, &err));
	assert_int_equal(err.kind, ERROR_INTERNAL);
	assert_non_null(strstr(err.text, "noah.mark"));
	fault_clear();
}

/* On a file system that copies what is written over, a full disk may keep the mark from being written. */
static void a_mark_without_room_is_brought_up_before_the_next_commit(void **state)
{
	struct change *change;
	struct error err;
	struct mark found;
	enum mark_finding finding;

	(void)state;
	fixture_open(&fixture);
	fault_order("write every ENOSPC", "noah.mark");
	fixture_commit_many(&fixture, 1, 1);
	change = fixture_change(2, CHANGE_UPDATE, "/ephemerals/0", "1");
	assert_false(sqlite_engine.commit(fixture.state, 1, &change, 1, NULL, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	fault_clear();
	assert_true(sqlite_engine.commit(fixture.state, 1, &change, 1, NULL, &err));
	change_release(change);
	assert_true(mark_read(mark, &finding, &found, NULL));
	assert_int_equal(found.revision, 2);
	fault_order("write every EIO", "noah.mark");
	change = fixture_change(3, CHANGE_UPDATE, "/ephemerals/0", "1");
	assert_false(sqlite_engine.commit(fixture.state, 2, &change, 1, NULL, &err));
	assert_int_equal(err.kind, ERROR_INTERNAL);
	change_release(change);
	fault_clear();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_missing_or_empty_log_is_reported_with_the_loss),
		TEST(a_log_cut_or_flipped_anywhere_is_reported_with_the_loss),
		TEST(a_loss_that_is_accepted_begins_a_new_epoch),
		TEST(without_a_loss_nothing_is_accepted),
		TEST(a_log_lost_during_a_checkpoint_is_reported),
		TEST(a_log_damaged_after_its_checkpoint_is_not_read),
		TEST(a_damaged_or_missing_mark_does_not_keep_an_intact_store_from_being_served),
		TEST(an_earlier_or_missing_noah_db_is_reported),
		TEST(a_backup_beside_a_mark_that_is_further_begins_its_epoch),
		TEST(a_loss_after_a_restore_is_noticed_too),
		TEST(what_was_filled_in_is_marked),
		TEST(that_a_log_was_carried_over_is_on_the_disk_before_it_is_begun_anew),
		TEST(a_mark_without_room_is_brought_up_before_the_next_commit),
	};

	return cmocka_run_group_tests_name("sqlite_mark", tests, NULL, NULL);
}
