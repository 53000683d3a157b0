/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static json_t *decode(const char *text)
{
	struct error err;
	json_t *value = NULL;
	if (!json_decode(text, strlen(text), &value, &err))
		fail_msg("%s: %s", text, err.text);
	return value;
}

static void rendered_text_is_what_jansson_would_write(void **state)
{
	(void)state;
	const char *const texts[] = { "{\"z\":1,\"a\":{},\"m\":[[],{\"b\":[null,true,false]}]}",
		"[-9223372036854775808,9223372036854775807,0.1,-2.5e-308,1e300,100.0,3]",
		"\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\\u007f\\u00e9\\u2028\\ud83d\\ude00 end\"",
		"{\"\":\"\",\"\\n\\\"k\":\"\\\\\\\\\"}" };
	for (size_t i = 0; i < COUNT(texts); i++) {
		json_t *value = decode(texts[i]);
		size_t size;
		char *ours = json_render(value, &size),
		     *theirs = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		assert_string_equal(ours, theirs);
		assert_int_equal(size, strlen(theirs));
		free(ours);
		free(theirs);
		json_decref(value);
	}
}

static void a_byte_order_mark_before_it_is_skipped(void **state)
{
	json_t *value = decode("\xef\xbb\xbf {\"a\":1}");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(value, "a")), 1);
	json_decref(value);
	assert_true(json_looks_so("\xef\xbb\xbf{"));
	assert_false(json_decode("\xef\xbb\xbf", 3, &value, NULL));
	assert_false(json_decode("\xef\xbb\xbf\xef\xbb\xbf{}", 8, &value, NULL));
	assert_false(json_decode("\xef\xbb{}", 4, &value, NULL));
}

static void assert_as_jansson(json_t *take_value)
{
	char *ours = json_render(take_value, NULL), *theirs = json_dumps(take_value, JSON_COMPACT);

	assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
	json_decref(take_value);
}

static void a_long_text_is_rendered_completely(void **state)
{
	(void)state;
	json_t *array = json_array();
	for (int i = 0; i < 5000; i++)
		json_array_append_new(array, json_sprintf("\t%d\n", i));
	assert_as_jansson(array);
}

/* Eight bytes are looked at together: none of them may hide behind another. */
static void each_character_is_rendered_at_each_place(void **state)
{
	enum { PLACES = 18 };
	char text[PLACES];
	json_t *array = json_array();

	(void)state;
	for (int byte = 0; byte < 0x80; byte++)
		for (size_t place = 0; place + 1 < PLACES; place++) {
			memset(text, 'a' + byte % 26, PLACES);
			text[place] = (char)byte;
			memcpy(&text[(place + 5) % (PLACES - 1)], "\xc3\xa9", 2);
			json_array_append_new(array, json_stringn(text, PLACES));
		}
	assert_int_equal(json_array_size(array), 0x80 * (PLACES - 1));
	assert_as_jansson(array);
}

static void any_json_text_is_read(void **state)
{
	(void)state;
	const char *const texts[] = { "{}", "[]", "null", "true", "7", "-1.5", "\"a/b\"", "{\"a\":[1,{\"b\":null}]}",
		"\"a\\u0000b\"" };
	for (size_t i = 0; i < COUNT(texts); i++) {
		json_t *value = decode(texts[i]);
		size_t size;
		char *again = json_render(value, &size);
		assert_string_equal(again, texts[i]);
		assert_int_equal(size, strlen(texts[i]));
		free(again);
		json_decref(value);
	}
}

static void a_fraction_is_rendered_as_it_was_given(void **state)
{
	(void)state;
	json_t *number = json_real(0.3);
	char *text = json_render(number, NULL);
	assert_string_equal(text, "0.3");
	free(text);
	json_decref(number);
}

static void white_space_around_it_is_fine(void **state)
{
	(void)state;
	json_t *value = decode(" \r\n\t{ } \n");
	assert_true(json_is_object(value));
	json_decref(value);
}

static void an_error_names_line_and_column(void **state)
{
	(void)state;
	const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "is empty" },
		{ " \n", "white space" },
		{ "{\n \"a\" 1}", "line 2, column 6" },
		{ "{\"a\":1} x", "column 9: trailing data after the value" },
		{ "1 2", "trailing data after the value" },
		{ "{\"a\":1,\"a\":2}", "duplicate object key near '\"a\"'" },
		{ "[1,]", "column 4" },
		{ "\"\xff\"", "unable to decode byte 0xff" },
		{ "\"\xc0\xaf\"", "line 1" },
		{ "\"\\ud800\"", "line 1" },
		{ "{\"a\":\"\x01\"}", "control character 0x1" },
		{ "99999999999999999999", "too big integer" },
		{ "1e999", "real number overflow" },
		{ "{\"a\":nul}", "line 1, column 8" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err;
		json_t *value = NULL;
		assert_false(json_decode(cases[i].text, strlen(cases[i].text), &value, &err));
		assert_null(value);
		assert_int_equal(err.kind, ERROR_INVALID);
		if (!strstr(err.text, cases[i].expected) || strncmp(err.text, "malformed JSON", 14))
			fail_msg("%s: found \"%s\", expected \"%s\"", cases[i].text, err.text, cases[i].expected);
	}
}

static void an_error_can_itself_be_put_into_json(void **state)
{
	(void)state;
	const char *text = "\"\\ud83d\\\xd4\x92\xa9\"";
	struct error err;
	json_t *value = NULL;
	assert_false(json_decode(text, strlen(text), &value, &err));
	json_t *told = json_string_of(err.text, strlen(err.text));
	assert_non_null(told);
	json_decref(told);
}

static void a_zero_byte_is_not_json(void **state)
{
	(void)state;
	struct error err;
	json_t *value = NULL;
	assert_false(json_decode("{}\0", 3, &value, &err));
	assert_false(json_decode("\0", 1, &value, &err));
	assert_false(json_decode("\"\0\"", 3, &value, &err));
	assert_null(value);
}

static void brackets(char *out, size_t depth)
{
	memset(out, '[', depth);
	memset(out + depth, ']', depth);
	out[2 * depth] = '\0';
}

static void it_may_be_32_levels_deep(void **state)
{
	(void)state;
	char text[80];
	struct error err;
	json_t *value = NULL;
	brackets(text, 32);
	json_decref(decode(text));
	brackets(text, 33);
	assert_false(json_decode(text, strlen(text), &value, &err));
	assert_non_null(strstr(err.text, "line 1, column 33: more than 32 levels deep"));
}

static void excessive_depth_is_reported_where_it_is_reached(void **state)
{
	(void)state;
	char text[100] = "[\"\xc3\xa9\\\"[[[[[\",\n ";
	size_t head = strlen(text);
	struct error err;
	json_t *value = NULL;
	brackets(text + head, 32);
	assert_false(json_decode(text, strlen(text), &value, &err));
	assert_non_null(strstr(err.text, "line 2, column 33: more than 32"));
}

static void brackets_in_strings_do_not_count_as_depth(void **state)
{
	(void)state;
	json_decref(decode("\"\\\\[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[\""));
}

static void if_an_object_is_expected_the_error_names_the_type_found(void **state)
{
	(void)state;
	const struct {
		const char *text, *expected;
	} cases[] = { { "[]", "array" }, { "\"a\"", "string" }, { "1", "number" }, { "1.5", "number" },
		{ "true", "true or false" }, { "false", "true or false" }, { "null", "null" } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err;
		json_t *value = NULL;
		assert_false(json_decode_object(cases[i].text, strlen(cases[i].text), &value, &err));
		assert_null(value);
		assert_non_null(strstr(err.text, cases[i].expected));
	}
	json_t *object = NULL;
	assert_true(json_decode_object("{\"a\":1}", 7, &object, NULL));
	assert_string_equal(json_type_name(object), "object");
	json_decref(object);
}

static void bytes_become_a_string_only_as_utf8(void **state)
{
	(void)state;
	json_t *string = json_string_of("a\0\xc3\xa9", 4);
	assert_int_equal(json_string_length(string), 4);
	char *text = json_render(string, NULL);
	assert_string_equal(text, "\"a\\u0000\xc3\xa9\"");
	free(text);
	json_decref(string);
	assert_null(json_string_of("\xff", 1));
}

static void a_member_is_put_behind_those_of_a_rendered_object(void **state)
{
	(void)state;
	json_t *object = json_object();
	size_t size;
	char *text = json_render(object, &size);
	text = json_text_put(text, &size, "first", "{\"a\":1}");
	assert_string_equal(text, "{\"first\":{\"a\":1}}");
	text = json_text_put(text, &size, "second", "true");
	assert_string_equal(text, "{\"first\":{\"a\":1},\"second\":true}");
	assert_int_equal(size, strlen(text));
	free(text);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_json_text_is_read),
		cmocka_unit_test(rendered_text_is_what_jansson_would_write),
		cmocka_unit_test(a_byte_order_mark_before_it_is_skipped),
		cmocka_unit_test(a_long_text_is_rendered_completely),
		cmocka_unit_test(each_character_is_rendered_at_each_place),
		cmocka_unit_test(a_fraction_is_rendered_as_it_was_given),
		cmocka_unit_test(white_space_around_it_is_fine),
		cmocka_unit_test(an_error_names_line_and_column),
		cmocka_unit_test(an_error_can_itself_be_put_into_json),
		cmocka_unit_test(a_zero_byte_is_not_json),
		cmocka_unit_test(it_may_be_32_levels_deep),
		cmocka_unit_test(excessive_depth_is_reported_where_it_is_reached),
		cmocka_unit_test(brackets_in_strings_do_not_count_as_depth),
		cmocka_unit_test(if_an_object_is_expected_the_error_names_the_type_found),
		cmocka_unit_test(a_member_is_put_behind_those_of_a_rendered_object),
		cmocka_unit_test(bytes_become_a_string_only_as_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
