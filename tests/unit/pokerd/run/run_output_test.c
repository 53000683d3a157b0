/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_output.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct run_output output;

static void open_output(uint64_t bytes_max)
{
	unlink(scratch_path("output"));
	assert_true(run_output_open(&output, scratch_path("output"), bytes_max, NULL));
}

static off_t file_bytes(void)
{
	struct stat status;

	assert_int_equal(fstat(output.fd, &status), 0);
	return status.st_size;
}

static void check_tail(const char *expected)
{
	char *tail = run_output_tail(&output);

	assert_string_equal(tail, expected);
	free(tail);
}

static void all_of_it_is_in_the_file_and_in_the_tail(void **state)
{
	(void)state;
	open_output(100);
	run_output_take(&output, "one\n", 4);
	run_output_take(&output, "two\n", 4);
	check_tail("one\ntwo\n");
	assert_int_equal(file_bytes(), 8);
	assert_false(output.truncated);
	run_output_close(&output);
}

static void the_file_ends_at_its_limit_and_not_a_byte_before(void **state)
{
	(void)state;
	open_output(6);
	run_output_take(&output, "123456", 6);
	assert_false(output.truncated);
	run_output_take(&output, "7", 1);
	assert_true(output.truncated);
	assert_int_equal(file_bytes(), 6);
	assert_int_equal(output.bytes, 7);
	check_tail("1234567");
	run_output_close(&output);
}

static void the_tail_is_the_end_of_the_output_in_any_pieces(void **state)
{
	static const size_t sizes[] = { 1, 7, 1000, RUN_OUTPUT_TAIL_BYTES, 3 * RUN_OUTPUT_TAIL_BYTES };
	static char all[3 * RUN_OUTPUT_TAIL_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(all) - 1; i++)
		all[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		open_output(10);
		for (size_t at = 0, size; at < sizeof(all) - 1; at += size) {
			size = sizes[i] < sizeof(all) - 1 - at ? sizes[i] : sizeof(all) - 1 - at;
			run_output_take(&output, all + at, size);
		}
		check_tail(all + sizeof(all) - 1 - RUN_OUTPUT_TAIL_BYTES);
		run_output_close(&output);
	}
}

static void a_character_that_was_cut_off_in_front_does_not_show(void **state)
{
	static char text[RUN_OUTPUT_TAIL_BYTES];

	(void)state;
	open_output(10);
	run_output_take(&output, "\xe2\x82\xac", 3);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 2] = '\0';
	run_output_take(&output, text, sizeof(text) - 2);
	check_tail(text);
	run_output_close(&output);
}

static void without_space_the_file_is_cut_short_and_the_rest_still_counted(void **state)
{
	struct rlimit limit = { .rlim_cur = 5, .rlim_max = RLIM_INFINITY };

	(void)state;
	open_output(100);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	run_output_take(&output, "123456789", 9);
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	run_output_take(&output, "more", 4);
	assert_true(output.truncated);
	assert_int_equal(file_bytes(), 5);
	check_tail("123456789more");
	run_output_close(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_in_the_file_and_in_the_tail),
		cmocka_unit_test(the_file_ends_at_its_limit_and_not_a_byte_before),
		cmocka_unit_test(the_tail_is_the_end_of_the_output_in_any_pieces),
		cmocka_unit_test(a_character_that_was_cut_off_in_front_does_not_show),
		cmocka_unit_test(without_space_the_file_is_cut_short_and_the_rest_still_counted),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
