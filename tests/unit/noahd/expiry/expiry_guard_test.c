/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/expiry/expiry_guard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECONDS(n) ((int64_t)(n)*1000)

/* Expired within the last minute, due now, still running: are those due held? */
static const struct {
	size_t expired, due, running;
	bool holds;
} TABLE[] = {
	{ 0, 1, 0, false },     /* the only one there is */
	{ 0, 19, 0, false },    /* fewer than 20: all of them may be gone */
	{ 0, 20, 0, true },     /* from 20 on, a network outage is likelier */
	{ 0, 20, 114, false },  /* 20 of 134: 14.9 % */
	{ 0, 20, 113, true },   /* 20 of 133: 15.04 % */
	{ 0, 150, 850, false }, /* 15 % is not more than 15 % */
	{ 0, 151, 849, true },  /* but this is */
	{ 19, 1, 0, true },     /* expired ones count together with those due */
	{ 149, 1, 850, false },
	{ 149, 2, 849, true },
	{ 0, 1000, 1000000, false },
};

static void more_than_15_percent_and_at_least_20_are_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(TABLE) / sizeof(*TABLE); i++) {
		struct expiry_guard guard = { 0 };
		expiry_guard_note(&guard, SECONDS(1000), TABLE[i].expired);
		bool holds = expiry_guard_holds(&guard, SECONDS(1000), TABLE[i].due, TABLE[i].running);
		if (holds != TABLE[i].holds)
			fail_msg("row %zu", i);
	}
}

static void expiries_more_than_a_minute_ago_do_not_count(void **state)
{
	(void)state;
	struct expiry_guard guard = { 0 };
	expiry_guard_note(&guard, SECONDS(1000), 10);
	expiry_guard_note(&guard, SECONDS(1030), 10);
	assert_true(expiry_guard_holds(&guard, SECONDS(1059), 1, 50));
	assert_false(expiry_guard_holds(&guard, SECONDS(1060), 1, 50));
	expiry_guard_note(&guard, SECONDS(1061), 9);
	assert_true(expiry_guard_holds(&guard, SECONDS(1061), 1, 50));
	assert_false(expiry_guard_holds(&guard, SECONDS(5000), 1, 50));
}

static void returning_renewals_end_the_holding(void **state)
{
	(void)state;
	struct expiry_guard guard = { 0 };
	assert_true(expiry_guard_holds(&guard, SECONDS(1), 80, 20));
	assert_true(expiry_guard_holds(&guard, SECONDS(2), 30, 70));
	assert_false(expiry_guard_holds(&guard, SECONDS(3), 2, 98));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_15_percent_and_at_least_20_are_held),
		cmocka_unit_test(expiries_more_than_a_minute_ago_do_not_count),
		cmocka_unit_test(returning_renewals_end_the_holding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
