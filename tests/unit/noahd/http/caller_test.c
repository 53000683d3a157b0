/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "noahd/http/caller.h"
#include "tests/unit/noahd/tokens.h"

#define READ_HOSTS "[{\"path\":\"/hosts\",\"allow\":[\"read\"]}]"
#define READ_ALL "[{\"path\":\"/\",\"allow\":[\"read\"]}]"

static struct token_table *table;

static int up(void **state)
{
	(void)state;
	table = token_table_create();
	return 0;
}

static int down(void **state)
{
	(void)state;
	token_table_destroy(table);
	return 0;
}

/* A call of the token with these rules. */
static struct http_call call_of(const char *name, const char *rules)
{
	return (struct http_call){ .caller = tokens_set(table, name, rules) };
}

static void without_tokens_everyone_may_do_everything(void **state)
{
	const struct http_call anonymous = { .caller = token_table_anonymous(table) };

	(void)state;
	assert_false(caller_is_controlled(&anonymous));
	assert_true(caller_may(&anonymous, ACCESS_ADMIN, "/tokens/a"));
	assert_true(caller_sees_all(&anonymous));
	(void)tokens_set(table, "chef", READ_ALL);
	assert_true(caller_is_controlled(&anonymous));
	assert_false(caller_may(&anonymous, ACCESS_READ, "/hosts"));
	assert_false(caller_sees_all(&anonymous));
}

static void a_call_without_a_caller_is_of_noahd_itself(void **state)
{
	const struct http_call own = { 0 };

	(void)state;
	(void)tokens_set(table, "chef", READ_ALL);
	assert_false(caller_is_controlled(&own));
	assert_true(caller_may(&own, ACCESS_ADMIN, "/tokens/a"));
}

static void a_token_may_what_its_rules_say_as_they_are_now(void **state)
{
	const struct http_call call = call_of("chef", READ_HOSTS);

	(void)state;
	assert_string_equal(caller_token_name(&call), "chef");
	assert_true(caller_may(&call, ACCESS_READ, "/hosts/web1"));
	assert_false(caller_may(&call, ACCESS_READ, "/services"));
	assert_false(caller_may(&call, ACCESS_WRITE, "/hosts/web1"));
	(void)tokens_set(table, "chef", READ_ALL);
	assert_true(caller_may(&call, ACCESS_READ, "/services"));
}

static void what_is_missing_is_named(void **state)
{
	const struct http_call call = call_of("chef", READ_HOSTS), anonymous = { .caller = token_table_anonymous(table) };
	struct error err;

	(void)state;
	assert_false(caller_check(&call, ACCESS_WRITE, "/hosts/web1", &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_non_null(strstr(err.text, "\"chef\""));
	assert_non_null(strstr(err.text, "\"write\""));
	assert_non_null(strstr(err.text, "/hosts/web1"));
	assert_true(caller_was_refused(&err));
	assert_false(caller_check(&anonymous, ACCESS_READ, "/hosts", &err));
	assert_int_equal(err.kind, ERROR_UNAUTHENTICATED);
	assert_true(caller_was_refused(&err));
	error_set(&err, ERROR_CONFLICT, "another reason");
	assert_false(caller_was_refused(&err));
}

static void some_of_what_is_below_a_path_is_enough_to_ask_for_it(void **state)
{
	const struct http_call call = call_of("chef", "[{\"path\":\"/hosts/web1\",\"allow\":[\"read\"]}]");

	(void)state;
	assert_true(caller_check_some(&call, ACCESS_READ, "/hosts", NULL));
	assert_false(caller_check_some(&call, ACCESS_READ, "/services", NULL));
	assert_false(caller_check_some(&call, ACCESS_WRITE, "/hosts", NULL));
}

static void a_set_is_seen_when_all_that_its_objects_show_is(void **state)
{
	const struct http_call call = call_of("chef", READ_HOSTS), all = call_of("root", READ_ALL);

	(void)state;
	assert_true(caller_sees_set(&all, OBJECT_HOST));
	assert_false(caller_sees_set(&call, OBJECT_SERVICE));
	assert_false(caller_sees_whole(&call, OBJECT_HOST)); /* hosts show their services */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_tokens_everyone_may_do_everything, up, down),
		cmocka_unit_test_setup_teardown(a_call_without_a_caller_is_of_noahd_itself, up, down),
		cmocka_unit_test_setup_teardown(a_token_may_what_its_rules_say_as_they_are_now, up, down),
		cmocka_unit_test_setup_teardown(what_is_missing_is_named, up, down),
		cmocka_unit_test_setup_teardown(some_of_what_is_below_a_path_is_enough_to_ask_for_it, up, down),
		cmocka_unit_test_setup_teardown(a_set_is_seen_when_all_that_its_objects_show_is, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
