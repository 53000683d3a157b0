/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_report.h"
#include "tests/unit/scratch.h"

#include "common/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool read_text_of(const char *text, struct run_report *out, struct error *err)
{
	return run_report_read(scratch_write("report.json", text, 0600), out, err);
}

static void a_report_has_its_counts_and_exception(void **state)
{
	struct run_report report;
	struct error err;

	(void)state;
	assert_true(read_text_of("{\"updated\":2,\"total\":40,\"exception\":\"Net::ReadTimeout: \xc3\xa9\"}", &report,
	    &err));
	assert_true(report.is_given);
	assert_int_equal(report.updated, 2);
	assert_int_equal(report.total, 40);
	assert_string_equal(report.exception, "Net::ReadTimeout: \xc3\xa9");
	run_report_finish(&report);
	assert_true(read_text_of("{\"total\":0,\"updated\":0,\"exception\":null,\"more\":[]}\n", &report, &err));
	assert_true(report.is_given);
	assert_null(report.exception);
}

static void an_empty_file_is_no_report(void **state)
{
	struct run_report report;
	struct error err;

	(void)state;
	assert_true(read_text_of("", &report, &err));
	assert_false(report.is_given);
}

static void a_malformed_report_is_refused(void **state)
{
	static const char *const texts[] = { "x", "[]", "{}", "{\"updated\":1}", "{\"updated\":-1,\"total\":2}",
		"{\"updated\":1,\"total\":\"2\"}", "{\"updated\":1.5,\"total\":2}",
		"{\"updated\":1,\"total\":2,\"exception\":{}}", "{\"updated\":1,\"total\":2}{}", "{\"updated\":1,\"total\":2" };
	struct run_report report;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (read_text_of(texts[i], &report, &err))
			fail_msg("%s should be refused", texts[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_false(report.is_given);
	}
}

static void a_report_that_is_too_large_or_no_file_is_refused(void **state)
{
	static char huge[RUN_REPORT_BYTES_MAX + 2];
	struct run_report report;
	struct error err;

	(void)state;
	memset(huge, ' ', sizeof(huge) - 1);
	assert_false(read_text_of(huge, &report, &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	assert_false(run_report_read("/dev/zero", &report, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_return_code(symlink("/etc/passwd", scratch_path("link")), 0);
	assert_false(run_report_read(scratch_path("link"), &report, &err));
	assert_false(run_report_read(scratch_path("missing"), &report, &err));
	assert_return_code(mkfifo(scratch_path("fifo"), 0600), 0);
	assert_false(run_report_read(scratch_path("fifo"), &report, &err)); /* and does not wait for a writer */
}

static void a_long_exception_is_cut_between_two_characters(void **state)
{
	char text[4096] = "{\"updated\":1,\"total\":2,\"exception\":\"x";
	struct run_report report;
	struct error err;

	(void)state;
	for (int i = 0; i < 1000; i++)
		memcpy(text + strlen(text), "\xc3\xa9", 3);
	memcpy(text + strlen(text), "\"}", 3);
	assert_true(read_text_of(text, &report, &err));
	assert_int_equal(strlen(report.exception), RUN_REPORT_EXCEPTION_BYTES_MAX - 1);
	assert_true(utf8_is_valid(report.exception, strlen(report.exception)));
	run_report_finish(&report);
}

static void the_file_is_empty_and_for_its_user_only(void **state)
{
	struct spawn_identity *identity;
	struct stat status;
	struct error err;

	(void)state;
	assert_true(spawn_identity_create("", &identity, &err));
	assert_true(run_report_create(scratch_path("fresh"), identity, &err));
	assert_return_code(stat(scratch_path("fresh"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, 0);
	assert_false(run_report_create(scratch_path("fresh"), identity, &err)); /* never a file that exists */
	spawn_identity_destroy(identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_has_its_counts_and_exception),
		cmocka_unit_test(an_empty_file_is_no_report),
		cmocka_unit_test(a_malformed_report_is_refused),
		cmocka_unit_test(a_report_that_is_too_large_or_no_file_is_refused),
		cmocka_unit_test(a_long_exception_is_cut_between_two_characters),
		cmocka_unit_test(the_file_is_empty_and_for_its_user_only),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
