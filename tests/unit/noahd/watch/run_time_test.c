/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/run_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { START = 1000000, GAP_MAX = 5000, MARK = 100 };

static struct run_time started(void)
{
	struct run_time time;

	run_time_init(&time, GAP_MAX, MARK, START);
	return time;
}

static void it_counts_from_the_start_by_the_monotonic_clock(void **state)
{
	struct run_time time = started();

	(void)state;
	assert_int_equal(run_time_read(&time, START), 0);
	assert_int_equal(run_time_read(&time, START + 7), 7);
	assert_int_equal(run_time_read(&time, START + GAP_MAX), GAP_MAX);
}

static void a_process_that_was_stopped_for_days_has_not_run(void **state)
{
	struct run_time time = started();

	(void)state;
	assert_int_equal(run_time_read(&time, START + 6 * 86400000LL), GAP_MAX);
	assert_int_equal(run_time_read(&time, START + 6 * 86400000LL + 3), GAP_MAX + 3);
}

static void a_change_is_as_old_as_the_mark_that_holds_it(void **state)
{
	struct run_time time = started();

	(void)state;
	run_time_mark(&time, 10);
	run_time_read(&time, START + 500);
	run_time_mark(&time, 11);
	run_time_read(&time, START + 900);
	run_time_mark(&time, 20);
	assert_int_equal(run_time_of(&time, 1), 0);
	assert_int_equal(run_time_of(&time, 10), 0);
	assert_int_equal(run_time_of(&time, 11), 500);
	assert_int_equal(run_time_of(&time, 12), 900);
	assert_int_equal(run_time_of(&time, 21), 900); /* now */
}

/* Else a burst of changes would be as young as the first change after it. */
static void changes_within_a_marks_length_share_its_end(void **state)
{
	struct run_time time = started();

	(void)state;
	for (int i = 0; i < MARK; i++) {
		run_time_read(&time, START + i);
		run_time_mark(&time, (uint64_t)i + 1);
	}
	assert_int_equal(time.count, 1);
	run_time_read(&time, START + 4000);
	run_time_mark(&time, 1000);
	assert_int_equal(run_time_of(&time, 1), MARK - 1);
	assert_int_equal(run_time_of(&time, MARK), MARK - 1);
	assert_int_equal(run_time_of(&time, MARK + 1), 4000);
}

/* After a start the log is read again from further back. */
static void a_mark_of_an_earlier_change_is_ignored(void **state)
{
	struct run_time time = started();

	(void)state;
	run_time_mark(&time, 10);
	run_time_read(&time, START + 50);
	run_time_mark(&time, 5);
	run_time_read(&time, START + 5 * MARK);
	run_time_mark(&time, 9);
	assert_int_equal(run_time_of(&time, 10), 0);
	assert_int_equal(time.count, 1);
}

static void the_oldest_marks_make_room_for_new_ones(void **state)
{
	struct run_time time = started();

	(void)state;
	for (int i = 0; i < 3 * RUN_MARKS_MAX; i++) {
		run_time_read(&time, START + (int64_t)i * MARK);
		run_time_mark(&time, (uint64_t)i + 1);
	}
	assert_int_equal(run_time_of(&time, 1), 2 * RUN_MARKS_MAX * MARK);
	assert_int_equal(run_time_of(&time, 3 * RUN_MARKS_MAX), (3 * RUN_MARKS_MAX - 1) * MARK);
	assert_int_equal(run_time_of(&time, 2 * RUN_MARKS_MAX + 2), (2 * RUN_MARKS_MAX + 1) * MARK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_counts_from_the_start_by_the_monotonic_clock),
		cmocka_unit_test(a_process_that_was_stopped_for_days_has_not_run),
		cmocka_unit_test(a_change_is_as_old_as_the_mark_that_holds_it),
		cmocka_unit_test(changes_within_a_marks_length_share_its_end),
		cmocka_unit_test(a_mark_of_an_earlier_change_is_ignored),
		cmocka_unit_test(the_oldest_marks_make_room_for_new_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
