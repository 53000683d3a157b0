/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "noahd/api/rights.h"
#include "noahd/api/routes.h"
#include "noahd/http/caller.h"
#include "tests/unit/noahd/tokens.h"

#define RULE(path, right) "{\"path\":\"" path "\",\"allow\":[\"" right "\"]}"

/* "/b/<name>" beside "/a/<name>". */
static bool names_other(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *path = memory_join("/b/", call->captures[0]);
	bool goes_on = visit(context, path);

	(void)body;
	free(path);
	return goes_on;
}

/* "/c/<name>", which the body has. */
static bool names_in_body(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *path = memory_join("/c/", json_string_value(json_object_get(body, "name")));
	bool goes_on = visit(context, path);

	(void)call;
	free(path);
	return goes_on;
}

static bool is_mine(const struct http_call *call, const json_t *body)
{
	(void)body;
	return strcmp(call->captures[0], "mine") == 0;
}

static const struct operation plain = { 0 }, with_body = { .names = names_in_body },
                              watching = { .rights = ACCESS_READ | ACCESS_WATCH },
                              elsewhere = { .names_elsewhere = true }, own = { .is_own = is_mine },
                              members = { .acts_on_members = true };

static const struct route rows[] = {
	{ "/a/:name", .names = names_other },
	{ "/list", .flags = ROUTE_LISTS },
	{ "/open", .flags = ROUTE_FOR_ALL },
	{ .pattern = "/d/:name" },
};
static const struct route_table routes = { rows, sizeof(rows) / sizeof(*rows) };

static struct token_table *table;
static struct http_target target;
static struct http_call call;

static int up(void **state)
{
	(void)state;
	table = token_table_create();
	return 0;
}

static int down(void **state)
{
	(void)state;
	http_target_finish(&target);
	token_table_destroy(table);
	return 0;
}

/* A call for that target by a token with these rules. */
static const struct http_call *call_by(const char *rules, const char *raw)
{
	call = (struct http_call){ .target = &target, .body = "", .caller = tokens_set(table, "chef", rules) };
	assert_true(http_target_parse_request(raw, &target, NULL));
	assert_non_null(routes_find(&routes, &call));
	return &call;
}

static void a_read_needs_its_path_and_what_the_path_names(void **state)
{
	(void)state;
	assert_true(rights_check_read(call_by("[" RULE("/a", "read") "," RULE("/b/x", "read") "]", "/a/x"), NULL));
	assert_false(rights_check_read(call_by("[" RULE("/a", "read") "]", "/a/x"), NULL));
	assert_false(rights_check_read(call_by("[" RULE("/b", "read") "]", "/a/x"), NULL));
}

static void a_list_needs_something_of_what_it_shows_and_an_open_route_nothing(void **state)
{
	(void)state;
	assert_true(rights_check_read(call_by("[" RULE("/list/one", "read") "]", "/list"), NULL));
	assert_false(rights_check_read(call_by("[" RULE("/a", "read") "]", "/list"), NULL));
	assert_true(rights_check_read(call_by("[]", "/open"), NULL));
}

static void a_write_needs_the_right_to_write_unless_it_says_which(void **state)
{
	(void)state;
	assert_true(rights_check_write(call_by("[" RULE("/d", "write") "]", "/d/x"), &plain, NULL));
	assert_false(rights_check_write(call_by("[" RULE("/d", "read") "]", "/d/x"), &plain, NULL));
	assert_false(rights_check_write(call_by("[" RULE("/d", "read") "]", "/d/x"), &watching, NULL));
	assert_true(rights_check_write(call_by("[" RULE("/d", "read\",\"watch") "]", "/d/x"), &watching, NULL));
	assert_true(rights_check_write(call_by("[]", "/d/x"), &elsewhere, NULL));
	assert_false(rights_check_write(call_by("[" RULE("/d", "read") "]", "/d/x"), NULL, NULL));
}

static void what_is_the_callers_own_needs_none(void **state)
{
	(void)state;
	assert_true(rights_check_write(call_by("[]", "/d/mine"), &own, NULL));
	assert_false(rights_check_write(call_by("[]", "/d/yours"), &own, NULL));
}

static void members_are_judged_one_by_one_later(void **state)
{
	(void)state;
	assert_true(rights_check_write(call_by("[" RULE("/d/x/one", "write") "]", "/d/x"), &members, NULL));
	assert_false(rights_check_write(call_by("[" RULE("/d/x/one", "read") "]", "/d/x"), &members, NULL));
}

static void what_a_body_names_counts_too(void **state)
{
	json_t *body = json_pack("{s:s}", "name", "y");
	struct error err;

	(void)state;
	assert_true(rights_check_whole_write(call_by("[" RULE("/d", "write") "," RULE("/c/y", "write") "]", "/d/x"),
	    &with_body, body, NULL));
	assert_false(rights_check_whole_write(call_by("[" RULE("/d", "write") "]", "/d/x"), &with_body, body, &err));
	assert_non_null(strstr(err.text, "/c/y"));
	json_decref(body);
}

static void without_the_right_to_read_an_answer_has_names_alone(void **state)
{
	json_t *answer = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "result", "success", "id", "1", "status", "up", "host",
	    "name", "web1", "action", "create");

	(void)state;
	assert_false(rights_show_answer(call_by("[" RULE("/d", "write") "]", "/d/x"), &plain, NULL));
	assert_true(rights_show_answer(call_by("[" RULE("/d", "read") "]", "/d/x"), &plain, NULL));
	rights_prune_answer(answer);
	char *text = json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, "{\"host\":{\"name\":\"web1\"},\"id\":\"1\",\"result\":\"success\"}");
	free(text);
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_read_needs_its_path_and_what_the_path_names, up, down),
		cmocka_unit_test_setup_teardown(a_list_needs_something_of_what_it_shows_and_an_open_route_nothing, up, down),
		cmocka_unit_test_setup_teardown(a_write_needs_the_right_to_write_unless_it_says_which, up, down),
		cmocka_unit_test_setup_teardown(what_is_the_callers_own_needs_none, up, down),
		cmocka_unit_test_setup_teardown(members_are_judged_one_by_one_later, up, down),
		cmocka_unit_test_setup_teardown(what_a_body_names_counts_too, up, down),
		cmocka_unit_test_setup_teardown(without_the_right_to_read_an_answer_has_names_alone, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
