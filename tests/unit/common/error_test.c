/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/utf8.h"

#include <errno.h>

static void a_failing_function_can_end_with_it(void **state)
{
	(void)state;
	struct error err;
	assert_false(error_set(&err, ERROR_CONFLICT, "%s has %d", "web1", 2));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_string_equal(err.text, "web1 has 2");
}

static void the_error_may_be_null(void **state)
{
	(void)state;
	assert_false(error_set(NULL, ERROR_INVALID, "x"));
	assert_false(error_set_errno(NULL, ERROR_INVALID, "x"));
}

static void the_text_of_errno_is_appended_and_errno_kept(void **state)
{
	(void)state;
	struct error err;
	errno = ENOENT;
	assert_false(error_set_errno(&err, ERROR_NOT_FOUND, "cannot open %s", "/x"));
	assert_string_equal(err.text, "cannot open /x: No such file or directory");
	assert_int_equal(errno, ENOENT);
}

static void the_text_of_an_error_can_be_part_of_its_new_text(void **state)
{
	(void)state;
	struct error err;
	error_set(&err, ERROR_INVALID, "inner");
	error_set(&err, err.kind, "outer: %s", err.text);
	assert_string_equal(err.text, "outer: inner");
}

static void bytes_that_are_not_utf8_become_question_marks(void **state)
{
	struct error err;

	(void)state;
	error_set(&err, ERROR_INVALID, "found \"%.2s\" and \xff\xfe, and \xc3\xa9", "a\xc3\xa9");
	assert_string_equal(err.text, "found \"a?\" and ??, and \xc3\xa9");
}

static void a_long_text_is_cut_between_characters(void **state)
{
	(void)state;
	char text[sizeof(struct error)];
	for (size_t shift = 0; shift < 4; shift++) {
		struct error err;
		memset(text, 'a', shift);
		text[shift] = '\0';
		while (strlen(text) + 5 < sizeof(text))
			strcat(text, "\xf0\x9f\x92\xa9");
		error_set(&err, ERROR_INVALID, "%s%s", text, text);
		assert_true(strlen(err.text) > sizeof(err.text) - 5);
		assert_true(utf8_is_valid(err.text, strlen(err.text)));
	}
}

static void a_long_text_leaves_no_room_for_errno(void **state)
{
	(void)state;
	struct error err;
	errno = EIO;
	error_set_errno(&err, ERROR_INTERNAL, "%0600d", 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failing_function_can_end_with_it),
		cmocka_unit_test(the_error_may_be_null),
		cmocka_unit_test(the_text_of_errno_is_appended_and_errno_kept),
		cmocka_unit_test(the_text_of_an_error_can_be_part_of_its_new_text),
		cmocka_unit_test(bytes_that_are_not_utf8_become_question_marks),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		cmocka_unit_test(a_long_text_leaves_no_room_for_errno),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
