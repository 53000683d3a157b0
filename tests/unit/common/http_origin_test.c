/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void a_scheme_and_an_authority_are_an_origin(void **state)
{
	static const char *const good[] = { "http://h", "https://noah.example:5678", "HTTPS://Noah.Example",
		"http://127.0.0.1:80", "http://[::1]", "https://[2001:db8::1]:65535" };
	static const char *const bad[] = { "", "h", "h:80", "http://", "http:///", "http://h/", "http://h/x", "http://h?x",
		"http://h#x", "http://me@h", "http://h:", "http://h:0", "http://h:65536", "http://h:x", "http://:80", "ftp://h",
		"http//h", "http://[::1", "http://[]", "http://a b", "http://h\xc3\xa9", "null", " http://h", "http://a..b",
		"http://.", "http://[:::]", "http://1.2.3", "http://h b" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!http_origin_is_valid(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (http_origin_is_valid(bad[i]))
			fail_msg("%s is taken", bad[i]);
}

static void case_and_the_scheme_s_own_port_make_no_difference(void **state)
{
	(void)state;
	assert_true(http_origin_is_same("http://h:80", "HTTP://H"));
	assert_true(http_origin_is_same("https://h", "https://h:443"));
	assert_true(http_origin_is_same("http://h:443", "http://h:443"));
	assert_false(http_origin_is_same("http://h", "https://h"));
	assert_false(http_origin_is_same("http://h:443", "https://h:443"));
	assert_false(http_origin_is_same("http://h:8080", "http://h:80"));
	assert_false(http_origin_is_same("http://h", "http://hh"));
	assert_false(http_origin_is_same("null", "null"));
}

static void the_host_ends_before_its_port(void **state)
{
	(void)state;
	assert_int_equal(http_authority_host_size("noah.example:5678"), 12);
	assert_int_equal(http_authority_host_size("[::1]:5678"), 5);
	assert_int_equal(http_authority_host_size("localhost"), 9);
	assert_int_equal(http_authority_host_size(":80"), 0);
	assert_string_equal(http_origin_authority("https://h:80"), "h:80");
	assert_null(http_origin_authority("null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scheme_and_an_authority_are_an_origin),
		cmocka_unit_test(case_and_the_scheme_s_own_port_make_no_difference),
		cmocka_unit_test(the_host_ends_before_its_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
