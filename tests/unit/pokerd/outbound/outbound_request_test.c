/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/outbound_request.h"

#include "common/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_request_is_the_same_after_being_text(void **state)
{
	struct outbound_request request = { .method = "PUT",
		.url = "https://noah:5678/x",
		.body = "{\"a\":\"\xc3\xa9\n\"}",
		.ca_file = "/etc/ca.pem",
		.timeout_ms = 1500 };
	struct outbound_request again;
	struct error err;
	json_t *json;
	char *text;
	size_t size;

	(void)state;
	outbound_request_add_header(&request, "Authorization", "Bearer noah_\"\\");
	outbound_request_add_header(&request, "Noah-Run", "r");
	assert_true(outbound_request_text(&request, &text, &size, &err));
	assert_true(json_decode_object(text, size, &json, &err));
	assert_true(outbound_request_read(json, &again, &err));
	assert_string_equal(again.method, "PUT");
	assert_string_equal(again.url, request.url);
	assert_string_equal(again.body, request.body);
	assert_string_equal(again.ca_file, request.ca_file);
	assert_int_equal(again.timeout_ms, 1500);
	assert_int_equal(again.header_count, 2);
	assert_string_equal(again.headers[0].name, "Authorization");
	assert_string_equal(again.headers[0].value, "Bearer noah_\"\\");
	json_decref(json);
	outbound_text_destroy(text, size);
}

static void a_request_may_lack_body_headers_and_authorities(void **state)
{
	const struct outbound_request request = { .method = "GET", .url = "http://h/", .ca_file = "", .timeout_ms = 1 };
	struct outbound_request again;
	struct error err;
	json_t *json;
	char *text;
	size_t size;

	(void)state;
	assert_true(outbound_request_text(&request, &text, &size, &err));
	assert_true(json_decode_object(text, size, &json, &err));
	assert_true(outbound_request_read(json, &again, &err));
	assert_null(again.body);
	assert_string_equal(again.ca_file, "");
	assert_int_equal(again.header_count, 0);
	json_decref(json);
	outbound_text_destroy(text, size);
}

static void a_body_of_64_kib_fits_and_one_of_a_megabyte_does_not(void **state)
{
	struct outbound_request request = { .method = "POST", .url = "http://h/", .ca_file = "", .timeout_ms = 1 };
	char *body = test_calloc(1, (1 << 20) + 1), *text;
	struct error err;
	size_t size;

	(void)state;
	memset(body, '"', 1 << 16); /* each takes two bytes */
	request.body = body;
	assert_true(outbound_request_text(&request, &text, &size, &err));
	outbound_text_destroy(text, size);
	memset(body, 'x', 1 << 20);
	assert_false(outbound_request_text(&request, &text, &size, &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	test_free(body);
}

static void a_malformed_request_is_refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"method\":\"put\",\"url\":\"u\",\"headers\":{},\"timeout_ms\":1}",
		"{\"method\":\"\",\"url\":\"u\",\"headers\":{},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":7,\"headers\":{},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\\u0000\",\"headers\":{},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":[],\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{\"A\":\"b\\r\\nC: d\"},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{\"A\\n\":\"b\"},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{\"A: b\":\"c\"},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{\"\":\"b\"},\"timeout_ms\":1}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{},\"timeout_ms\":0}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{},\"timeout_ms\":300001}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{},\"timeout_ms\":\"1\"}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{},\"timeout_ms\":1,\"body\":{}}",
		"{\"method\":\"PUT\",\"url\":\"u\",\"headers\":{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":"
		"\"\","
		"\"7\":\"\",\"8\":\"\",\"9\":\"\",\"10\":\"\",\"11\":\"\",\"12\":\"\",\"13\":\"\",\"14\":\"\",\"15\":\"\","
		"\"16\":\"\",\"17\":\"\"},\"timeout_ms\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct outbound_request request = { .method = "untouched" };
		struct error err;
		json_t *json;
		assert_true(json_decode_object(texts[i], strlen(texts[i]), &json, &err));
		if (outbound_request_read(json, &request, &err) || err.kind != ERROR_INVALID)
			fail_msg("%s should be refused", texts[i]);
		assert_string_equal(request.method, "untouched");
		json_decref(json);
	}
}

static void an_answer_is_read_and_anything_else_is_an_error(void **state)
{
	static const struct {
		const char *text;
		int64_t status;
		const char *body, *error;
	} rows[] = {
		{ "{\"status\":200,\"body\":\"ok\"}", 200, "ok", NULL },
		{ "{\"error\":\"cannot connect\"}\n", 0, NULL, "cannot connect" },
		{ "", 0, NULL, "pokerd-report has printed no answer" },
		{ "{\"status\":200,\"bo", 0, NULL, "pokerd-report has printed no answer" },
		{ "{\"status\":\"200\",\"body\":\"\"}", 0, NULL, "pokerd-report has printed a malformed answer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct outbound_answer answer;
		outbound_answer_read(rows[i].text, strlen(rows[i].text), &answer);
		assert_int_equal(answer.status, rows[i].status);
		assert_int_equal(!answer.body, !rows[i].body);
		assert_string_equal(answer.body ? answer.body : "", rows[i].body ? rows[i].body : "");
		assert_string_equal(answer.error ? answer.error : "", rows[i].error ? rows[i].error : "");
		outbound_answer_finish(&answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_the_same_after_being_text),
		cmocka_unit_test(a_request_may_lack_body_headers_and_authorities),
		cmocka_unit_test(a_body_of_64_kib_fits_and_one_of_a_megabyte_does_not),
		cmocka_unit_test(a_malformed_request_is_refused),
		cmocka_unit_test(an_answer_is_read_and_anything_else_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
