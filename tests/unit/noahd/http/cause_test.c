/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "noahd/http/cause.h"

static void assert_causes(const char *header, const char *expected)
{
	struct error err;
	char *causes;
	assert_true(cause_parse(header, &causes, &err));
	assert_string_equal(causes, expected);
	free(causes);
}

static void events_are_kept_in_the_order_given(void **state)
{
	(void)state;
	assert_causes(NULL, "");
	assert_causes("abc-1", "abc-1\n");
	assert_causes("abc-1, abc-22,abc-3 ,\tabc-4", "abc-1\nabc-22\nabc-3\nabc-4\n");
}

static void an_invalid_list_of_events_is_refused(void **state)
{
	(void)state;
	const char *const wrong[] = { "", ",", "a-1,", ",a-1", "a-1 a-2", "noevent", "a-1;", "a-1x", "a-", "-1", "a-1\"",
		"é-1" };
	struct error err;
	char *causes = NULL;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(cause_parse(wrong[i], &causes, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_null(causes);
	}
}

static void there_are_at_most_64_events_of_64_bytes(void **state)
{
	(void)state;
	char header[64 * 4 + 8] = "", longest[70];
	struct error err;
	char *causes;
	for (int i = 0; i < 64; i++)
		strcat(header, i ? ",a-1" : "a-1");
	assert_true(cause_parse(header, &causes, &err));
	free(causes);
	strcat(header, ",a-1");
	assert_false(cause_parse(header, &causes, &err));

	memset(longest, '1', sizeof(longest));
	longest[1] = '-';
	longest[64] = '\0';
	assert_true(cause_parse(longest, &causes, &err));
	free(causes);
	longest[64] = '1';
	longest[65] = '\0';
	assert_false(cause_parse(longest, &causes, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_kept_in_the_order_given),
		cmocka_unit_test(an_invalid_list_of_events_is_refused),
		cmocka_unit_test(there_are_at_most_64_events_of_64_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
