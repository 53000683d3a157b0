/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "noahd/store/trim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What store.h promises, asked of every engine. */

static const struct store_engine *engine; /* that is being asked */
static struct fixture fixture;
static struct shown shown;

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, engine);
	return 0;
}

static int down(void **state)
{
	(void)state;
	shown_finish(&shown);
	shown = (struct shown){ 0 };
	fixture_down(&fixture);
	return 0;
}

/* Fills shown, from the disk where there is one. */
static void load_again(void)
{
	shown_finish(&shown);
	if (strcmp(engine->name, "memory") != 0) {
		fixture_close(&fixture);
		fixture_open(&fixture);
	}
	fixture_load(&fixture, &shown);
}

static struct change_list read_log(uint64_t after, size_t count_max, size_t bytes_max)
{
	struct change_list list = { 0 };
	struct error err;

	if (!engine->read_log(fixture.state, after, count_max, bytes_max, &list, &err))
		fail_msg("%s", err.text);
	return list;
}

static void assert_oldest(uint64_t revision)
{
	fixture_tidy(&fixture);
	load_again();
	assert_int_equal(shown.head.oldest, revision);
	struct change_list list = read_log(0, 1, 1 << 20);
	assert_int_equal(list.changes[0]->revision, revision);
	change_list_finish(&list);
}

static void an_engine_is_found_by_its_name(void **state)
{
	(void)state;
	assert_ptr_equal(store_engine_find(engine->name), engine);
	assert_null(store_engine_find("paper"));
}

static void a_new_store_is_empty_and_has_an_epoch(void **state)
{
	(void)state;
	load_again();
	assert_int_equal(shown.head.revision, 0);
	assert_int_equal(shown.head.oldest, 1);
	assert_int_equal(shown.head.delivery_position, 0);
	assert_int_equal(strlen(shown.head.epoch), 36);
	assert_int_equal(shown.record_count, 0);
	assert_int_equal(shown.progress_count, 0);
}

static void an_epoch_lasts(void **state)
{
	char epoch[40];

	(void)state;
	load_again();
	memcpy(epoch, shown.head.epoch, sizeof(epoch));
	load_again();
	assert_string_equal(shown.head.epoch, epoch);
}

static void what_was_committed_is_loaded_field_by_field(void **state)
{
	struct change *change = fixture_change(1, CHANGE_CREATE, "/ephemerals/chef/caf\xc3\xa9", "1");
	struct error err;

	(void)state;
	assert_true(engine->commit(fixture.state, 0, &change, 1, NULL, &err));
	load_again();
	assert_int_equal(shown.head.revision, 1);
	assert_int_equal(shown.record_count, 1);
	assert_same_record(&shown.records[0], &change->record);
	change_release(change);
}

/* The fixture leaves out tags, links or a lifetime with some revisions. */
static void tags_links_and_lifetime_are_kept_whether_there_are_any_or_none(void **state)
{
	enum { CHANGES = 12 };
	struct change *changes[CHANGES];
	struct error err;

	(void)state;
	for (uint64_t i = 0; i < CHANGES; i++) {
		char path[32];
		snprintf(path, sizeof(path), "/ephemerals/kept/%d", (int)i);
		changes[i] = fixture_change(i + 1, CHANGE_CREATE, path, "1");
	}
	assert_true(engine->commit(fixture.state, 0, changes, CHANGES, NULL, &err));
	fixture.revision = CHANGES;
	load_again();
	assert_int_equal(shown.record_count, CHANGES);
	fixture_commit_many(&fixture, 1000, 1); /* so that these move from the log into the records */
	fixture_tidy(&fixture);
	load_again();
	for (size_t i = 0; i < CHANGES; i++) {
		assert_same_record(shown_record(&shown, changes[i]->record.path), &changes[i]->record);
		change_release(changes[i]);
	}
}

static void the_log_knows_where_it_begins(void **state)
{
	(void)state;
	assert_int_equal(engine->oldest(fixture.state), 1);
	fixture_close(&fixture);
	fixture.options.events_kept = 1000;
	fixture_open(&fixture);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 3000, .needed = 3000 });
	fixture_tidy(&fixture);
	assert_int_equal(engine->oldest(fixture.state), 2001);
}

static void a_value_may_hold_any_bytes_or_none_or_be_absent(void **state)
{
	static const char bytes[] = "a\0b\xff\0";
	struct change *empty = fixture_change(1, CHANGE_CREATE, "/ephemerals/bytes", "");
	struct change shape = *empty;
	struct error err;

	(void)state;
	shape.record.value = (char *)bytes;
	shape.record.value_size = sizeof(bytes);
	struct change *change = change_create(&shape);
	change_release(empty);
	assert_true(engine->commit(fixture.state, 0, &change, 1, NULL, &err));
	fixture.revision = 1;
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/empty", "");
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/absent", NULL);
	load_again();
	assert_same_record(shown_record(&shown, "/ephemerals/bytes"), &change->record);
	assert_true(shown_record(&shown, "/ephemerals/empty")->has_value);
	assert_int_equal(shown_record(&shown, "/ephemerals/empty")->value_size, 0);
	assert_false(shown_record(&shown, "/ephemerals/absent")->has_value);
	change_release(change);
}

static void the_log_gives_changes_back_field_by_field(void **state)
{
	struct change *changes[] = {
		fixture_change(1, CHANGE_CREATE, "/ephemerals/a", "1"),
		fixture_change(2, CHANGE_UPDATE, "/ephemerals/a", NULL),
		fixture_change(3, CHANGE_DELETE, "/ephemerals/a", ""),
	};
	struct error err;

	(void)state;
	assert_true(engine->commit(fixture.state, 0, changes, LENGTH(changes), NULL, &err));
	load_again();
	struct change_list list = read_log(0, 100, 1 << 20);
	assert_int_equal(list.count, LENGTH(changes));
	for (size_t i = 0; i < LENGTH(changes); i++) {
		assert_same_change(list.changes[i], changes[i]);
		change_release(changes[i]);
	}
	change_list_finish(&list);
}

static void an_object_is_what_its_last_change_left(void **state)
{
	(void)state;
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/kept", "1");
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/gone", "1");
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/back", "1");
	fixture_commit(&fixture, CHANGE_UPDATE, "/ephemerals/kept", "2");
	fixture_commit(&fixture, CHANGE_DELETE, "/ephemerals/gone", "1");
	fixture_commit(&fixture, CHANGE_DELETE, "/ephemerals/back", "1");
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/back", "3");
	load_again();
	assert_int_equal(shown.record_count, 2);
	assert_int_equal(shown_record(&shown, "/ephemerals/kept")->revision, 4);
	assert_int_equal(shown_record(&shown, "/ephemerals/back")->revision, 7);
}

static void a_batch_that_does_not_follow_is_a_conflict_and_changes_nothing(void **state)
{
	struct change *change = fixture_change(3, CHANGE_CREATE, "/ephemerals/b", "1");
	struct error err;

	(void)state;
	fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/a", "1");
	assert_false(engine->commit(fixture.state, 2, &change, 1, NULL, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_false(engine->commit(fixture.state, 0, &change, 1, NULL, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	load_again();
	assert_int_equal(shown.head.revision, 1);
	assert_int_equal(shown.record_count, 1);
	change_release(change);
}

static void a_page_of_the_log_ends_at_its_count(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 10, 10);
	struct change_list list = read_log(3, 4, 1 << 20);
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.changes[i]->revision, 4 + i);
	change_list_finish(&list);
}

static void a_page_of_the_log_ends_when_its_bytes_are_passed_but_holds_one(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 10, 10);
	struct change_list list = read_log(0, 100, 0);
	assert_int_equal(list.count, 1);
	size_t bytes = list.changes[0]->bytes;
	change_list_finish(&list);
	list = read_log(0, 100, 2 * bytes + 1);
	assert_int_equal(list.count, 3);
	change_list_finish(&list);
	list = read_log(0, 0, 1 << 20);
	assert_int_equal(list.count, 1);
	change_list_finish(&list);
}

static void a_page_after_the_last_change_is_empty(void **state)
{
	(void)state;
	fixture_commit_many(&fixture, 2, 2);
	struct change_list list = read_log(2, 100, 1 << 20);
	assert_int_equal(list.count, 0);
	list = read_log(7, 100, 1 << 20);
	assert_int_equal(list.count, 0);
	change_list_finish(&list);
}

static void progress_is_set_replaced_and_cleared(void **state)
{
	struct watch_progress first[] = {
		{ .path = (char *)"/watches/a", .acknowledged = 1, .failing_ms = 5, .waiting_ms = 3, .state = WATCH_DISABLED },
		{ .path = (char *)"/watches/b", .acknowledged = 2, .state = WATCH_SUSPENDED },
	};
	struct watch_progress second = { .path = (char *)"/watches/b", .acknowledged = 3 };
	char *cleared[] = { (char *)"/watches/a", (char *)"/watches/unknown" };

	(void)state;
	fixture_commit_many(&fixture, 8, 1);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 7, .needed = 2, .set = first, .set_count = 2 });
	load_again();
	assert_int_equal(shown.head.delivery_position, 7);
	assert_int_equal(shown.progress_count, 2);
	const struct watch_progress *row = shown_progress(&shown, "/watches/a");
	assert_int_equal(row->acknowledged, 1);
	assert_int_equal(row->failing_ms, 5);
	assert_int_equal(row->waiting_ms, 3);
	assert_int_equal(row->state, WATCH_DISABLED);
	assert_int_equal(shown_progress(&shown, "/watches/b")->state, WATCH_SUSPENDED);

	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){
	        .position = 8, .needed = 3, .set = &second, .set_count = 1, .clear = cleared, .clear_count = 2 });
	load_again();
	assert_int_equal(shown.head.delivery_position, 8);
	assert_int_equal(shown.progress_count, 1);
	assert_int_equal(shown.progress[0].acknowledged, 3);
	assert_int_equal(shown.progress[0].state, WATCH_ACTIVE);
}

static void progress_rides_along_with_changes_or_not_at_all(void **state)
{
	struct change *change = fixture_change(1, CHANGE_CREATE, "/ephemerals/a", "1");
	const struct delivery_progress progress = { .position = 1, .needed = 1 };
	struct error err;

	(void)state;
	assert_false(engine->commit(fixture.state, 5, &change, 1, &progress, &err));
	load_again();
	assert_int_equal(shown.head.delivery_position, 0);
	assert_true(engine->commit(fixture.state, 0, &change, 1, &progress, &err));
	load_again();
	assert_int_equal(shown.head.delivery_position, 1);
	change_release(change);
}

/* Enough for several checkpoints; each path is created, changed and deleted in turn, sometimes within one of them. */
static void checkpoints_change_nothing_of_what_is_shown(void **state)
{
	enum { PATHS = 700, CHANGES = 9000 };
	static const enum change_action actions[] = { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_DELETE };
	static const enum change_action *last[PATHS];
	static unsigned turns[PATHS];
	unsigned random = 1;

	(void)state;
	for (size_t i = 0; i < CHANGES; i++) {
		char path[64], value[64];
		random = random * 1103515245 + 12345;
		unsigned place = random / 65536 % PATHS;
		last[place] = &actions[turns[place]++ % 3];
		snprintf(path, sizeof(path), "/ephemerals/%u", place);
		snprintf(value, sizeof(value), "%u", turns[place]);
		fixture_commit(&fixture, *last[place], path, value);
		if (i % 7 == 0)
			fixture_tidy(&fixture);
	}
	load_again();
	size_t alive = 0;
	for (unsigned i = 0; i < PATHS; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/ephemerals/%u", i);
		const struct record *record = shown_record(&shown, path);
		bool is_alive = last[i] && *last[i] != CHANGE_DELETE;
		assert_int_equal(record != NULL, is_alive);
		if (is_alive)
			assert_int_equal(strtoul(record->value, NULL, 10), turns[i]);
		alive += is_alive;
	}
	assert_int_equal(shown.record_count, alive);
}

static void keep(uint64_t events, uint64_t events_max)
{
	fixture_close(&fixture);
	fixture.options.events_kept = events;
	fixture.options.events_kept_max = events_max;
	fixture_open(&fixture);
}

static void changes_beyond_those_kept_leave_the_log(void **state)
{
	(void)state;
	keep(1000, 100000);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 3000, .needed = 3000 });
	assert_oldest(2001);
	assert_int_equal(shown.record_count, 10);
	assert_int_equal(shown.head.revision, 3000);
}

static void what_a_watch_needs_stays_in_the_log(void **state)
{
	(void)state;
	keep(0, 100000);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 3000, .needed = 1600 });
	assert_oldest(1501);
}

static void what_was_not_matched_yet_stays_in_the_log(void **state)
{
	(void)state;
	keep(0, 100);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 1000, .needed = 3000 });
	assert_oldest(1001);
}

static void beyond_the_maximum_a_watch_loses_the_changes_it_needs_and_is_moved_on(void **state)
{
	struct watch_progress rows[] = {
		{ .path = (char *)"/watches/behind", .acknowledged = 10 },
		{ .path = (char *)"/watches/ahead", .acknowledged = 2900 },
	};

	(void)state;
	keep(100, 1000);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 3000, .needed = 10, .set = rows, .set_count = LENGTH(rows) });
	assert_oldest(2001);
	assert_int_equal(shown_progress(&shown, "/watches/behind")->acknowledged, 2000);
	assert_int_equal(shown_progress(&shown, "/watches/ahead")->acknowledged, 2900);
}

static void a_watch_that_gets_nothing_loses_nothing(void **state)
{
	struct watch_progress rows[] = {
		{ .path = (char *)"/watches/disabled", .acknowledged = 10, .state = WATCH_DISABLED },
		{ .path = (char *)"/watches/suspended", .acknowledged = 20, .state = WATCH_SUSPENDED },
	};

	(void)state;
	keep(100, 1000);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture,
	    &(struct delivery_progress){ .position = 3000, .needed = 10, .set = rows, .set_count = LENGTH(rows) });
	assert_oldest(2001);
	assert_int_equal(shown_progress(&shown, "/watches/disabled")->acknowledged, 10);
	assert_int_equal(shown_progress(&shown, "/watches/suspended")->acknowledged, 20);
}

/* The bytes of the changes that are in the log, as the engine counts them. */
static uint64_t log_bytes(void)
{
	struct change_list log = { 0 };
	uint64_t bytes = 0;

	assert_true(engine->read_log(fixture.state, 0, SIZE_MAX, SIZE_MAX, &log, NULL));
	for (size_t i = 0; i < log.count; i++)
		bytes += change_row_bytes(log.changes[i]);
	change_list_finish(&log);
	return bytes;
}

static void keep_bytes(uint64_t bytes_max)
{
	fixture_close(&fixture);
	fixture.options.events_bytes_max = bytes_max;
	fixture_open(&fixture);
}

/* What the log has is less than the most, and more than what a step takes away. */
static void assert_trimmed_to(uint64_t bytes_max)
{
	fixture_tidy(&fixture);
	load_again();
	assert_in_range(log_bytes(), bytes_max - bytes_max / 16, bytes_max);
}

static void bytes_beyond_those_kept_leave_the_log_whatever_is_kept_and_needed(void **state)
{
	struct watch_progress behind = { .path = (char *)"/watches/behind", .acknowledged = 10 };
	const struct delivery_progress progress = { .position = 3000, .needed = 10, .set = &behind, .set_count = 1 };

	(void)state;
	keep_bytes(100000);
	fixture_commit_many(&fixture, 3000, 10);
	fixture_commit_progress(&fixture, &progress);
	assert_trimmed_to(100000);
	assert_int_equal(shown_progress(&shown, "/watches/behind")->acknowledged, shown.head.oldest - 1);
	assert_int_equal(shown.record_count, 10);
	assert_int_equal(shown.head.revision, 3000);
	fixture_commit_many(&fixture, 100, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 3100, .needed = 3100 });
	assert_trimmed_to(100000);
}

/* What was not matched yet stays even so. */
static void bytes_that_were_not_matched_yet_stay_in_the_log(void **state)
{
	(void)state;
	keep_bytes(1000);
	fixture_commit_many(&fixture, 300, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 100, .needed = 300 });
	assert_oldest(101);
}

static void a_log_may_be_trimmed_to_the_last_change(void **state)
{
	(void)state;
	keep(0, 100000);
	fixture_commit_many(&fixture, 2500, 10);
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = 2500, .needed = 2500 });
	fixture_tidy(&fixture);
	load_again();
	assert_int_equal(shown.head.revision, 2500);
	assert_int_equal(shown.head.oldest, 2501);
	assert_int_equal(shown.record_count, 10);
	fixture_commit_many(&fixture, 1, 10);
	load_again();
	assert_int_equal(shown.head.revision, 2501);
	assert_int_equal(shown.head.oldest, 2501);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_engine_is_found_by_its_name),
		TEST(a_new_store_is_empty_and_has_an_epoch),
		TEST(an_epoch_lasts),
		TEST(what_was_committed_is_loaded_field_by_field),
		TEST(tags_links_and_lifetime_are_kept_whether_there_are_any_or_none),
		TEST(the_log_knows_where_it_begins),
		TEST(a_value_may_hold_any_bytes_or_none_or_be_absent),
		TEST(the_log_gives_changes_back_field_by_field),
		TEST(an_object_is_what_its_last_change_left),
		TEST(a_batch_that_does_not_follow_is_a_conflict_and_changes_nothing),
		TEST(a_page_of_the_log_ends_at_its_count),
		TEST(a_page_of_the_log_ends_when_its_bytes_are_passed_but_holds_one),
		TEST(a_page_after_the_last_change_is_empty),
		TEST(progress_is_set_replaced_and_cleared),
		TEST(progress_rides_along_with_changes_or_not_at_all),
		TEST(checkpoints_change_nothing_of_what_is_shown),
		TEST(changes_beyond_those_kept_leave_the_log),
		TEST(what_a_watch_needs_stays_in_the_log),
		TEST(what_was_not_matched_yet_stays_in_the_log),
		TEST(beyond_the_maximum_a_watch_loses_the_changes_it_needs_and_is_moved_on),
		TEST(a_watch_that_gets_nothing_loses_nothing),
		TEST(bytes_beyond_those_kept_leave_the_log_whatever_is_kept_and_needed),
		TEST(bytes_that_were_not_matched_yet_stay_in_the_log),
		TEST(a_log_may_be_trimmed_to_the_last_change),
	};
	static const char *const names[] = { "sqlite", "memory" };
	int failed = 0;

	for (size_t i = 0; i < LENGTH(names); i++) {
		engine = store_engine_find(names[i]);
		failed += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
	}
	return failed;
}
