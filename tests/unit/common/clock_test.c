/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"

static void a_time_is_written_in_noahs_format(void **state)
{
	(void)state;
	char text[CLOCK_TEXT_BYTES];
	assert_string_equal(clock_text(1336616573999, text), "2012-05-10 02:22:53 UTC");
	assert_string_equal(clock_text(0, text), "1970-01-01 00:00:00 UTC");
	assert_string_equal(clock_text(951782400000, text), "2000-02-29 00:00:00 UTC");
	assert_string_equal(clock_text(253402300799999, text), "9999-12-31 23:59:59 UTC");
}

/* Beside the C library, over all the years that have four digits, and those around them. */
static void each_day_has_its_calendar_date(void **state)
{
	const int64_t first = -62167219200, last = 253402300799; /* 0000-01-01 00:00:00, 9999-12-31 23:59:59 */

	(void)state;
	for (int64_t seconds = first - 1000000; seconds < last + 1000000; seconds += 86399) {
		char text[CLOCK_TEXT_BYTES], expected[64] = "";
		const time_t time = seconds;
		struct tm parts;
		assert_non_null(gmtime_r(&time, &parts));
		if (seconds >= first && seconds <= last)
			snprintf(expected, sizeof(expected), "%04d-%02d-%02d %02d:%02d:%02d UTC", parts.tm_year + 1900,
			    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
		assert_string_equal(clock_text(seconds * 1000, text), expected);
	}
}

static void before_the_epoch_seconds_begin_earlier(void **state)
{
	(void)state;
	char text[CLOCK_TEXT_BYTES];
	assert_string_equal(clock_text(-1, text), "1969-12-31 23:59:59 UTC");
	assert_string_equal(clock_text(-1000, text), "1969-12-31 23:59:59 UTC");
	assert_string_equal(clock_text(-1001, text), "1969-12-31 23:59:58 UTC");
}

static void a_time_out_of_range_is_empty(void **state)
{
	(void)state;
	char text[CLOCK_TEXT_BYTES];
	assert_string_equal(clock_text(253402300800000, text), "");
	assert_string_equal(clock_text(INT64_MAX, text), "");
	assert_string_equal(clock_text(INT64_MIN, text), "");
}

static void a_time_is_written_as_in_rfc_3339(void **state)
{
	(void)state;
	char text[CLOCK_RFC3339_BYTES];
	assert_string_equal(clock_rfc3339(1336616573042, text), "2012-05-10T02:22:53.042Z");
	assert_string_equal(clock_rfc3339(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_rfc3339(-1, text), "1969-12-31T23:59:59.999Z");
	assert_string_equal(clock_rfc3339(253402300800000, text), "");
}

static void the_monotonic_clock_never_steps_back(void **state)
{
	(void)state;
	int64_t last_us = clock_monotonic_us();
	for (int i = 0; i < 10000; i++) {
		int64_t now_us = clock_monotonic_us();
		assert_true(now_us >= last_us);
		last_us = now_us;
	}
	assert_in_range(clock_monotonic_ms(), last_us / 1000, last_us / 1000 + 60000);
}

static void the_wall_clock_is_that_of_this_century(void **state)
{
	(void)state;
	assert_true(clock_wall_ms() > 1600000000000 && clock_wall_ms() < 4102444800000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_written_in_noahs_format),
		cmocka_unit_test(each_day_has_its_calendar_date),
		cmocka_unit_test(before_the_epoch_seconds_begin_earlier),
		cmocka_unit_test(a_time_out_of_range_is_empty),
		cmocka_unit_test(a_time_is_written_as_in_rfc_3339),
		cmocka_unit_test(the_monotonic_clock_never_steps_back),
		cmocka_unit_test(the_wall_clock_is_that_of_this_century),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
