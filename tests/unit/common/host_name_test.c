/* SPDX-License-Identifier: Apache-2.0 */
#include "common/host_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_host_is_a_name_or_an_address(void **state)
{
	static const char *const good[] = { "h", "localhost", "noah.example", "Noah.Example.", "my_host-1", "1a.example",
		"127.0.0.1", "[::1]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "xn--bcher-kva.example", "1.example" };
	static const char *const bad[] = { "", ".", ".h", "a..b", "a b", " h", "h:80", "http://h", "h/", "*.example",
		"me@h", "h\xc3\xa9", "1.2.3", "1.2.3.4.5", "999.0.0.1", "0x7f.0.0.1", "127.0.0.1.", "::1", "[::1", "[]", "[",
		"[h]", "[1.2.3.4]", "[:::]", "[::1]:80", "[fe80::1%eth0]", "h\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!host_is_valid(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (host_is_valid(bad[i]))
			fail_msg("%s is taken", bad[i]);
}

/* count labels of 'a', of that size, with dots between them. */
static const char *name_of(size_t count, size_t size)
{
	static char name[1024];
	char *end = name;

	for (size_t i = 0; i < count; i++)
		end += snprintf(end, sizeof(name) - (size_t)(end - name), "%s%0*d", i ? ".a" : "a", (int)size - 1, 0);
	return name;
}

static void labels_and_names_are_not_longer_than_those_of_the_dns(void **state)
{
	(void)state;
	assert_true(host_is_valid(name_of(1, HOST_LABEL_BYTES_MAX)));
	assert_false(host_is_valid(name_of(1, HOST_LABEL_BYTES_MAX + 1)));
	assert_int_equal(strlen(name_of(127, 1 + 1)), 127 * 3 - 1);
	assert_true(host_is_valid(name_of(84, 2)));
	assert_false(host_is_valid(name_of(85, 2)));
}

static void labels_of_numbers_are_an_ipv4_address_in_some_spelling(void **state)
{
	(void)state;
	assert_true(host_name_is_numeric("127.1"));
	assert_true(host_name_is_numeric("0x7f.1"));
	assert_true(host_name_is_numeric("2130706433"));
	assert_false(host_name_is_numeric("127.a"));
	assert_false(host_name_is_numeric("0x7g"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_a_name_or_an_address),
		cmocka_unit_test(labels_and_names_are_not_longer_than_those_of_the_dns),
		cmocka_unit_test(labels_of_numbers_are_an_ipv4_address_in_some_spelling),
	};

	return cmocka_run_group_tests_name("host_name", tests, NULL, NULL);
}
