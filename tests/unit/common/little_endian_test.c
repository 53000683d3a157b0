/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/little_endian.h"

static void the_lowest_byte_comes_first(void **state)
{
	unsigned char bytes[5] = { 0xee, 0xee, 0xee, 0xee, 0xee };
	static const unsigned char expected[5] = { 0x04, 0x03, 0x02, 0x01, 0xee };

	(void)state;
	little_endian_write(bytes, 4, 0x01020304);
	assert_memory_equal(bytes, expected, sizeof(bytes));
	assert_int_equal(little_endian_read(bytes, 4), 0x01020304);
	assert_int_equal(little_endian_read(bytes, 1), 0x04);
}

static void eight_bytes_hold_any_number(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 0x80, 0x8000000000000000u, UINT64_MAX };
	unsigned char bytes[8];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		little_endian_write(bytes, sizeof(bytes), numbers[i]);
		assert_true(little_endian_read(bytes, sizeof(bytes)) == numbers[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_byte_comes_first),
		cmocka_unit_test(eight_bytes_hold_any_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
