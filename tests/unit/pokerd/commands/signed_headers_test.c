/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/signed_headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void the_three_headers_are_found_among_others(void **state)
{
	static const char *const texts[] = {
		"webhook-id: a\nwebhook-timestamp: 1\nwebhook-signature: v1,x v1a,y",
		"POST / HTTP/1.1\r\nHost: n\r\nWebhook-Id:a\r\nWEBHOOK-TIMESTAMP: 1 \r\nWebhook-Signature: v1,x v1a,y\r\n\r\n",
		"> POST / HTTP/2\n> webhook-signature: v1,x v1a,y\n> webhook-id: a\n> webhook-timestamp:\t1\n< HTTP/2 202\n",
	};
	struct signed_headers headers;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_true(signed_headers_parse(texts[i], &headers, NULL));
		assert_string_equal(headers.id, "a");
		assert_string_equal(headers.timestamp, "1");
		assert_string_equal(headers.signature, "v1,x v1a,y");
		signed_headers_finish(&headers);
	}
}

static void the_missing_or_repeated_header_is_named(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "webhook-id is missing" },
		{ "webhook-id: a\nwebhook-signature: x", "webhook-timestamp is missing" },
		{ "webhook-id: a\nwebhook-timestamp: 1\nwebhook-signatures: x", "webhook-signature is missing" },
		{ "webhook-id: a\nWebhook-ID: b\n", "webhook-id is given twice" },
	};
	struct signed_headers headers = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_false(signed_headers_parse(rows[i].text, &headers, &err));
		assert_string_equal(err.text, rows[i].reason);
		assert_null(headers.id);
	}
}

static void an_empty_value_is_a_value(void **state)
{
	struct signed_headers headers;

	(void)state;
	assert_true(signed_headers_parse("webhook-id:\nwebhook-timestamp: \r\nwebhook-signature:  ", &headers, NULL));
	assert_string_equal(headers.id, "");
	assert_string_equal(headers.signature, "");
	signed_headers_finish(&headers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_three_headers_are_found_among_others),
		cmocka_unit_test(the_missing_or_repeated_header_is_named),
		cmocka_unit_test(an_empty_value_is_a_value),
	};

	return cmocka_run_group_tests_name("signed_headers", tests, NULL, NULL);
}
