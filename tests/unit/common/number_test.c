/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void whole_numbers_are_read_to_the_edges_of_their_type(void **state)
{
	(void)state;
	int64_t value;
	uint64_t magnitude;
	assert_true(number_parse_int64("0", 0, 0, &value) && value == 0);
	assert_true(number_parse_int64("-17", -20, 0, &value) && value == -17);
	assert_true(number_parse_int64("9223372036854775807", 0, INT64_MAX, &value) && value == INT64_MAX);
	assert_true(number_parse_int64("-9223372036854775808", INT64_MIN, 0, &value) && value == INT64_MIN);
	assert_true(number_parse_uint64("18446744073709551615", UINT64_MAX, &magnitude) && magnitude == UINT64_MAX);
}

static void a_text_that_is_not_wholly_a_number_is_refused(void **state)
{
	(void)state;
	const char *const wrong[] = { "", " ", "1 ", " 1", "+1", "--1", "-", "01", "00", "-0", "-01", "0x1", "1e3", "1.0",
		"1a", "١", "18446744073709551616", "99999999999999999999999", "-9223372036854775809", "9223372036854775808" };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		int64_t value = 42;
		assert_false(number_parse_int64(wrong[i], INT64_MIN, INT64_MAX, &value));
		assert_int_equal(value, 42);
	}
}

static void bounds_are_part_of_what_is_allowed(void **state)
{
	(void)state;
	int64_t value = 42;
	uint64_t magnitude = 42;
	assert_true(number_parse_int64("5", 5, 5, &value));
	assert_false(number_parse_int64("4", 5, 9, &value));
	assert_false(number_parse_int64("10", 5, 9, &value));
	assert_false(number_parse_int64("-1", 0, 9, &value));
	assert_int_equal(value, 5);
	assert_false(number_parse_uint64("10", 9, &magnitude));
	assert_false(number_parse_uint64("-1", 9, &magnitude));
	assert_int_equal(magnitude, 42);
}

static void decimals_may_have_a_fraction(void **state)
{
	(void)state;
	double value;
	assert_true(number_parse_decimal("2", 0, 10, &value) && value == 2);
	assert_true(number_parse_decimal("0.25", 0, 10, &value) && value == 0.25);
	assert_true(number_parse_decimal("10.0", 0, 10, &value) && value == 10);
}

static void other_spellings_of_decimals_are_refused(void **state)
{
	(void)state;
	const char *const wrong[] = { "", ".", ".5", "5.", "1.2.3", "1e3", "-1", "+1", "inf", "nan", "0x1p3", "1,5", "00.5",
		"1.5 ", "10.1" };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		double value = 42;
		assert_false(number_parse_decimal(wrong[i], 0, 10, &value));
		assert_true(value == 42);
	}
}

static void a_number_is_written_in_digits(void **state)
{
	(void)state;
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = { { 0, "0" }, { 7, "7" }, { 10, "10" }, { 1336616573999, "1336616573999" },
		{ UINT64_MAX, "18446744073709551615" } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[NUMBER_TEXT_BYTES];
		char *end = number_write(cases[i].number, text);
		assert_string_equal(text, cases[i].text);
		assert_ptr_equal(end, text + strlen(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_are_read_to_the_edges_of_their_type),
		cmocka_unit_test(a_text_that_is_not_wholly_a_number_is_refused),
		cmocka_unit_test(bounds_are_part_of_what_is_allowed),
		cmocka_unit_test(decimals_may_have_a_fraction),
		cmocka_unit_test(other_spellings_of_decimals_are_refused),
		cmocka_unit_test(a_number_is_written_in_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
