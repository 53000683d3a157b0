/* SPDX-License-Identifier: Apache-2.0 */
#include "common/endpoint_url.h"

#include "tests/unit/endpoint_urls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_parts(const char *text, const char *host, uint16_t port, const char *path)
{
	struct endpoint_url url;
	struct error err;

	if (!endpoint_url_parse(text, &url, &err))
		fail_msg("%s: %s", text, err.text);
	assert_string_equal(url.host, host);
	assert_int_equal(url.port, port);
	assert_int_equal(url.path_size, strlen(path));
	assert_memory_equal(url.path, path, strlen(path));
}

static void a_url_in_normal_form_is_taken_apart(void **state)
{
	(void)state;
	assert_parts("http://host:8080/path", "host", 8080, "/path");
	assert_parts("https://Node1.example.com.?x=/y", "Node1.example.com.", 443, "");
	assert_parts("HTTP://192.0.2.7/a/b?c", "192.0.2.7", 80, "/a/b");
	assert_parts("http://[2001:db8::1]:5679/", "2001:db8::1", 5679, "/");
}

static void any_other_spelling_is_refused_with_the_correct_one(void **state)
{
	struct endpoint_url url;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ENDPOINT_URL_ROWS; i++) {
		const struct endpoint_url_row *row = &ENDPOINT_URLS[i];
		bool normal = endpoint_url_parse(row->url, &url, &err);
		if (normal != !row->right)
			fail_msg("%s: %s", row->url, normal ? "was taken" : err.text);
		if (normal)
			continue;
		const char *write = strstr(err.text, ": write http");
		assert_int_equal(err.kind, ERROR_INVALID);
		if (*row->right ? !write || strcmp(write + strlen(": write "), row->right) != 0 : write != NULL)
			fail_msg("%s: %s", row->url, err.text);
		assert_null(strstr(err.text, "SECRET"));
		assert_null(strstr(err.text, "password@"));
	}
}

static void the_correct_spelling_is_in_normal_form(void **state)
{
	struct endpoint_url url;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ENDPOINT_URL_ROWS; i++) {
		const char *right = ENDPOINT_URLS[i].right;
		if (right && *right && !endpoint_url_parse(right, &url, &err))
			fail_msg("%s: %s", right, err.text);
	}
}

static void a_refused_url_leaves_the_result_unchanged(void **state)
{
	struct endpoint_url url = { .port = 7 };

	(void)state;
	assert_false(endpoint_url_parse("http://host:0080/", &url, NULL));
	assert_int_equal(url.port, 7);
}

static void names_are_bounded_as_in_the_dns(void **state)
{
	char text[400] = "http://";
	struct endpoint_url url;
	size_t used = strlen(text);

	(void)state;
	for (size_t i = 0; i < 253; i++)
		text[used++] = i % 50 == 49 ? '.' : 'a';
	memcpy(text + used, "./", 3);
	assert_true(endpoint_url_parse(text, &url, NULL));
	memcpy(text + used, "a/", 3);
	assert_false(endpoint_url_parse(text, &url, NULL));
}

static void letters_beyond_ascii_are_found_in_the_host_only(void **state)
{
	(void)state;
	assert_true(endpoint_url_is_international("http://b\xc3\xbc"
	                                          "cher.example/"));
	assert_true(endpoint_url_is_international("http://b%C3%BCcher.example:80/"));
	assert_false(endpoint_url_is_international("http://example/b\xc3\xbc"
	                                           "cher"));
	assert_false(endpoint_url_is_international("http://ex%61mple?%C3%BC"));
	assert_false(endpoint_url_is_international("http://example%C"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_in_normal_form_is_taken_apart),
		cmocka_unit_test(any_other_spelling_is_refused_with_the_correct_one),
		cmocka_unit_test(the_correct_spelling_is_in_normal_form),
		cmocka_unit_test(a_refused_url_leaves_the_result_unchanged),
		cmocka_unit_test(names_are_bounded_as_in_the_dns),
		cmocka_unit_test(letters_beyond_ascii_are_found_in_the_host_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
