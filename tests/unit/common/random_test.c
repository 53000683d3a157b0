/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/random.h"

static void bytes_differ_from_call_to_call(void **state)
{
	(void)state;
	unsigned char first[32] = { 0 }, second[32] = { 0 }, none[32] = { 0 };
	random_bytes(first, sizeof(first));
	random_bytes(second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
	assert_memory_not_equal(first, none, sizeof(first));
}

static void no_byte_beyond_the_size_is_touched(void **state)
{
	(void)state;
	unsigned char bytes[4] = { 0, 0, 0, 42 };
	random_bytes(bytes, 3);
	assert_int_equal(bytes[3], 42);
	random_bytes(bytes + 3, 0);
	assert_int_equal(bytes[3], 42);
}

static void fractions_fill_the_unit_interval(void **state)
{
	(void)state;
	enum { DRAWS = 20000, BINS = 10 };
	int bins[BINS] = { 0 };
	for (int i = 0; i < DRAWS; i++) {
		double fraction = random_fraction();
		assert_true(fraction >= 0 && fraction < 1);
		bins[(int)(fraction * BINS)]++;
	}
	/* Twelve standard deviations: this fails once in the life of many universes. */
	for (int i = 0; i < BINS; i++)
		assert_in_range(bins[i], DRAWS / BINS - 510, DRAWS / BINS + 510);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_differ_from_call_to_call),
		cmocka_unit_test(no_byte_beyond_the_size_is_touched),
		cmocka_unit_test(fractions_fill_the_unit_interval),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
