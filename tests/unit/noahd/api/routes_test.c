/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "noahd/api/routes.h"

static void get(struct http_call *call)
{
	(void)call;
}

static const struct operation renewal = { 0 }, put = { .renewal = &renewal }, post = { .is_alone = true };

static bool applies_to_short_ones(const struct http_call *call)
{
	return strlen(call->captures[0]) < 3;
}

static bool is_wide(const struct http_call *call)
{
	return strcmp(call->captures[0], "wide") == 0;
}

static char *shown_elsewhere(const struct http_call *call)
{
	(void)call;
	return memory_text("/elsewhere");
}

static const struct route rows[] = {
	{ "/hosts", .get = get, .shown_at = shown_elsewhere },
	{ "/hosts/:host", .get = get, .put = &put, .put_takes = "renew, short" },
	{ "/hosts/:host/rotate", .post = &post },
	{ "/:name", .get = get, .applies = applies_to_short_ones, .flags = ROUTE_BY_ACCEPT },
	{ "/:name", .get = get, .flags = ROUTE_BY_ACCEPT, .by_accept = is_wide },
};
static const struct route_table table = { rows, sizeof(rows) / sizeof(*rows) };

static struct http_target target;
static struct http_call call;

static const struct route *find(const char *raw)
{
	call = (struct http_call){ .target = &target, .body = "" };
	assert_true(http_target_parse_request(raw, &target, NULL));
	return routes_find(&table, &call);
}

static void the_first_row_that_fits_takes_a_call(void **state)
{
	(void)state;
	assert_ptr_equal(find("/hosts/web1"), &rows[1]);
	assert_ptr_equal(call.row, &rows[1]);
	assert_string_equal(call.captures[0], "web1");
	assert_ptr_equal(find("/ab"), &rows[3]);
	assert_ptr_equal(find("/abc"), &rows[4]);
	assert_null(find("/a/b/c/d"));
}

static void a_row_has_an_operation_for_each_method_that_it_names(void **state)
{
	(void)state;
	assert_ptr_equal(route_operation(&rows[1], "PUT"), &put);
	assert_null(route_operation(&rows[1], "POST"));
	assert_null(route_operation(&rows[1], "PATCH"));
	assert_ptr_equal(route_operation(&rows[2], "POST"), &post);
	assert_true(route_reads(&rows[1], "HEAD"));
	assert_false(route_reads(&rows[2], "GET"));
}

static void allow_names_the_methods_of_a_row(void **state)
{
	char allowed[64];

	(void)state;
	route_allow(&rows[1], allowed, sizeof(allowed));
	assert_string_equal(allowed, "GET, HEAD, PUT");
	route_allow(&rows[2], allowed, sizeof(allowed));
	assert_string_equal(allowed, "POST");
}

static void a_put_has_the_parameters_of_its_row_and_no_others(void **state)
{
	struct error err;

	(void)state;
	(void)find("/hosts/web1?short=1");
	assert_true(route_check_parameters(&call, &put, &err));
	(void)find("/hosts/web1?renew=9");
	assert_true(is_renewal(&put, &target));
	assert_false(is_renewal(&post, &target));
	assert_ptr_equal(operation_or_renewal(&put, &target), &renewal);
	assert_true(route_check_parameters(&call, &renewal, &err));
	(void)find("/hosts/web1?shor=1");
	assert_ptr_equal(operation_or_renewal(&put, &target), &put);
	assert_false(route_check_parameters(&call, &put, &err));
	assert_non_null(strstr(err.text, "\"shor\""));
	assert_non_null(strstr(err.text, "renew, short"));
	(void)find("/hosts/web1/rotate?short=1");
	assert_false(route_check_parameters(&call, &post, &err));
	assert_non_null(strstr(err.text, "none"));
}

static void what_a_row_shows_stands_at_its_own_path_or_where_it_says(void **state)
{
	static const char *const raw[] = { "/hosts", "/hosts/web1" }, *const expected[] = { "/elsewhere", "/hosts/web1" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		(void)find(raw[i]);
		char *path = route_path(&call);
		assert_string_equal(path, expected[i]);
		free(path);
	}
}

static void a_row_says_whether_accept_counts_for_a_request(void **state)
{
	(void)state;
	(void)find("/ab");
	assert_true(route_is_by_accept(&call));
	(void)find("/wide");
	assert_true(route_is_by_accept(&call));
	(void)find("/other");
	assert_false(route_is_by_accept(&call));
	(void)find("/hosts/web1");
	assert_false(route_is_by_accept(&call));
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
		cmocka_unit_test(the_first_row_that_fits_takes_a_call),
		cmocka_unit_test(a_row_has_an_operation_for_each_method_that_it_names),
		cmocka_unit_test(allow_names_the_methods_of_a_row),
		cmocka_unit_test(a_put_has_the_parameters_of_its_row_and_no_others),
		cmocka_unit_test(what_a_row_shows_stands_at_its_own_path_or_where_it_says),
		cmocka_unit_test(a_row_says_whether_accept_counts_for_a_request),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}
