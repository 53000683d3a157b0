/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/readable.h"
#include "pokerd/run/exit_meaning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ODD "\xef\xbf\xbd"

static void check(const char *bytes, size_t size, const char *expected)
{
	char *text = readable_text(bytes, size);

	assert_string_equal(text, expected);
	free(text);
}

static void text_stays_as_it_is(void **state)
{
	static const char menu[] = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\xb3\n\x1b[0m";

	(void)state;
	check("", 0, "");
	check(menu, sizeof(menu) - 1, menu);
}

static void invalid_bytes_become_the_replacement_character(void **state)
{
	(void)state;
	check("a\0b", 3, "a" ODD "b");
	check("\xff", 1, ODD);
	check("\xe2\x82", 2, ODD ODD);
	check("\xc0\x80x", 3, ODD ODD "x");
}

static void a_status_without_a_meaning_of_its_own_is_a_failure(void **state)
{
	(void)state;
	assert_true(exit_meaning_of(0)->success);
	assert_false(exit_meaning_of(37)->success);
	assert_false(exit_meaning_of(99)->success);
	assert_string_equal(exit_meaning_of(99)->text, "failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_as_it_is),
		cmocka_unit_test(invalid_bytes_become_the_replacement_character),
		cmocka_unit_test(a_status_without_a_meaning_of_its_own_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
