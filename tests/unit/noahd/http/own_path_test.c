/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/own_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static struct http_target target;

static const struct http_call *call_for(const char *raw)
{
	static struct http_call call = { .target = &target };

	assert_true(http_target_parse_request(raw, &target, NULL));
	return &call;
}

static void expect_before_operation(const char *raw, const char *expected)
{
	char *path = own_path_before_operation(call_for(raw));

	assert_string_equal(path, expected);
	free(path);
}

static void an_object_is_called_as_its_segments_are(void **state)
{
	(void)state;
	assert_string_equal(own_path(call_for("/hosts/web%31?short=true")), "/hosts/web1");
	assert_string_equal(own_path(call_for("http://noah.example/services/a/b")), "/services/a/b");
	assert_string_equal(own_path(call_for("/")), "");
}

static void a_trailing_slash_belongs_to_an_ephemeral_alone(void **state)
{
	(void)state;
	assert_string_equal(own_path(call_for("/ephemerals/a/")), "/ephemerals/a/");
	assert_string_equal(own_path(call_for("/hosts/web1/")), "/hosts/web1");
}

static void an_operation_stands_behind_its_object(void **state)
{
	(void)state;
	expect_before_operation("/hosts/web1/tag", "/hosts/web1");
	expect_before_operation("/hosts/web1/tag/", "/hosts/web1");
	expect_before_operation("/ephemerals/a/watch", "/ephemerals/a");
	expect_before_operation("/ephemerals/a//watch", "/ephemerals/a/");
}

static void a_target_that_was_never_read_has_no_path(void **state)
{
	const struct http_target unread = { 0 };

	(void)state;
	assert_string_equal(own_path(&(struct http_call){ .target = &unread }), "");
}

static int finish(void **state)
{
	(void)state;
	http_target_finish(&target);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_called_as_its_segments_are),
		cmocka_unit_test(a_trailing_slash_belongs_to_an_ephemeral_alone),
		cmocka_unit_test(an_operation_stands_behind_its_object),
		cmocka_unit_test(a_target_that_was_never_read_has_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
