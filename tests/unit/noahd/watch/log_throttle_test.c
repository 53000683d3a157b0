/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/log_throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { AGAIN_MS = 1000 };

static bool is_news(struct log_throttle *throttle, unsigned status, const char *text, int64_t now_ms)
{
	struct outcome outcome = { .kind = status ? OUTCOME_ANSWERED : OUTCOME_FAILED, .status = status };

	snprintf(outcome.text, sizeof(outcome.text), "%s", text);
	return log_throttle_admits(throttle, &outcome, now_ms, AGAIN_MS);
}

static void the_same_reason_is_logged_again_after_a_while(void **state)
{
	struct log_throttle throttle = { 0 };

	(void)state;
	assert_true(is_news(&throttle, 503, "HTTP 503", 5));
	assert_false(is_news(&throttle, 503, "HTTP 503", 6));
	assert_false(is_news(&throttle, 503, "HTTP 503", 5 + AGAIN_MS - 1));
	assert_true(is_news(&throttle, 503, "HTTP 503", 5 + AGAIN_MS));
	assert_false(is_news(&throttle, 503, "HTTP 503", 5 + AGAIN_MS + 1));
}

static void a_new_reason_is_logged_at_once(void **state)
{
	struct log_throttle throttle = { 0 };

	(void)state;
	assert_true(is_news(&throttle, 503, "HTTP 503", 5));
	assert_true(is_news(&throttle, 401, "HTTP 401", 6));
	assert_true(is_news(&throttle, 0, "Connection refused", 7));
	assert_true(is_news(&throttle, 0, "No route to host", 8));
}

static void reasons_that_alternate_are_each_logged_once(void **state)
{
	struct log_throttle throttle = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(is_news(&throttle, 503, "HTTP 503", 5 + i), i == 0);
		assert_int_equal(is_news(&throttle, 0, "Connection refused", 5 + i), i == 0);
	}
}

static void a_text_that_differs_in_its_numbers_is_the_same_reason(void **state)
{
	struct log_throttle throttle = { 0 };

	(void)state;
	assert_true(is_news(&throttle, 0, "Operation timed out after 15001 milliseconds", 5));
	assert_false(is_news(&throttle, 0, "Operation timed out after 998 milliseconds", 6));
	assert_true(is_news(&throttle, 0, "Failed to connect to h port 80 after 3 ms: refused", 7));
	assert_false(is_news(&throttle, 0, "Failed to connect to h port 80 after 15 ms: refused", 8));
}

static void the_oldest_reason_makes_room(void **state)
{
	static const char *const texts[] = { "a", "b", "c", "d", "e" };
	struct log_throttle throttle = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(is_news(&throttle, 0, texts[i], 5 + i));
	for (int i = 1; i < 5; i++)
		assert_false(is_news(&throttle, 0, texts[i], 20));
	assert_true(is_news(&throttle, 0, "a", 21));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_reason_is_logged_again_after_a_while),
		cmocka_unit_test(a_new_reason_is_logged_at_once),
		cmocka_unit_test(reasons_that_alternate_are_each_logged_once),
		cmocka_unit_test(a_text_that_differs_in_its_numbers_is_the_same_reason),
		cmocka_unit_test(the_oldest_reason_makes_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
