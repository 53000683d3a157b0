/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_target.h"

#include "common/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct http_target target;

static void parse(const char *raw)
{
	struct error err;

	if (!http_target_parse(raw, &target, &err))
		fail_msg("%s: %s", raw, err.text);
}

static void expect_segments(const char *raw, size_t count, const char *const *segments)
{
	parse(raw);
	assert_int_equal(target.segment_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(target.segments[i], segments[i]);
}

static void expect_refusal(const char *raw, enum error_kind kind)
{
	struct error err;

	if (http_target_parse(raw, &target, &err))
		fail_msg("%s was taken", raw);
	if (err.kind != kind)
		fail_msg("%s: kind %d: %s", raw, err.kind, err.text);
}

static void a_path_is_split_before_it_is_decoded(void **state)
{
	(void)state;
	expect_segments("/", 0, NULL);
	assert_false(target.trailing_slash);
	expect_segments("/hosts", 1, (const char *[]){ "hosts" });
	expect_segments("/services/http/web%31", 3, (const char *[]){ "services", "http", "web1" });
	assert_false(target.slash_in_segment);
	expect_segments("/watches/a%2Fb%2fc", 2, (const char *[]){ "watches", "a/b/c" });
	assert_true(target.slash_in_segment);
	expect_segments("/a+b/c%20d", 2, (const char *[]){ "a+b", "c d" });
	expect_segments("/h%C3%A9llo/h\xc3\xa9llo", 2, (const char *[]){ "h\xc3\xa9llo", "h\xc3\xa9llo" });
	expect_segments("/.../..a/a..", 3, (const char *[]){ "...", "..a", "a.." });
}

static void expect_path(const char *raw, const char *path, const char *whole_path)
{
	parse(raw);
	assert_string_equal(target.path, path);
	assert_string_equal(target.whole_path, whole_path);
}

static void the_path_is_joined_again(void **state)
{
	(void)state;
	expect_path("/", "", "");
	expect_path("/?a=b", "", "");
	expect_path("/services/http/web%31?a=/", "/services/http/web1", "/services/http/web1");
	expect_path("/ephemerals/a%2Fb/", "/ephemerals/a/b", "/ephemerals/a/b/");
	assert_false(http_target_parse("/a/b?c=%zz", &target, NULL));
	assert_string_equal(target.path, "/a/b");
	assert_false(http_target_parse("*", &target, NULL));
	assert_string_equal(target.path, "");
}

static void a_trailing_slash_is_recorded(void **state)
{
	(void)state;
	expect_segments("/a/", 1, (const char *[]){ "a" });
	assert_true(target.trailing_slash);
	expect_segments("/a", 1, (const char *[]){ "a" });
	assert_false(target.trailing_slash);
	expect_segments("/a/b/?x=1", 2, (const char *[]){ "a", "b" });
	assert_true(target.trailing_slash);
}

static void parameters_are_decoded_and_the_first_of_a_name_counts(void **state)
{
	(void)state;
	parse("/a?wait=30&data=a+b%26%3D/?c&flag&wait=1&&=&empty=");
	assert_string_equal(http_target_parameter(&target, "wait"), "30");
	assert_string_equal(http_target_parameter(&target, "data"), "a b&=/?c");
	assert_string_equal(http_target_parameter(&target, "flag"), "");
	assert_string_equal(http_target_parameter(&target, "empty"), "");
	assert_null(http_target_parameter(&target, "missing"));
	assert_int_equal(target.parameter_count, 5);
	parse("/a?");
	assert_int_equal(target.parameter_count, 0);
}

static void a_target_that_is_not_in_origin_form_is_invalid(void **state)
{
	static const char *const targets[] = {
		"",
		"*",
		"a",
		"http://evil/x",
		"//",
		"//a",
		"/a//b",
		"/a//",
		"/.",
		"/..",
		"/a/../b",
		"/%2e%2E/a",
		"/a/%2e",
		"/a%",
		"/a%4",
		"/a%zz",
		"/a%4x",
		"/a%00b",
		"/a%0a",
		"/a%7F",
		"/a\x01",
		"/a\x7f",
		"/a b",
		"/a#b",
		"/%C2%85",
		"/%ff",
		"/%C3",
		"/%C3/%A9",
		"/\xc3",
		"/%ED%A0%80",
		"/a?x=%ff",
		"/a?x=%00",
		"/a?x=%",
		"/a?%zz=1",
		"/a?x=a b",
		"/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		expect_refusal(targets[i], ERROR_INVALID);
}

static void parse_request(const char *raw)
{
	struct error err;

	if (!http_target_parse_request(raw, &target, &err))
		fail_msg("%s: %s", raw, err.text);
}

static void a_request_may_have_a_target_in_absolute_form(void **state)
{
	static const struct {
		const char *raw, *authority, *first; /* segment; NULL: none */
	} rows[] = {
		{ "/hosts", NULL, "hosts" },
		{ "http://noah.example/hosts", "noah.example", "hosts" },
		{ "HTTPS://noah.example:5678/hosts/a%20b?wait=1", "noah.example:5678", "hosts" },
		{ "http://[::1]:5678/", "[::1]:5678", NULL },
		{ "http://127.0.0.1", "127.0.0.1", NULL },
		{ "http://h?wait=1", "h", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		parse_request(rows[i].raw);
		assert_int_equal(!target.authority, !rows[i].authority);
		if (rows[i].authority)
			assert_string_equal(target.authority, rows[i].authority);
		assert_int_equal(target.segment_count > 0, rows[i].first != NULL);
		if (rows[i].first)
			assert_string_equal(target.segments[0], rows[i].first);
		assert_int_equal(target.parameter_count, strchr(rows[i].raw, '?') ? 1 : 0);
	}
}

static void a_slash_before_the_last_segment_is_recorded(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		parse_request(i ? "/ephemerals/a//tag/?x" : "/ephemerals/a//tag");
		assert_int_equal(target.segment_count, 3);
		assert_string_equal(target.segments[1], "a");
		assert_string_equal(target.segments[2], "tag");
		assert_true(target.slash_before_last);
		assert_int_equal(target.trailing_slash, i);
	}
	parse_request("/ephemerals/a/tag");
	assert_false(target.slash_before_last);
}

static void a_target_that_no_request_may_have_is_invalid(void **state)
{
	static const char *const targets[] = { "", "*", "h:80", "a", "http:", "http:/", "http://", "http:///x",
		"http://:80/x", "http://me@h/x", "http://h\\x/", "http://h#x", "http://h /x", "ftp://h/x", "http//h/x",
		"http://h//x", "//h/x", "//", "//a", "/a//", "/a//?x", "/a//b/c", "/a//b//c", "/a//b//", "/a///b", "//a/b",
		"/a//..", "http://h\xc3\xa9/x" };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct error err;
		if (http_target_parse_request(targets[i], &target, &err))
			fail_msg("%s was taken", targets[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

/* "/" and so many of the character; free() it. */
static char *long_name(size_t size, char character)
{
	char *raw = memory_zeroed(size + 2, 1);

	raw[0] = '/';
	memset(raw + 1, character, size);
	return raw;
}

static void expect_longest(const char *before, size_t fits, char character)
{
	for (size_t size = fits; size <= fits + 1; size++) {
		char *name = long_name(size, character);
		char *raw = memory_format("%s%s", before, name);
		if (size == fits)
			parse(raw);
		else
			expect_refusal(raw, ERROR_TOO_LARGE);
		free(name);
		free(raw);
	}
}

static void a_target_beyond_the_limits_is_too_large(void **state)
{
	(void)state;
	expect_longest("/a?", HTTP_TARGET_BYTES_MAX - 4, 'a');
}

static void a_name_that_is_too_long_is_reported(void **state)
{
	(void)state;
	for (size_t size = HTTP_TARGET_NAME_BYTES_MAX; size <= HTTP_TARGET_NAME_BYTES_MAX + 1; size++) {
		char *raw = long_name(size, 'a');
		parse(raw);
		assert_int_equal(target.long_segment, size > HTTP_TARGET_NAME_BYTES_MAX);
		free(raw);
	}
}

static void a_path_has_a_limit_of_its_own(void **state)
{
	char raw[HTTP_TARGET_PATH_BYTES_MAX + 3];

	(void)state;
	for (size_t size = HTTP_TARGET_PATH_BYTES_MAX; size <= HTTP_TARGET_PATH_BYTES_MAX + 1; size++) {
		for (size_t i = 0; i < size; i++)
			raw[i] = i % 128 == 0 ? '/' : 'a';
		raw[size - 1] = 'b';
		raw[size] = '\0';
		if (size <= HTTP_TARGET_PATH_BYTES_MAX)
			parse(raw);
		else
			expect_refusal(raw, ERROR_TOO_LARGE);
	}
}

static void there_is_a_limit_of_segments(void **state)
{
	char raw[2 * HTTP_TARGET_SEGMENTS_MAX + 3] = "";

	(void)state;
	for (size_t i = 0; i < HTTP_TARGET_SEGMENTS_MAX; i++)
		memcpy(raw + 2 * i, "/a", 3);
	parse(raw);
	memcpy(raw + 2 * HTTP_TARGET_SEGMENTS_MAX, "/a", 3);
	expect_refusal(raw, ERROR_TOO_LARGE);
}

static void a_target_takes_as_much_memory_as_it_needs(void **state)
{
	(void)state;
	http_target_finish(&target);
	parse("/ephemerals/chef/notify?wait=30");
	assert_true(target.memory_bytes < 100);
	parse("/a");
	assert_string_equal(target.segments[0], "a");
	http_target_finish(&target);
	assert_null(target.memory);
	parse("/?=&=&a&&b=");
	assert_int_equal(target.parameter_count, 2);
}

static int finish(void **state)
{
	(void)state;
	http_target_finish(&target);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_split_before_it_is_decoded),
		cmocka_unit_test(the_path_is_joined_again),
		cmocka_unit_test(a_trailing_slash_is_recorded),
		cmocka_unit_test(parameters_are_decoded_and_the_first_of_a_name_counts),
		cmocka_unit_test(a_target_that_is_not_in_origin_form_is_invalid),
		cmocka_unit_test(a_request_may_have_a_target_in_absolute_form),
		cmocka_unit_test(a_slash_before_the_last_segment_is_recorded),
		cmocka_unit_test(a_target_that_no_request_may_have_is_invalid),
		cmocka_unit_test(a_target_beyond_the_limits_is_too_large),
		cmocka_unit_test(a_name_that_is_too_long_is_reported),
		cmocka_unit_test(a_path_has_a_limit_of_its_own),
		cmocka_unit_test(there_is_a_limit_of_segments),
		cmocka_unit_test(a_target_takes_as_much_memory_as_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
