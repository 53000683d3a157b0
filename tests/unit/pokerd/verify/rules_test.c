/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LIST(...)                                                            \
	{                                                                        \
		(char *[]){ __VA_ARGS__, NULL }, LENGTH(((char *[]){ __VA_ARGS__ })) \
	}

static void a_pattern_stands_for_its_path_and_all_below_by_whole_segments(void **state)
{
	static const struct {
		const char *pattern, *location;
		bool matches;
	} rows[] = {
		{ "//noah", "/hosts/web1", true },
		{ "//noah/", "/hosts/web1", true },
		{ "//noah/hosts/web1", "/hosts/web1", true },
		{ "//noah/hosts/web1/", "/hosts/web1", true },
		{ "//noah/hosts/web1", "/hosts/web10", false },
		{ "//noah/hosts/web10", "/hosts/web1", false },
		{ "//noah/hosts/web1", "/hosts", false },
		{ "//noah/ephemerals/chef", "/ephemerals/chef/notify/localhost", true },
		{ "//noah/services/*/web1", "/services/http/web1", true },
		{ "//noah/services/*/web1", "/services/http/web2", false },
		{ "//noah/services/*", "/services", false },
		{ "//noah/services/h*", "/services/http", false },
		{ "//noah/hosts/caf%C3%A9", "/hosts/caf%c3%a9", true },
		{ "//noah/hosts/web1", "/hosts/../hosts/web1", false },
		{ "//noah/hosts/web1", "hosts/web1", false },
		{ "//noah/hosts/web1", "", false },
		{ "/hosts/web1", "/hosts/web1", false },
		{ "//noahx/hosts", "/hosts/web1", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (rule_pattern_matches(rows[i].pattern, rows[i].location) != rows[i].matches)
			fail_msg("%s, %s: should be %d", rows[i].pattern, rows[i].location, rows[i].matches);
}

static void a_malformed_pattern_is_refused(void **state)
{
	static const char *const good[] = { "//noah", "//noah/", "//noah/hosts/*/x", "//noah/application/x" };
	static const char *const bad[] = { "", "//noa", "//noahhosts", "/hosts", "//noah//hosts", "//noah/..", "//noah/%zz",
		"//noah/hosts?x=1", "//noah/a%00b" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		assert_true(rule_pattern_check(good[i], &err));
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_false(rule_pattern_check(bad[i], &err));
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void the_first_matching_rule_applies_to_a_poke(void **state)
{
	struct rule_settings list[] = {
		{ .path = "/a", .patterns = LIST("//noah/hosts"), .actions = LIST("create"), .keys = LIST("one") },
		{ .path = "/",
		    .patterns = LIST("//noah/x", "//noah/hosts"),
		    .actions = LIST("create", "update"),
		    .keys = LIST("one") },
		{ .path = "/",
		    .patterns = LIST("//noah"),
		    .actions = LIST("create", "update", "delete"),
		    .keys = LIST("two", "one") },
	};
	const struct setting_groups rules = { list, LENGTH(list) };
	const struct {
		struct rule_question question;
		size_t rule;
	} rows[] = {
		{ { "/a", "/hosts/h", "create", true, "one" }, 0 },
		{ { "/", "/hosts/h", "update", true, "one" }, 1 },
		{ { "/", "/hosts/h", "delete", true, "one" }, 2 },
		{ { "/", "/hosts/h", "create", true, "two" }, 2 },
		{ { "/", "/services/s", "create", true, "one" }, 2 },
		{ { "/a", "/hosts/h", "delete", true, "one" }, SIZE_MAX },
		{ { "/a", "/hosts/h", "create", true, "two" }, SIZE_MAX },
		{ { "/b", "/hosts/h", "create", true, "one" }, SIZE_MAX },
		{ { "/a", "/services/s", "create", true, "one" }, SIZE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		size_t rule = SIZE_MAX;
		assert_int_equal(rules_find(&rules, &rows[i].question, &rule), rows[i].rule != SIZE_MAX);
		assert_int_equal(rule, rows[i].rule);
	}
}

static void a_rule_for_changes_leaves_a_write_that_changed_nothing_to_the_next(void **state)
{
	struct rule_settings list[] = {
		{ .path = "/",
		    .patterns = LIST("//noah"),
		    .actions = LIST("update"),
		    .keys = LIST("one"),
		    .when = RULE_WHEN_CHANGED },
		{ .path = "/", .patterns = LIST("//noah/hosts"), .actions = LIST("update"), .keys = LIST("one") },
	};
	const struct setting_groups rules = { list, LENGTH(list) };
	const struct {
		struct rule_question question;
		size_t rule;
	} rows[] = {
		{ { "/", "/hosts/h", "update", true, "one" }, 0 },
		{ { "/", "/hosts/h", "update", false, "one" }, 1 },
		{ { "/", "/services/s", "update", true, "one" }, 0 },
		{ { "/", "/services/s", "update", false, "one" }, SIZE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		size_t rule = SIZE_MAX;
		assert_int_equal(rules_find(&rules, &rows[i].question, &rule), rows[i].rule != SIZE_MAX);
		assert_int_equal(rule, rows[i].rule);
	}
}

static void a_rule_is_found_by_its_path(void **state)
{
	struct rule_settings list[] = { { .path = "/a" }, { .path = "/b" }, { .path = "/b" } };
	const struct setting_groups rules = { list, LENGTH(list) };
	size_t rule = 9;

	(void)state;
	assert_true(rules_find_path(&rules, "/b", &rule));
	assert_int_equal(rule, 1);
	assert_false(rules_find_path(&rules, "/c", &rule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_stands_for_its_path_and_all_below_by_whole_segments),
		cmocka_unit_test(a_malformed_pattern_is_refused),
		cmocka_unit_test(the_first_matching_rule_applies_to_a_poke),
		cmocka_unit_test(a_rule_for_changes_leaves_a_write_that_changed_nothing_to_the_next),
		cmocka_unit_test(a_rule_is_found_by_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
