/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_names(char *take_names, const char *expected)
{
	if (expected)
		assert_string_equal(take_names, expected);
	else
		assert_null(take_names);
	free(take_names);
}

static void names_are_joined_each_once_and_in_order(void **state)
{
	(void)state;
	assert_names(names_with(NULL, "a\nb\n"), "a\nb\n");
	assert_names(names_with("a\nb\n", "c\nb\nc\n"), "a\nb\nc\n");
	assert_names(names_with("a\na\n", NULL), "a\n");
	assert_names(names_with(NULL, NULL), NULL);
	assert_names(names_with("", ""), NULL);
}

static void names_are_taken_out_and_none_is_null(void **state)
{
	(void)state;
	assert_names(names_without("a\nb\nc\n", "c\na\n"), "b\n");
	assert_names(names_without("a\nb\n", "ab\n"), "a\nb\n");
	assert_names(names_without("a\n", "a\n"), NULL);
	assert_names(names_without(NULL, "a\n"), NULL);
}

static void a_name_is_found_only_whole(void **state)
{
	(void)state;
	assert_true(names_have("one\ntwo\n", "two"));
	assert_false(names_have("one\ntwo\n", "tw"));
	assert_false(names_have("one\ntwo\n", "one\ntwo"));
	assert_false(names_have(NULL, "one"));
	assert_false(names_have("", ""));
	assert_int_equal(names_count("one\ntwo\n"), 2);
	assert_int_equal(names_count(NULL), 0);
}

static void a_list_is_shown_as_an_array(void **state)
{
	json_t *view = names_view("one\nt\"wo\n"), *none = names_view(NULL);

	(void)state;
	char *text = json_dumps(view, JSON_COMPACT);
	assert_string_equal(text, "[\"one\",\"t\\\"wo\"]");
	assert_int_equal(json_array_size(none), 0);
	free(text);
	json_decref(view);
	json_decref(none);
}

static void a_name_can_be_a_segment_of_a_path(void **state)
{
	static const char *const wrong[] = { "", ".", "..", "a/b", "/", "a\nb", "a\tb", "\x7f", NULL };
	static const char *const good[] = { "a", "...", "a b", "caf\xc3\xa9", "*", "%2F", NULL };
	char longest[257];
	struct error err;

	(void)state;
	for (const char *const *name = good; *name; name++)
		assert_true(name_check("tags", *name, &err));
	for (const char *const *name = wrong; *name; name++) {
		assert_false(name_check("tags", *name, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, "\"tags\""));
	}
	memset(longest, 'x', 256);
	longest[256] = '\0';
	assert_false(name_check("tags", longest, &err));
	assert_true(name_check("tags", longest + 1, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_joined_each_once_and_in_order),
		cmocka_unit_test(names_are_taken_out_and_none_is_null),
		cmocka_unit_test(a_name_is_found_only_whole),
		cmocka_unit_test(a_list_is_shown_as_an_array),
		cmocka_unit_test(a_name_can_be_a_segment_of_a_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
