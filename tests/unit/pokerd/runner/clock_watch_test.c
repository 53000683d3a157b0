/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/clock_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_clock_that_is_set_is_noticed_once(void **state)
{
	struct clock_watch watch = { 0 };

	(void)state;
	assert_int_equal(clock_watch_step(&watch, 1000000000, 5000), 0);
	assert_int_equal(clock_watch_step(&watch, 1000060000, 65000), 0);
	assert_int_equal(clock_watch_step(&watch, 1003660000, 65000), 3600000);
	assert_int_equal(clock_watch_step(&watch, 1003660001, 65001), 0);
	assert_int_equal(clock_watch_step(&watch, 1000060001, 65001), -3600000);
	assert_int_equal(clock_watch_step(&watch, 1000060002, 65002), 0);
}

static void a_clock_that_is_corrected_little_by_little_is_not(void **state)
{
	struct clock_watch watch = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100; i++)
		assert_int_equal(clock_watch_step(&watch, 1000000000 + i * 60500, i * 60000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_set_is_noticed_once),
		cmocka_unit_test(a_clock_that_is_corrected_little_by_little_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
