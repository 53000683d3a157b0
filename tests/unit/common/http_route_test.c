/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void some_handler(struct http_call *call)
{
	(void)call;
}

static void other_handler(struct http_call *call)
{
	(void)call;
}

enum { ROOT, HOSTS, HOST, SERVICES, WATCH, EPHEMERAL_WATCH, EPHEMERAL };

static const struct http_route table[] = {
	[ROOT] = { "/", .get = some_handler },
	[HOSTS] = { "/hosts", .get = some_handler },
	[HOST] = { "/hosts/:name", .get = some_handler, .put = other_handler, .delete = other_handler },
	[SERVICES] = { "/services/:service/:host/watch", .put = some_handler },
	[WATCH] = { "/watches/:name", .get = some_handler, .flags = HTTP_ROUTE_ANY_NAME },
	[EPHEMERAL_WATCH] = { "/ephemerals/**/watch", .put = some_handler, .flags = HTTP_ROUTE_REST_KEEPS_SLASH },
	[EPHEMERAL] = { "/ephemerals/**", .put = some_handler, .post = some_handler, .flags = HTTP_ROUTE_REST_KEEPS_SLASH },
};

static struct http_target target;
static struct http_call call;

static void expect_row(const char *raw, int row)
{
	call = (struct http_call){ .target = &target };
	assert_true(http_target_parse(raw, &target, NULL));
	const struct http_route *found = http_route_find(table, sizeof(table) / sizeof(*table), &call);
	if (found != (row < 0 ? NULL : &table[row]))
		fail_msg("%s: row %s", raw, found ? found->pattern : "none");
}

static void the_first_matching_row_is_found_with_its_captures(void **state)
{
	(void)state;
	expect_row("/", ROOT);
	expect_row("/hosts", HOSTS);
	expect_row("/hosts/web1", HOST);
	assert_string_equal(call.captures[0], "web1");
	expect_row("/services/http/web1/watch", SERVICES);
	assert_string_equal(call.captures[0], "http");
	assert_string_equal(call.captures[1], "web1");
}

/* The first bytes of a pattern tell rows apart only where they stand for themselves. */
static void a_first_segment_of_any_name_is_captured(void **state)
{
	static const struct http_route rows[] = { { "/a/x", .get = some_handler }, { "/ab", .get = some_handler },
		{ "/:name/x", .get = some_handler }, { "/**", .get = some_handler } };
	static const struct {
		const char *raw;
		size_t row;
	} cases[] = { { "/a/x", 0 }, { "/ab", 1 }, { "/ab/x", 2 }, { "/:/x", 2 }, { "/:b/x", 2 }, { "/*/x", 2 },
		{ "/*b/x", 2 }, { "/a", 3 }, { "/:", 3 }, { "/*", 3 }, { "/abc", 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		call = (struct http_call){ .target = &target };
		assert_true(http_target_parse(cases[i].raw, &target, NULL));
		const struct http_route *found = http_route_find(rows, sizeof(rows) / sizeof(*rows), &call);
		if (found != &rows[cases[i].row])
			fail_msg("%s: row %s", cases[i].raw, found ? found->pattern : "none");
	}
}

static void a_target_without_a_matching_row_is_not_found(void **state)
{
	static const char *const raws[] = { "/host", "/hostss", "/hosts/a/b", "/Hosts", "/services/a/b",
		"/services/a/b/watc", "/ephemerals", "/ephemerals/" };

	(void)state;
	for (size_t i = 0; i < sizeof(raws) / sizeof(*raws); i++)
		expect_row(raws[i], -1);
}

static void a_trailing_slash_is_ignored(void **state)
{
	(void)state;
	expect_row("/hosts/", HOSTS);
	expect_row("/hosts/web1/", HOST);
}

static void the_rest_takes_one_segment_or_more_before_the_word_behind_it(void **state)
{
	(void)state;
	expect_row("/ephemerals/a", EPHEMERAL);
	assert_int_equal(call.rest_first, 1);
	assert_int_equal(call.rest_count, 1);
	expect_row("/ephemerals/a/b/c/", EPHEMERAL);
	assert_int_equal(call.rest_count, 3);
	expect_row("/ephemerals/a/b/watch", EPHEMERAL_WATCH);
	assert_int_equal(call.rest_count, 2);
	expect_row("/ephemerals/watch", EPHEMERAL);
}

static void a_slash_that_the_rest_keeps_stands_between_it_and_the_word(void **state)
{
	(void)state;
	expect_row("/ephemerals/a/watch/", EPHEMERAL);
}

static void an_escaped_slash_matches_only_rows_that_allow_it(void **state)
{
	(void)state;
	expect_row("/watches/a%2Fb", WATCH);
	assert_string_equal(call.captures[0], "a/b");
	expect_row("/hosts/a%2Fb", -1);
	expect_row("/ephemerals/a%2Fb", -1);
}

static void head_is_gets_and_unknown_methods_have_no_handler(void **state)
{
	(void)state;
	assert_ptr_equal(http_route_handler(&table[HOST], "GET"), some_handler);
	assert_ptr_equal(http_route_handler(&table[HOST], "HEAD"), some_handler);
	assert_ptr_equal(http_route_handler(&table[HOST], "PUT"), other_handler);
	assert_null(http_route_handler(&table[HOST], "POST"));
	assert_null(http_route_handler(&table[HOST], "BREW"));
	assert_null(http_route_handler(&table[HOST], "get"));
}

static void allow_lists_the_methods_of_the_row(void **state)
{
	char allow[64];

	(void)state;
	http_route_allow(&table[HOST], allow, sizeof(allow));
	assert_string_equal(allow, "GET, HEAD, PUT, DELETE");
	http_route_allow(&table[EPHEMERAL], allow, sizeof(allow));
	assert_string_equal(allow, "PUT, POST");
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
		cmocka_unit_test(the_first_matching_row_is_found_with_its_captures),
		cmocka_unit_test(a_first_segment_of_any_name_is_captured),
		cmocka_unit_test(a_target_without_a_matching_row_is_not_found),
		cmocka_unit_test(a_trailing_slash_is_ignored),
		cmocka_unit_test(the_rest_takes_one_segment_or_more_before_the_word_behind_it),
		cmocka_unit_test(a_slash_that_the_rest_keeps_stands_between_it_and_the_word),
		cmocka_unit_test(an_escaped_slash_matches_only_rows_that_allow_it),
		cmocka_unit_test(head_is_gets_and_unknown_methods_have_no_handler),
		cmocka_unit_test(allow_lists_the_methods_of_the_row),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
