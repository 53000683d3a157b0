/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/report_progress.h"
#include "tests/unit/scratch.h"

#include "common/memory.h"
#include "pokerd/run/run_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { RUNS = 5 };
static char *runs;
static char ids[RUNS][RUN_ID_BYTES];

static void add_run(int number, enum run_result result)
{
	struct run_record record = { .id = ids[number], .result = result };
	struct error err;

	run_id_make(1336616573000 - number, (unsigned)number, ids[number]); /* the clock goes back */
	assert_true(run_folder_create(runs, ids[number], &err));
	assert_true(run_record_write(runs, &record, &err));
}

static int progress_set_up(void **state)
{
	if (scratch_open(state))
		return -1;
	runs = memory_format("%s/runs", scratch_folder);
	return 0;
}

static int progress_tear_down(void **state)
{
	for (int i = 0; i < RUNS; i++)
		run_folder_remove(runs, ids[i]);
	free(runs);
	return scratch_close(state);
}

static void assert_next(const struct report_progress *progress, int number)
{
	char next[RUN_ID_BYTES];

	assert_int_equal(report_progress_next(progress, next), number >= 0);
	if (number >= 0)
		assert_string_equal(next, ids[number]);
}

static void reports_begin_with_the_run_after_the_last_that_had_ended(void **state)
{
	struct report_progress progress;

	(void)state;
	add_run(0, RUN_SUCCESS);
	add_run(1, RUN_FAILED);
	add_run(2, RUN_RUNNING);
	report_progress_open(&progress, scratch_folder, runs);
	assert_next(&progress, 2);
	report_progress_close(&progress);
}

static void every_run_is_next_in_turn_and_the_progress_survives(void **state)
{
	struct report_progress progress;
	struct error err;

	(void)state;
	report_progress_open(&progress, scratch_folder, runs);
	assert_next(&progress, -1);
	for (int i = 0; i < 3; i++)
		add_run(i, RUN_SUCCESS);
	for (int i = 0; i < 3; i++) {
		assert_next(&progress, i);
		report_progress_close(&progress);
		report_progress_open(&progress, scratch_folder, runs);
		assert_next(&progress, i);
		assert_true(report_progress_advance(&progress, ids[i], &err));
	}
	assert_next(&progress, -1);
	report_progress_close(&progress);
}

static void if_the_last_has_been_removed_all_others_are_newer(void **state)
{
	struct report_progress progress;

	(void)state;
	add_run(0, RUN_SUCCESS);
	report_progress_open(&progress, scratch_folder, runs);
	add_run(1, RUN_SUCCESS);
	add_run(2, RUN_SUCCESS);
	run_folder_remove(runs, ids[0]);
	assert_next(&progress, 1);
	report_progress_close(&progress);
}

static void a_damaged_or_forgotten_progress_begins_anew(void **state)
{
	static const char *const texts[] = { "", "x\n", "../../etc\n", "20120510T022253.007Z-7f3a9\n" };
	struct report_progress progress;

	(void)state;
	add_run(0, RUN_SUCCESS);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		scratch_write("reported", texts[i], 0600);
		report_progress_open(&progress, scratch_folder, runs);
		assert_next(&progress, -1);
		report_progress_close(&progress);
	}
	add_run(1, RUN_SUCCESS);
	report_progress_open(&progress, scratch_folder, runs);
	assert_next(&progress, 1);
	report_progress_close(&progress);
	report_progress_forget(scratch_folder);
	report_progress_open(&progress, scratch_folder, runs);
	assert_next(&progress, -1);
	report_progress_close(&progress);
}

static void a_progress_that_cannot_be_written_is_still_known(void **state)
{
	struct report_progress progress;
	struct error err;

	(void)state;
	report_progress_open(&progress, scratch_folder, runs);
	add_run(0, RUN_SUCCESS);
	assert_return_code(mkdir(scratch_path("reported.new"), 0700), 0); /* in the way */
	assert_false(report_progress_advance(&progress, ids[0], &err));
	assert_next(&progress, -1);
	report_progress_close(&progress);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, progress_set_up, progress_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(reports_begin_with_the_run_after_the_last_that_had_ended),
		TEST(every_run_is_next_in_turn_and_the_progress_survives),
		TEST(if_the_last_has_been_removed_all_others_are_newer),
		TEST(a_damaged_or_forgotten_progress_begins_anew),
		TEST(a_progress_that_cannot_be_written_is_still_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
