/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void write_members(struct json_writer *writer)
{
	static const char bytes[] = "a\0\"\\\n\xc3\xa9";

	json_writer_put_text(writer, "text", "plain");
	json_writer_put_text(writer, "nothing", "");
	json_writer_put_bytes(writer, "bytes", bytes, sizeof(bytes) - 1);
	json_writer_put_number(writer, "zero", 0);
	json_writer_put_number(writer, "large", INT64_MAX);
	json_writer_put(writer, "array", json_pack("[i, {s:b}]", 1, "is", 1));
	json_writer_put(writer, "null", json_null());
}

static void text_is_what_the_tree_renders_to(void **state)
{
	struct json_writer tree, text;
	size_t size;

	(void)state;
	json_writer_begin_tree(&tree);
	write_members(&tree);
	json_t *object = json_writer_end_tree(&tree);
	char *expected = json_render(object, NULL);
	json_writer_begin_text(&text);
	write_members(&text);
	char *written = json_writer_end_text(&text, &size);
	assert_string_equal(written, expected);
	assert_int_equal(size, strlen(written));
	free(written);
	free(expected);
	json_decref(object);
}

static void an_object_without_members_is_one(void **state)
{
	struct json_writer text;
	size_t size;

	(void)state;
	json_writer_begin_text(&text);
	char *written = json_writer_end_text(&text, &size);
	assert_string_equal(written, "{}");
	assert_int_equal(size, 2);
	free(written);
}

static void members_that_are_text_already_stand_behind_others_or_first(void **state)
{
	struct json_writer text;
	size_t size;

	(void)state;
	json_writer_begin_text(&text);
	json_writer_put_members(&text, "\"a\":1");
	json_writer_put_members(&text, "\"b\":[],\"c\":{}");
	json_writer_put_number(&text, "d", 2);
	char *written = json_writer_end_text(&text, &size);
	assert_string_equal(written, "{\"a\":1,\"b\":[],\"c\":{},\"d\":2}");
	free(written);
}

/* Whatever the room is when a member comes. */
static void a_long_object_is_whole(void **state)
{
	struct json_writer text;
	size_t size;

	(void)state;
	json_writer_begin_text(&text);
	for (unsigned i = 1000; i < 2000; i++)
		json_writer_put_number(&text, "key", i);
	char *written = json_writer_end_text(&text, &size);
	assert_int_equal(size, 1000 * strlen(",\"key\":1000") + strlen("}"));
	assert_int_equal(strlen(written), size);
	assert_non_null(strstr(written, "{\"key\":1000,\"key\":1001,"));
	assert_non_null(strstr(written, ",\"key\":1998,\"key\":1999}"));
	free(written);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_what_the_tree_renders_to),
		cmocka_unit_test(an_object_without_members_is_one),
		cmocka_unit_test(members_that_are_text_already_stand_behind_others_or_first),
		cmocka_unit_test(a_long_object_is_whole),
	};

	return cmocka_run_group_tests_name("json_writer", tests, NULL, NULL);
}
