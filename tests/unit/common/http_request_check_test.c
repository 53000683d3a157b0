/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_request_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Names and values in turn, ended by NULL. */
static bool passes(const char *version, const char *const *fields, struct error *err)
{
	struct http_request_check check = { 0 };

	for (; fields[0]; fields += 2) {
		struct http_field field = { fields[0], strlen(fields[0]), fields[1], strlen(fields[1]) };
		if (!http_request_check_field(&check, &field, err))
			return false;
	}
	return http_request_check_end(&check, version, err);
}

static void an_ordinary_head_passes(void **state)
{
	(void)state;
	assert_true(passes("HTTP/1.1",
	    (const char *[]){
	        "host", "a", "Content-Length", "5", "Accept", "a", "Accept", "b\tc", "X-Name", "h\xc3\xa9", NULL },
	    NULL));
	assert_true(passes("HTTP/1.1", (const char *[]){ "Host", "a", "Transfer-Encoding", "Chunked", NULL }, NULL));
	assert_true(passes("HTTP/1.0", (const char *[]){ NULL }, NULL));
	assert_true(passes("HTTP/1.1", (const char *[]){ "Host", "[::1]:5678 \t", NULL }, NULL));
	assert_true(passes("HTTP/1.1", (const char *[]){ "Host", "", NULL }, NULL));
}

static void a_field_that_is_allowed_once_is_refused_twice(void **state)
{
	static const char *const names[] = { "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization",
		"If-Match", "If-None-Match", "Origin", "webhook-id", "webhook-timestamp", "Webhook-Signature" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct error err = { 0 };
		assert_false(passes("HTTP/1.0", (const char *[]){ names[i], "chunked", names[i], "chunked", NULL }, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strcasestr(err.text, names[i]));
	}
}

static void an_ambiguous_head_is_refused(void **state)
{
	static const char *const heads[][5] = {
		{ "Host", "a", "Content-Length ", "5", NULL },
		{ "Host", "a", "X(y)", "5", NULL },
		{ "Host", "a", "", "5", NULL },
		{ "Host", "a", "X\xc3\xa9", "5", NULL },
		{ "Host", "a", "X", "a\rb", NULL },
		{ "Host", "a", "X", "a\x7f", NULL },
		{ "Host", "a", "Transfer-Encoding", "gzip, chunked", NULL },
		{ "Host", "a", "Transfer-Encoding", "chunke", NULL },
		{ "Host", "a", "Transfer-Encoding", "", NULL },
		{ "Host", "a", "Transfer-Encoding", "chunked ", NULL },
		{ "Host", "a/b", NULL },
		{ "Host", "me@a", NULL },
		{ "Host", "a b", NULL },
		{ "Host", "a\xc3\xa9", NULL },
		{ "Accept", "a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		struct error err = { 0 };
		if (passes("HTTP/1.1", heads[i], &err))
			fail_msg("head %zu passed", i);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void a_length_beside_chunks_is_refused(void **state)
{
	(void)state;
	assert_false(passes("HTTP/1.1",
	    (const char *[]){ "Host", "a", "Transfer-Encoding", "chunked", "Content-Length", "5", NULL }, NULL));
}

static void http_1_0_has_no_chunks(void **state)
{
	(void)state;
	assert_false(passes("HTTP/1.0", (const char *[]){ "Host", "a", "Transfer-Encoding", "chunked", NULL }, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_head_passes),
		cmocka_unit_test(a_field_that_is_allowed_once_is_refused_twice),
		cmocka_unit_test(an_ambiguous_head_is_refused),
		cmocka_unit_test(a_length_beside_chunks_is_refused),
		cmocka_unit_test(http_1_0_has_no_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
