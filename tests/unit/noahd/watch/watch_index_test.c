/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/watch_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void count_visit(void *context, struct watch_index_entry *entry)
{
	(void)entry;
	++*(size_t *)context;
}

static size_t matches(const struct watch_index *index, const char *path)
{
	size_t count = 0;
	watch_index_match(index, path, count_visit, &count);
	return count;
}

static void each_entry_at_or_above_the_path_is_visited_once(void **state)
{
	static const char *const patterns[] = { "//noah", "//noah/hosts", "//noah/hosts/web1", "//noah/hosts/web1",
		"//noah/hosts/web10", "//noah/*/web1", "//noah/hosts/*", "//noah/hosts/web1/services/*" };
	enum { COUNT = sizeof(patterns) / sizeof(*patterns) };
	struct watch_index_entry entries[COUNT] = { 0 };
	struct watch_index *index = watch_index_create();

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		assert_true(watch_index_add(index, &entries[i], patterns[i], NULL));
	assert_int_equal(matches(index, "/hosts/web1"), 6);
	assert_int_equal(matches(index, "/hosts/web1/services/http"), 7);
	assert_int_equal(matches(index, "/hosts/web10"), 4);
	assert_int_equal(matches(index, "/hosts"), 2);
	assert_int_equal(matches(index, "/services/http"), 1);
	watch_index_destroy(index);
}

static void a_removed_entry_is_not_visited_any_more(void **state)
{
	struct watch_index_entry all = { 0 }, one = { 0 }, any = { 0 };
	struct watch_index *index = watch_index_create();

	(void)state;
	assert_true(watch_index_add(index, &all, "//noah", NULL));
	assert_true(watch_index_add(index, &one, "//noah/hosts/web1", NULL));
	assert_true(watch_index_add(index, &any, "//noah/*/web1", NULL));
	watch_index_remove(&one);
	watch_index_remove(&one);
	assert_int_equal(matches(index, "/hosts/web1"), 2);
	watch_index_remove(&any);
	assert_int_equal(matches(index, "/hosts/web1"), 1);
	watch_index_remove(&all);
	assert_int_equal(matches(index, "/hosts/web1"), 0);
	watch_index_destroy(index);
}

static void a_malformed_pattern_is_not_added(void **state)
{
	struct watch_index_entry entry = { 0 };
	struct watch_index *index = watch_index_create();
	struct error err;

	(void)state;
	assert_false(watch_index_add(index, &entry, "//noah/..", &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	watch_index_remove(&entry);
	watch_index_destroy(index);
}

static size_t cost(const struct watch_index *index, const char *path)
{
	size_t count = 0;
	return watch_index_match(index, path, count_visit, &count);
}

static void entries_that_do_not_match_cost_nothing(void **state)
{
	enum { OTHERS = 100000 };
	static const struct {
		const char *before, *behind; /* a number */
	} shapes[] = { { "//noah/ephemerals/chef", "" }, { "//noah/ephemerals/chef/other", "" },
		{ "//noah/ephemerals/*/other", "" }, { "//noah/hosts/", "" }, { "//noah/tags/t", "/hosts" },
		{ "//noah/ephemerals/chef/notify/web", "" } };
	enum { SHAPES = sizeof(shapes) / sizeof(*shapes) };
	static const char path[] = "/ephemerals/chef/notify/web1";
	struct watch_index_entry wanted[2] = { 0 };
	struct watch_index_entry *others = calloc(OTHERS, sizeof(*others));
	struct watch_index *index = watch_index_create();
	char pattern[64];

	(void)state;
	assert_true(watch_index_add(index, &wanted[0], "//noah/ephemerals/chef/notify/web1", NULL));
	assert_true(watch_index_add(index, &wanted[1], "//noah/ephemerals/*/notify", NULL));
	size_t alone = cost(index, path);
	assert_int_equal(alone, 7); /* the root, four along the path, two along the star */
	for (int i = 0; i < OTHERS; i++) {
		snprintf(pattern, sizeof(pattern), "%s%d%s", shapes[i % SHAPES].before, i + 2, shapes[i % SHAPES].behind);
		assert_true(watch_index_add(index, &others[i], pattern, NULL));
	}
	assert_int_equal(cost(index, path), alone);
	assert_int_equal(matches(index, path), 2);
	watch_index_destroy(index);
	free(others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_at_or_above_the_path_is_visited_once),
		cmocka_unit_test(a_removed_entry_is_not_visited_any_more),
		cmocka_unit_test(a_malformed_pattern_is_not_added),
		cmocka_unit_test(entries_that_do_not_match_cost_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
