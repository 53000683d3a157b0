/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct rate three = { .interval_ms = 100, .burst = 3 };

static void a_fresh_bucket_gives_its_burst_at_once(void **state)
{
	int64_t full_ms = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rate_wait_ms(&three, full_ms, 5000), 0);
		rate_take(&three, &full_ms, 5000);
	}
	assert_int_equal(rate_wait_ms(&three, full_ms, 5000), 100);
}

static void a_token_comes_back_in_each_interval(void **state)
{
	int64_t full_ms = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		rate_take(&three, &full_ms, 5000);
	assert_int_equal(rate_wait_ms(&three, full_ms, 5099), 1);
	assert_int_equal(rate_wait_ms(&three, full_ms, 5100), 0);
	rate_take(&three, &full_ms, 5100);
	assert_int_equal(rate_wait_ms(&three, full_ms, 5100), 100);
	assert_int_equal(rate_wait_ms(&three, full_ms, 5400), 0);
}

static void a_rest_never_gives_more_than_the_burst(void **state)
{
	int64_t full_ms = 0;

	(void)state;
	rate_take(&three, &full_ms, 5000);
	for (int i = 0; i < 3; i++)
		rate_take(&three, &full_ms, 1000000);
	assert_int_equal(rate_wait_ms(&three, full_ms, 1000000), 100);
}

static void tokens_taken_beyond_it_make_the_wait_longer_up_to_a_bound(void **state)
{
	int64_t full_ms = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		rate_take(&three, &full_ms, 5000);
	assert_int_equal(rate_wait_ms(&three, full_ms, 5000), 200);
	for (int i = 0; i < 1000; i++)
		rate_take(&three, &full_ms, 5000);
	assert_int_equal(rate_wait_ms(&three, full_ms, 5000), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_bucket_gives_its_burst_at_once),
		cmocka_unit_test(a_token_comes_back_in_each_interval),
		cmocka_unit_test(a_rest_never_gives_more_than_the_burst),
		cmocka_unit_test(tokens_taken_beyond_it_make_the_wait_longer_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
