/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SECRET "{\"sha256\":\"" HASH "\",\"expires_ms\":7}"

static bool parse_value(const char *text, struct token_value *out)
{
	const struct record record = { .value = (char *)text, .value_size = strlen(text), .has_value = true };

	return token_value_parse(&record, out);
}

static void a_value_is_parsed_and_rendered_without_a_loss(void **state)
{
	static const char text[] = "{\"rules\":[{\"path\":\"/hosts\",\"allow\":[\"read\"]}],\"expires_ms\":5,"
	                           "\"secrets\":[" SECRET "],\"node\":\"web1\"}";
	struct token_value value, again;
	char hash[TOKEN_HASH_TEXT_BYTES];
	size_t size;

	(void)state;
	assert_true(parse_value(text, &value));
	char *rendered = token_value_render(&value, &size);
	assert_int_equal(strlen(rendered), size);
	assert_true(parse_value(rendered, &again));
	assert_int_equal(again.expires_ms, 5);
	assert_string_equal(again.node, "web1");
	assert_int_equal(again.secret_count, 1);
	assert_int_equal(again.secrets[0].expires_ms, 7);
	assert_string_equal(token_hash_text(&again.secrets[0].hash, hash), HASH);
	assert_true(access_allows(again.rules, ACCESS_READ, "/hosts/web1"));
	assert_false(access_allows(again.rules, ACCESS_WRITE, "/hosts/web1"));
	free(rendered);
	token_value_finish(&value);
	token_value_finish(&again);
}

/* A damaged token must not pass for one with other rights. */
static void anything_else_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"rules\":[],\"secrets\":[]}",
		"{\"rules\":[],\"expires_ms\":-1,\"secrets\":[]}",
		"{\"rules\":[],\"expires_ms\":\"1\",\"secrets\":[]}",
		"{\"expires_ms\":0,\"secrets\":[]}",
		"{\"rules\":{},\"expires_ms\":0,\"secrets\":[]}",
		"{\"rules\":[{\"path\":\"hosts\",\"allow\":[]}],\"expires_ms\":0,\"secrets\":[]}",
		"{\"rules\":[],\"expires_ms\":0}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":{}}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[{}]}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[{\"sha256\":\"12\",\"expires_ms\":0}]}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[{\"sha256\":\"" HASH "\"}]}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[" SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET
		"," SECRET "," SECRET "," SECRET "," SECRET "," SECRET "]}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[],\"node\":1}",
	};
	struct token_value value = { .expires_ms = 42 };
	const struct record none = { .has_value = false };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (parse_value(bad[i], &value))
			fail_msg("%s is taken", bad[i]);
	assert_false(token_value_parse(&none, &value));
	assert_int_equal(value.expires_ms, 42);
	assert_null(value.rules);
}

static void a_hash_is_64_lower_case_digits(void **state)
{
	struct token_hash hash;

	(void)state;
	assert_true(token_hash_parse(HASH, &hash));
	assert_int_equal(hash.bytes[0], 0x01);
	assert_int_equal(hash.bytes[31], 0xef);
	assert_false(token_hash_parse("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", &hash));
	assert_false(token_hash_parse(HASH "0", &hash));
	assert_false(token_hash_parse("", &hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_parsed_and_rendered_without_a_loss),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_hash_is_64_lower_case_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
