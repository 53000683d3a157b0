/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "noahd/store/trim.h"

static void the_log_is_trimmed_in_steps_to_what_is_kept_and_needed(void **state)
{
	static const struct {
		const char *what;
		struct log_positions positions; /* revision, oldest, recorded, delivered, needed */
		uint64_t kept, kept_max, last;
	} cases[] = {
		{ "a new log", { 0, 1, 0, 0, 0, 0 }, 1000, 10000, 0 },
		{ "fewer than are kept", { 900, 1, 900, 900, 900, 0 }, 1000, 10000, 0 },
		{ "less than a step more", { 1499, 1, 1499, 1499, 1499, 0 }, 1000, 10000, 0 },
		{ "one step more", { 1500, 1, 1500, 1500, 1500, 0 }, 1000, 10000, 500 },
		{ "many steps more", { 9000, 1, 9000, 9000, 9000, 0 }, 1000, 10000, 500 },
		{ "the next step", { 9000, 501, 9000, 9000, 9000, 0 }, 1000, 10000, 1000 },
		{ "nothing kept", { 500, 1, 500, 500, 500, 0 }, 0, 10000, 500 },
		{ "a watch needs it", { 9000, 1, 9000, 9000, 499, 0 }, 1000, 10000, 0 },
		{ "a watch needs what follows", { 9000, 1, 9000, 9000, 500, 0 }, 1000, 10000, 500 },
		{ "the records lag", { 9000, 1, 499, 9000, 9000, 0 }, 1000, 10000, 0 },
		{ "matching lags", { 9000, 1, 9000, 499, 9000, 0 }, 1000, 10000, 0 },
		{ "over the most, whatever a watch needs", { 10500, 1, 10500, 10500, 0, 0 }, 1000, 10000, 500 },
		{ "not quite over the most", { 10499, 1, 10499, 10499, 0, 0 }, 1000, 10000, 0 },
		{ "over the most, but records lag", { 90000, 1, 499, 90000, 0, 0 }, 1000, 10000, 0 },
		{ "over the most, but matching lags", { 90000, 1, 90000, 499, 0, 0 }, 1000, 10000, 0 },
		{ "trimmed to the end", { 9000, 9001, 9000, 9000, 9000, 0 }, 0, 10000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t last = trim_step(&cases[i].positions, &(struct log_limits){ cases[i].kept, cases[i].kept_max, 0 });
		if (last != cases[i].last)
			fail_msg("%s: %lu", cases[i].what, (unsigned long)last);
	}
}

static void too_many_bytes_are_trimmed_with_a_margin_so_that_not_each_change_trims(void **state)
{
	const struct log_limits limits = { .bytes_max = 3200 };

	(void)state;
	assert_int_equal(trim_excess(&(struct log_positions){ .bytes = 0 }, &limits), 0);
	assert_int_equal(trim_excess(&(struct log_positions){ .bytes = 3200 }, &limits), 0);
	assert_int_equal(trim_excess(&(struct log_positions){ .bytes = 3201 }, &limits), 101);
}

static void recorded_and_matched_changes_may_be_trimmed(void **state)
{
	(void)state;
	assert_int_equal(trim_possible(&(struct log_positions){ .revision = 9, .recorded = 5, .delivered = 7 }), 5);
	assert_int_equal(trim_possible(&(struct log_positions){ .revision = 9, .recorded = 9, .delivered = 7 }), 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_log_is_trimmed_in_steps_to_what_is_kept_and_needed),
		cmocka_unit_test(too_many_bytes_are_trimmed_with_a_margin_so_that_not_each_change_trims),
		cmocka_unit_test(recorded_and_matched_changes_may_be_trimmed),
	};

	return cmocka_run_group_tests_name("trim", tests, NULL, NULL);
}
