/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What store.h promises of copies, and of stores that are filled. */

static struct fixture fixture;
static char *folder; /* of the copy */

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	folder = fixture_path(&fixture, "copy");
	return mkdir(folder, 0700);
}

static int down(void **state)
{
	static const char *const files[] = { "noah.db", "noah.db-wal", "noah.db.lock", "noah.mark" };

	(void)state;
	for (size_t i = 0; i < LENGTH(files); i++) {
		char *path = memory_format("%s/%s", folder, files[i]);
		(void)unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(folder), 0);
	free(folder);
	fixture_down(&fixture);
	return 0;
}

/* One step. Returns whether there is another one. */
static bool copy_step(void)
{
	struct error err;
	bool more;

	if (!sqlite_engine.copy(fixture.state, folder, &more, &err))
		fail_msg("%s", err.text);
	return more;
}

static void load_copy(struct shown *out)
{
	struct fixture copy = { .engine = &sqlite_engine, .options = fixture.options };

	copy.options.state_directory = folder;
	copy.options.must_exist = true;
	fixture_open(&copy);
	fixture_load(&copy, out);
	fixture_close(&copy);
}

static void assert_same_shown(const struct shown *shown, const struct shown *expected)
{
	assert_int_equal(shown->head.revision, expected->head.revision);
	assert_int_equal(shown->head.oldest, expected->head.oldest);
	assert_int_equal(shown->head.delivery_position, expected->head.delivery_position);
	assert_int_equal(shown->record_count, expected->record_count);
	for (size_t i = 0; i < shown->record_count; i++)
		assert_same_record(&shown->records[i], &expected->records[i]);
	assert_int_equal(shown->progress_count, expected->progress_count);
}

static void assert_copy_is_the_store(void)
{
	struct shown shown, copied;

	fixture_load(&fixture, &shown);
	load_copy(&copied);
	assert_same_shown(&copied, &shown);
	shown_finish(&shown);
	shown_finish(&copied);
}

static void a_copy_shows_what_the_store_does(void **state)
{
	struct watch_progress row = { .path = (char *)"/watches/a", .acknowledged = 3 };

	(void)state;
	fixture_commit_many(&fixture, 3000, 500);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 7, .needed = 3, .set = &row, .set_count = 1 });
	fixture_tidy(&fixture);
	fixture_commit_many(&fixture, 10, 500);
	while (copy_step())
		;
	assert_copy_is_the_store();
}

/* Each step with a batch behind it, that changes pages which are copied already. */
static void a_copy_is_true_at_its_last_step_whatever_is_committed_on_the_way(void **state)
{
	size_t steps = 1;

	(void)state;
	fixture_commit_many(&fixture, 20000, 5000);
	for (; copy_step(); steps++) {
		fixture_commit_many(&fixture, 700, 5000);
		fixture_tidy(&fixture);
	}
	assert_true(steps > 5);
	assert_copy_is_the_store();
}

static void a_batch_that_fails_on_the_way_is_not_in_it(void **state)
{
	struct change *twice[] = { NULL, NULL };

	(void)state;
	fixture_commit_many(&fixture, 20000, 5000);
	assert_true(copy_step());
	for (size_t i = 0; i < LENGTH(twice); i++)
		twice[i] = fixture_change(fixture.revision + 1, CHANGE_UPDATE, "/ephemerals/1", "no");
	assert_false(sqlite_engine.commit(fixture.state, fixture.revision, twice, LENGTH(twice), NULL, NULL));
	fixture_commit_many(&fixture, 1, 1);
	while (copy_step())
		;
	assert_copy_is_the_store();
	for (size_t i = 0; i < LENGTH(twice); i++)
		change_release(twice[i]);
}

static void the_first_open_of_a_copy_begins_a_new_epoch(void **state)
{
	struct shown shown, first, second;

	(void)state;
	fixture_commit_many(&fixture, 3, 3);
	while (copy_step())
		;
	fixture_load(&fixture, &shown);
	load_copy(&first);
	load_copy(&second);
	assert_string_not_equal(first.head.epoch, shown.head.epoch);
	assert_string_equal(second.head.epoch, first.head.epoch);
	assert_non_null(strstr(first.head.notice, shown.head.epoch));
	assert_string_equal(second.head.notice, "");
	shown_finish(&shown);
	shown_finish(&first);
	shown_finish(&second);
}

static void an_abandoned_copy_does_no_harm(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 20000, 5000);
	assert_true(copy_step());
	fixture_close(&fixture);
	fixture_open(&fixture);
	struct shown shown;
	fixture_load(&fixture, &shown);
	assert_int_equal(shown.record_count, 5000);
	shown_finish(&shown);
}

static void a_missing_folder_is_reported_and_another_copy_may_follow(void **state)
{
	struct error err;
	bool more;

	(void)state;
	fixture_commit_many(&fixture, 3, 3);
	assert_false(sqlite_engine.copy(fixture.state, "/nonexistent", &more, &err));
	assert_non_null(strstr(err.text, "/nonexistent"));
	while (copy_step())
		;
	assert_copy_is_the_store();
}

static void a_store_that_must_exist_is_not_created(void **state)
{
	const struct store_options options = { .state_directory = folder, .must_exist = true };
	char *path = memory_format("%s/noah.db", folder);
	struct error err;
	void *none;

	(void)state;
	assert_false(sqlite_engine.open(&options, &none, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_not_equal(access(path, F_OK), 0);
	free(path);
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

enum { FILLED = 12, FILLED_REVISION = 100 };

struct pouring {
	struct change *changes[FILLED]; /* for their records */
	size_t next, fails_at;
};

static bool pour(void *context, const struct record **out_record, uint64_t *out_revision, struct error *err)
{
	struct pouring *pouring = context;

	if (pouring->next == pouring->fails_at)
		return error_set(err, ERROR_INVALID, "that is wrong");
	*out_record = pouring->next < FILLED ? &pouring->changes[pouring->next]->record : NULL;
	*out_revision = FILLED_REVISION;
	pouring->next++;
	return true;
}

static void pouring_begin(struct pouring *pouring)
{
	*pouring = (struct pouring){ .fails_at = SIZE_MAX };
	for (uint64_t i = 0; i < FILLED; i++) {
		char path[32];
		snprintf(path, sizeof(path), "/ephemerals/%02d", (int)i);
		pouring->changes[i] = fixture_change(i + 1, CHANGE_CREATE, path, i % 4 ? path : NULL);
	}
}

static void pouring_end(struct pouring *pouring)
{
	for (size_t i = 0; i < FILLED; i++)
		change_release(pouring->changes[i]);
}

static bool bulk_load(struct pouring *pouring, struct error *err)
{
	const struct store_source source = { pour, pouring };
	return sqlite_engine.bulk_load(fixture.state, &source, err);
}

static void assert_empty(void)
{
	struct shown shown;

	fixture_load(&fixture, &shown);
	assert_int_equal(shown.head.revision, 0);
	assert_int_equal(shown.record_count, 0);
	shown_finish(&shown);
}

static void a_filled_store_has_the_objects_and_no_log(void **state)
{
	struct pouring pouring;
	struct shown shown;
	struct error err;

	(void)state;
	pouring_begin(&pouring);
	assert_true(bulk_load(&pouring, &err));
	for (int i = 0; i < 2; i++) {
		fixture_load(&fixture, &shown);
		assert_int_equal(shown.head.revision, FILLED_REVISION);
		assert_int_equal(shown.head.oldest, FILLED_REVISION + 1);
		assert_int_equal(shown.head.delivery_position, FILLED_REVISION);
		assert_int_equal(shown.record_count, FILLED);
		for (size_t k = 0; k < FILLED; k++)
			assert_same_record(&shown.records[k], &pouring.changes[k]->record);
		shown_finish(&shown);
		fixture_close(&fixture);
		fixture_open(&fixture);
	}
	fixture_commit(&fixture, CHANGE_UPDATE, "/ephemerals/00", "new");
	fixture_load(&fixture, &shown);
	assert_int_equal(shown.head.oldest, FILLED_REVISION + 1);
	assert_int_equal(shown_record(&shown, "/ephemerals/00")->revision, FILLED_REVISION + 1);
	shown_finish(&shown);
	pouring_end(&pouring);
}

static void what_fails_in_its_middle_has_filled_nothing(void **state)
{
	struct pouring pouring;
	struct error err;

	(void)state;
	pouring_begin(&pouring);
	pouring.fails_at = 5;
	assert_false(bulk_load(&pouring, &err));
	assert_string_equal(err.text, "that is wrong");
	assert_empty();
	pouring.fails_at = SIZE_MAX;
	pouring.next = 0;
	assert_true(bulk_load(&pouring, &err));
	pouring_end(&pouring);
}

static void two_with_one_path_fill_nothing(void **state)
{
	struct pouring pouring;
	struct error err;

	(void)state;
	pouring_begin(&pouring);
	pouring.changes[7]->record.path[12] = '0'; /* that of 07 */
	pouring.changes[7]->record.path[13] = '3';
	assert_false(bulk_load(&pouring, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, "/ephemerals/03 occurs twice"));
	assert_empty();
	pouring_end(&pouring);
}

static void a_store_that_has_had_a_change_is_not_filled(void **state)
{
	struct pouring pouring;
	struct error err;

	(void)state;
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/a", "1");
	fixture_commit(&fixture, CHANGE_DELETE, "/ephemerals/a", "1");
	pouring_begin(&pouring);
	assert_false(bulk_load(&pouring, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_int_equal(pouring.next, 0);
	pouring_end(&pouring);
}

static void an_engine_that_keeps_nothing_reports_it(void **state)
{
	(void)state;
	assert_null(memory_engine.copy);
	assert_null(memory_engine.bulk_load);
	assert_null(memory_engine.file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_copy_shows_what_the_store_does),
		TEST(a_copy_is_true_at_its_last_step_whatever_is_committed_on_the_way),
		TEST(a_batch_that_fails_on_the_way_is_not_in_it),
		TEST(the_first_open_of_a_copy_begins_a_new_epoch),
		TEST(an_abandoned_copy_does_no_harm),
		TEST(a_missing_folder_is_reported_and_another_copy_may_follow),
		TEST(a_store_that_must_exist_is_not_created),
		TEST(a_filled_store_has_the_objects_and_no_log),
		TEST(what_fails_in_its_middle_has_filled_nothing),
		TEST(two_with_one_path_fill_nothing),
		TEST(a_store_that_has_had_a_change_is_not_filled),
		TEST(an_engine_that_keeps_nothing_reports_it),
	};

	return cmocka_run_group_tests_name("copy_and_fill", tests, NULL, NULL);
}
