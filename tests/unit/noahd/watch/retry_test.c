/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define SECONDS(n) ((int64_t)(n)*1000)
#define HOURS(n) (SECONDS(n) * 3600)

static const int64_t DELAYS_MS[] = { SECONDS(5), SECONDS(30), SECONDS(120), SECONDS(600), SECONDS(1800),
	SECONDS(3600) };
static const struct retry_policy POLICY = { DELAYS_MS, 6, HOURS(72), HOURS(120) };

/* Tried for the first time, at once, with no jitter to either side. */
static struct retry_situation fresh(void)
{
	return (struct retry_situation){ .tries = 1, .jitter = 0.5 };
}

static struct outcome answer(unsigned status)
{
	return (struct outcome){ .kind = OUTCOME_ANSWERED, .status = status };
}

static enum retry_action action_of(struct outcome outcome, struct retry_situation situation)
{
	return retry_decide(&POLICY, &outcome, &situation).action;
}

static int64_t delay_of(struct outcome outcome, struct retry_situation situation)
{
	return retry_decide(&POLICY, &outcome, &situation).delay_ms;
}

static void only_2xx_is_success(void **state)
{
	static const unsigned failures[] = { 100, 199, 301, 302, 304, 307, 401, 403, 404, 408, 429, 500, 503 };

	(void)state;
	assert_int_equal(action_of(answer(200), fresh()), RETRY_DONE);
	assert_int_equal(action_of(answer(202), fresh()), RETRY_DONE);
	assert_int_equal(action_of(answer(299), fresh()), RETRY_DONE);
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		assert_int_equal(action_of(answer(failures[i]), fresh()), RETRY_AGAIN);
	assert_int_equal(action_of((struct outcome){ .kind = OUTCOME_FAILED }, fresh()), RETRY_AGAIN);
}

static void delays_follow_the_schedule_and_the_last_repeats(void **state)
{
	struct retry_situation situation = fresh();

	(void)state;
	for (situation.tries = 1; situation.tries <= 6; situation.tries++)
		assert_int_equal(delay_of(answer(500), situation), DELAYS_MS[situation.tries - 1]);
	situation.tries = 1000;
	assert_int_equal(delay_of(answer(500), situation), SECONDS(3600));
}

static void jitter_is_a_fifth_to_both_sides(void **state)
{
	struct retry_situation situation = fresh();

	(void)state;
	situation.jitter = 0;
	assert_int_equal(delay_of(answer(500), situation), SECONDS(4));
	situation.jitter = 0.9999999;
	assert_in_range(delay_of(answer(500), situation), 5990, SECONDS(6));
}

static void retry_after_replaces_the_schedule_up_to_an_hour(void **state)
{
	struct outcome outcome = answer(503);
	struct retry_situation situation = fresh();

	(void)state;
	outcome.retry_after_ms = SECONDS(90);
	situation.jitter = 0;
	assert_int_equal(delay_of(outcome, situation), SECONDS(90));
	outcome.retry_after_ms = HOURS(24);
	assert_int_equal(delay_of(outcome, situation), HOURS(1));
	outcome.retry_after_ms = 1;
	situation.tries = 6;
	assert_int_equal(delay_of(outcome, situation), SECONDS(5));
}

static void a_permanent_error_is_given_up_after_five_attempts(void **state)
{
	static const unsigned hopeless[] = { 400, 413, 415, 422 };
	struct retry_situation situation = fresh();

	(void)state;
	for (size_t i = 0; i < sizeof(hopeless) / sizeof(*hopeless); i++) {
		situation.tries = 4;
		assert_int_equal(action_of(answer(hopeless[i]), situation), RETRY_AGAIN);
		situation.tries = 5;
		assert_int_equal(action_of(answer(hopeless[i]), situation), RETRY_DEAD);
	}
	assert_int_equal(action_of(answer(404), situation), RETRY_AGAIN);
}

static void a_refusal_by_policy_is_given_up_at_once(void **state)
{
	(void)state;
	assert_int_equal(action_of((struct outcome){ .kind = OUTCOME_REFUSED }, fresh()), RETRY_DEAD);
}

static void a_stale_connection_says_nothing_of_the_endpoint(void **state)
{
	struct retry_situation situation = fresh();

	(void)state;
	situation.waited_ms = situation.failing_ms = HOURS(1000);
	assert_int_equal(action_of((struct outcome){ .kind = OUTCOME_STALE }, situation), RETRY_AT_ONCE);
}

static void gone_disables_the_watch(void **state)
{
	(void)state;
	assert_int_equal(action_of(answer(410), fresh()), RETRY_DISABLE);
}

static void a_delivery_is_given_up_after_three_days_of_waiting(void **state)
{
	struct retry_situation situation = fresh();

	(void)state;
	situation.waited_ms = HOURS(72) - 1;
	assert_int_equal(action_of(answer(500), situation), RETRY_AGAIN);
	situation.waited_ms++;
	assert_int_equal(action_of(answer(500), situation), RETRY_EXPIRED);
	assert_int_equal(action_of(answer(200), situation), RETRY_DONE);
}

static void an_endpoint_that_fails_for_five_days_is_suspended(void **state)
{
	struct retry_situation situation = fresh();

	(void)state;
	situation.failing_ms = HOURS(120) - 1;
	assert_int_equal(action_of(answer(500), situation), RETRY_AGAIN);
	situation.failing_ms++;
	assert_int_equal(action_of(answer(500), situation), RETRY_SUSPEND);
	assert_int_equal(action_of(answer(200), situation), RETRY_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_2xx_is_success),
		cmocka_unit_test(delays_follow_the_schedule_and_the_last_repeats),
		cmocka_unit_test(jitter_is_a_fifth_to_both_sides),
		cmocka_unit_test(retry_after_replaces_the_schedule_up_to_an_hour),
		cmocka_unit_test(a_permanent_error_is_given_up_after_five_attempts),
		cmocka_unit_test(a_refusal_by_policy_is_given_up_at_once),
		cmocka_unit_test(a_stale_connection_says_nothing_of_the_endpoint),
		cmocka_unit_test(gone_disables_the_watch),
		cmocka_unit_test(a_delivery_is_given_up_after_three_days_of_waiting),
		cmocka_unit_test(an_endpoint_that_fails_for_five_days_is_suspended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
