/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "noahd/http/prefer.h"

static void the_first_of_that_name_counts(void **state)
{
	static const struct {
		const char *header, *value; /* NULL: it is not there */
	} rows[] = {
		{ "wait=10", "10" },
		{ "Wait = 10", "10" },
		{ "wait=\"10\"", "10" },
		{ "respond-async, wait=10", "10" },
		{ "wait=1, wait=2", "1" },
		{ "wait", "" },
		{ "wait=", "" },
		{ "wait; x=y, wait=2", "" },
		{ "wait=5; x=\"a, wait=9\"; y", "5" },
		{ "other=\"wait=1\"", NULL },
		{ "waiting=1", NULL },
		{ " , ,\twait=3 ,", "3" },
		{ "", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct prefer_value value;
		assert_true(prefer_find(rows[i].header, "wait", &value));
		assert_int_equal(value.text != NULL, rows[i].value != NULL);
		if (rows[i].value) {
			assert_int_equal(value.size, strlen(rows[i].value));
			assert_int_equal(memcmp(value.text, rows[i].value, value.size), 0);
		}
	}
}

static void an_invalid_list_of_preferences_is_refused(void **state)
{
	static const char *const wrong[] = { "=", "wait=\"10", "wait 10", "wait=10 20", "wait=10;;x y", "(",
		"wait=10;=", "wait=\"1\\" };
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct prefer_value value;
		assert_false(prefer_find(wrong[i], "wait", &value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_that_name_counts),
		cmocka_unit_test(an_invalid_list_of_preferences_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
