/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define NOW_MS INT64_C(1354292583042) /* 2012-11-30 16:23:03.042 UTC */

static void a_duration_is_a_number_and_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "90", 90000 },
		{ "90s", 90000 },
		{ "30m", 1800000 },
		{ "2h", 7200000 },
		{ "3d", 259200000 },
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(when_parse_duration(rows[i].text, &ms, NULL));
		assert_int_equal(ms, rows[i].ms);
	}
}

static void anything_else_is_no_duration(void **state)
{
	static const char *const texts[] = { "", "h", "0", "0m", "-2h", "+2h", "2 h", "2w", "1.5h", "2hh", "36501d",
		"99999999999999999999s", "9223372036854775807" };
	int64_t ms = 7;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_false(when_parse_duration(texts[i], &ms, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	assert_int_equal(ms, 7);
	assert_non_null(strstr(err.text, "allowed is a number with s, m, h or d"));
}

static void a_time_is_an_age_or_seconds_or_a_date_in_utc(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "30m", NOW_MS - 1800000 },
		{ "1649367553", INT64_C(1649367553000) },
		{ "2012-11-30", INT64_C(1354233600000) },
		{ "2012-11-30 16:23", INT64_C(1354292580000) },
		{ "2012-11-30 16:23:03", INT64_C(1354292583000) },
		{ "2012-11-30 16:23:03 UTC", INT64_C(1354292583000) },
		{ "2012-11-30T16:23:03Z", INT64_C(1354292583000) },
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(when_parse(rows[i].text, NOW_MS, &ms, NULL));
		assert_int_equal(ms, rows[i].ms);
	}
}

static void anything_else_is_no_time(void **state)
{
	static const char *const texts[] = { "", "yesterday", "2012-11-30 16", "2012-13-01", "2012-11-30 16:23:03 CET",
		"-1" };
	struct error err;
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(when_parse(texts[i], NOW_MS, &ms, &err));
}

static void a_duration_is_shown_by_its_two_largest_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0.000 s" },
		{ 9999, "9.999 s" },
		{ 12345, "12 s" },
		{ 60000, "1 min" },
		{ 185000, "3 min 5 s" },
		{ 7800000, "2 h 10 min" },
		{ 7200000 + 59000, "2 h" },
		{ INT64_C(97) * 3600000, "4 d 1 h" },
		{ -5, "0.000 s" },
	};
	char text[WHEN_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(when_duration_text(rows[i].ms, text), rows[i].text);
}

static void a_time_is_shown_by_its_distance(void **state)
{
	static const struct {
		int64_t before_ms;
		const char *text;
	} rows[] = {
		{ 0, "just now" },
		{ 999, "just now" },
		{ 5000, "5 s ago" },
		{ 59999, "59 s ago" },
		{ 185000, "3 min ago" },
		{ 7800000, "2 h ago" },
		{ INT64_C(97) * 3600000, "4 d ago" },
		{ -185000, "in 3 min" },
		{ -500, "just now" },
	};
	char text[WHEN_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(when_text(NOW_MS - rows[i].before_ms, NOW_MS, text), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_is_a_number_and_a_unit),
		cmocka_unit_test(anything_else_is_no_duration),
		cmocka_unit_test(a_time_is_an_age_or_seconds_or_a_date_in_utc),
		cmocka_unit_test(anything_else_is_no_time),
		cmocka_unit_test(a_duration_is_shown_by_its_two_largest_units),
		cmocka_unit_test(a_time_is_shown_by_its_distance),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
