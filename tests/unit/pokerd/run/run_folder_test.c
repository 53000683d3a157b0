/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_folder.h"
#include "common/file.h"
#include "common/memory.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static char *runs;

static int open_runs(void **state)
{
	if (scratch_open(state))
		return -1;
	runs = memory_format("%s/runs", scratch_folder);
	return 0;
}

static int close_runs(void **state)
{
	if (!run_folder_rotate(runs, 0, NULL))
		return -1;
	free(runs);
	return scratch_close(state);
}

static void make_run(const char *run_id)
{
	assert_true(run_folder_create(runs, run_id, NULL));
	char *path = run_folder_path(runs, run_id, RUN_FOLDER_RECORD);
	assert_true(file_replace(path, "{}", 2, 0600, NULL));
	free(path);
}

static void check_runs(const char *expected)
{
	char found[1024] = "";
	struct run_ids ids;

	assert_true(run_folder_list(runs, &ids, NULL));
	for (size_t i = 0; i < ids.count; i++)
		strcat(strcat(found, ids.list[i] + strlen("20120510T02225")), " ");
	assert_string_equal(found, expected);
	run_ids_finish(&ids);
}

static void an_id_contains_its_time_and_is_valid(void **state)
{
	char id[RUN_ID_BYTES];

	(void)state;
	run_id_make(1336616573007, 0x7f, id);
	assert_string_equal(id, "20120510T022253.007Z-00007f");
	assert_true(run_id_is_valid(id));
}

static void two_ids_of_one_moment_differ(void **state)
{
	char first[RUN_ID_BYTES], second[RUN_ID_BYTES];

	(void)state;
	run_id_make(0, 1, first);
	run_id_make(0, 2, second);
	assert_string_not_equal(first, second);
}

static void anything_else_is_not_an_id(void **state)
{
	static const char *const texts[] = {
		"",
		".",
		"..",
		"20120510T022253.007Z-7f3a9",
		"20120510T022253.007Z-7f3a911",
		"20120510T022253.007Z-7f3a9/",
		"20120510T022253.007Z-7F3A91",
		"2012051xT022253.007Z-7f3a91",
		"20120510T022253.007Z-7f3a91/../x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(run_id_is_valid(texts[i]));
}

static void a_missing_directory_has_no_runs(void **state)
{
	(void)state;
	check_runs("");
}

static void runs_are_listed_newest_first_and_rotation_keeps_those(void **state)
{
	(void)state;
	make_run("20120510T022252.007Z-aaaaaa");
	make_run("20120510T022254.007Z-aaaaaa");
	make_run("20120510T022253.007Z-aaaaaa");
	char *stranger = memory_format("%s/lost+found", runs);
	assert_int_equal(mkdir(stranger, 0700), 0);
	check_runs("4.007Z-aaaaaa 3.007Z-aaaaaa 2.007Z-aaaaaa ");
	assert_true(run_folder_rotate(runs, 2, NULL));
	check_runs("4.007Z-aaaaaa 3.007Z-aaaaaa ");
	assert_int_equal(rmdir(stranger), 0); /* which was left alone */
	free(stranger);
}

static void runs_are_in_the_order_of_their_numbers_wherever_the_clock_was_set(void **state)
{
	(void)state;
	assert_true(run_folder_rotate(runs, 0, NULL));
	make_run("20120510T022252.007Z-000009");
	make_run("20120510T022251.007Z-00000b");
	make_run("20120510T022253.007Z-00000a");
	check_runs("1.007Z-00000b 3.007Z-00000a 2.007Z-000009 ");
	assert_int_equal(run_number_next(runs), 12);
	assert_true(run_folder_rotate(runs, 1, NULL));
	check_runs("1.007Z-00000b ");
	assert_true(run_folder_rotate(runs, 0, NULL));
	assert_int_equal(run_number_next(runs), 0);
}

static void the_number_after_the_last_is_the_first(void **state)
{
	(void)state;
	assert_true(run_folder_rotate(runs, 0, NULL));
	make_run("20120510T022251.007Z-fffffe");
	make_run("20120510T022252.007Z-ffffff");
	assert_int_equal(run_number_next(runs), 0);
	make_run("20120510T022253.007Z-000000");
	make_run("20120510T022254.007Z-000001");
	check_runs("4.007Z-000001 3.007Z-000000 2.007Z-ffffff 1.007Z-fffffe ");
	assert_int_equal(run_number_next(runs), 2);
	assert_true(run_folder_rotate(runs, 3, NULL));
	check_runs("4.007Z-000001 3.007Z-000000 2.007Z-ffffff ");
	assert_true(run_folder_rotate(runs, 0, NULL));
}

static void a_new_run_is_newer_than_those_of_a_version_that_numbered_at_random(void **state)
{
	char id[RUN_ID_BYTES];

	(void)state;
	assert_true(run_folder_rotate(runs, 0, NULL));
	make_run("20120510T022250.007Z-f00000");
	make_run("20120510T022251.007Z-7f3a91");
	make_run("20120510T022252.007Z-000f00");
	for (int i = 0; i < 3; i++) {
		run_id_make(0, run_number_next(runs), id);
		make_run(id);
		struct run_ids ids;
		assert_true(run_folder_list(runs, &ids, NULL));
		assert_string_equal(ids.list[0], id);
		run_ids_finish(&ids);
	}
	assert_true(run_folder_rotate(runs, 0, NULL));
}

static void rotation_keeps_a_run_in_progress(void **state)
{
	(void)state;
	make_run("20120510T022250.007Z-aaaaaa");
	char *path = run_folder_path(runs, "20120510T022250.007Z-aaaaaa", RUN_FOLDER_LOCK);
	int lock_fd = file_lock(path, NULL);
	assert_true(run_folder_rotate(runs, 0, NULL));
	check_runs("0.007Z-aaaaaa ");
	close(lock_fd);
	assert_true(run_folder_rotate(runs, 0, NULL));
	check_runs("");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_contains_its_time_and_is_valid),
		cmocka_unit_test(two_ids_of_one_moment_differ),
		cmocka_unit_test(anything_else_is_not_an_id),
		cmocka_unit_test(a_missing_directory_has_no_runs),
		cmocka_unit_test(runs_are_listed_newest_first_and_rotation_keeps_those),
		cmocka_unit_test(runs_are_in_the_order_of_their_numbers_wherever_the_clock_was_set),
		cmocka_unit_test(the_number_after_the_last_is_the_first),
		cmocka_unit_test(a_new_run_is_newer_than_those_of_a_version_that_numbered_at_random),
		cmocka_unit_test(rotation_keeps_a_run_in_progress),
	};

	return cmocka_run_group_tests(tests, open_runs, close_runs);
}
