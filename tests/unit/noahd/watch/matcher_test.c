/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/matcher.h"

#include "changes.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CHANGES_MAX = 4, PATTERNS_MAX = 3 };

/* One write and a few watches; expected: "<watch>:<revision>:<acknowledges>" for each delivery, in order. */
struct scenario {
	const char *what;
	struct {
		uint64_t revision;
		const char *path, *aliases;
	} changes[CHANGES_MAX];
	const char *patterns[PATTERNS_MAX];
	uint64_t after[PATTERNS_MAX];
	const char *expected;
};

static const struct scenario scenarios[] = {
	{ "a PUT of a service is one delivery to the watch of its host",
	    { { 10, "/hosts/h", "" }, { 11, "/services/s/h", "/hosts/h/services/s\n" } },
	    { "//noah/hosts/h", "//noah/services/s", "//noah/hosts/h/services" }, { 0 }, "0:10:11 1:11:11 2:11:11 " },
	{ "by an alias only the last change of a write is delivered",
	    { { 10, "/hosts/a", "/tags/t/hosts/a\n" }, { 11, "/hosts/b", "/tags/t/hosts/b\n/l/hosts/b\n" },
	        { 12, "/hosts/c", "" } },
	    { "//noah/tags/t", "//noah/l", "//noah/tags/t/hosts/a" }, { 0 }, "2:10:12 0:11:12 1:11:12 " },
	{ "none by an alias where another matched by its own path",
	    { { 10, "/tags/t", "" }, { 11, "/hosts/b", "/tags/t/hosts/b\n" } }, { "//noah/tags/t" }, { 0 }, "0:10:11 " },
	{ "none by an alias where a later one matched by its own path",
	    { { 10, "/hosts/b", "/tags/t/hosts/b\n" }, { 11, "/tags/t", "" } }, { "//noah/tags/t" }, { 0 }, "0:11:11 " },
	{ "each change by its own path",
	    { { 10, "/services/a/h", "" }, { 11, "/services/b/h", "" }, { 12, "/hosts/h", "" } },
	    { "//noah/services", "//noah", "//noah/services/*/h" }, { 0 },
	    "1:10:10 0:10:10 2:10:10 1:11:11 0:11:12 2:11:12 1:12:12 " },
	{ "a change with several matching aliases is delivered once",
	    { { 10, "/hosts/a", "/tags/t/hosts/a\n/tags/t/hosts/a/again\n" } }, { "//noah/tags/t" }, { 0 }, "0:10:10 " },
	{ "a change with matching own path and alias is delivered once", { { 10, "/watches/w", "/watchers/w\n" } },
	    { "//noah" }, { 0 }, "0:10:10 " },
	{ "only what came after the watch", { { 10, "/hosts/a", "" }, { 11, "/hosts/b", "" } },
	    { "//noah/hosts", "//noah/hosts/*" }, { 10, 11 }, "0:11:11 " },
	{ "the rest of a write of which the first part was acknowledged",
	    { { 11, "/hosts/b", "" }, { 12, "/hosts/c", "" } }, { "//noah/hosts" }, { 11 }, "0:12:12 " },
	{ "nothing for who does not match", { { 10, "/hosts/web10", "" } }, { "//noah/hosts/web1" }, { 0 }, "" },
};

struct run {
	struct matcher_target targets[PATTERNS_MAX];
	char found[256];
};

static void note(void *context, const struct matcher_delivery *delivery)
{
	struct run *run = context;
	size_t used = strlen(run->found);

	snprintf(run->found + used, sizeof(run->found) - used, "%td:%" PRIu64 ":%" PRIu64 " ",
	    delivery->target - run->targets, delivery->change->revision, delivery->acknowledges);
}

static size_t make_write(const struct scenario *scenario, struct change **changes)
{
	size_t count = 0;

	for (; count < CHANGES_MAX && scenario->changes[count].path; count++) {
		changes[count] = make_change(scenario->changes[count].revision, scenario->changes[0].revision,
		    scenario->changes[count].path, scenario->changes[count].aliases);
	}
	return count;
}

static void play(const struct scenario *scenario)
{
	struct run run = { 0 };
	struct change *changes[CHANGES_MAX];
	struct watch_index *index = watch_index_create();
	struct matcher *matcher = matcher_create(index, NULL, NULL);
	size_t count = make_write(scenario, changes);

	for (size_t i = 0; i < PATTERNS_MAX && scenario->patterns[i]; i++) {
		run.targets[i].after = scenario->after[i];
		assert_true(watch_index_add(index, &run.targets[i].entry, scenario->patterns[i], NULL));
	}
	for (int i = 0; i < 2; i++) { /* the same write again is the same again */
		run.found[0] = '\0';
		matcher_run(matcher, changes, count, note, &run);
		if (strcmp(run.found, scenario->expected))
			fail_msg("%s: %s instead of %s", scenario->what, run.found, scenario->expected);
	}
	for (size_t i = 0; i < count; i++)
		change_release(changes[i]);
	matcher_destroy(matcher);
	watch_index_destroy(index);
}

/* The first target may be told of nothing at /hosts/secret, nor of what it matches by the tag "secret". */
static bool filter(void *context, const struct matcher_target *target, const struct change *change, const char *path)
{
	return target != context || (strcmp(change->record.path, "/hosts/secret") != 0 &&
	                                strncmp(path, "/tags/secret/", strlen("/tags/secret/")));
}

static void a_change_that_a_watch_may_not_get_counts_as_not_matched(void **state)
{
	struct run run = { 0 };
	struct watch_index *index = watch_index_create();
	struct matcher *matcher = matcher_create(index, filter, &run.targets[0]);
	struct change *changes[] = {
		make_change(10, 10, "/hosts/a", "/tags/t/hosts/a\n"),
		make_change(11, 10, "/hosts/secret", "/tags/t/hosts/secret\n"),
	};

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_true(watch_index_add(index, &run.targets[i].entry, "//noah/tags/t", NULL));
	matcher_run(matcher, changes, 2, note, &run);
	assert_string_equal(run.found, "0:10:11 1:11:11 ");
	for (int i = 0; i < 2; i++)
		change_release(changes[i]);
	matcher_destroy(matcher);
	watch_index_destroy(index);
}

static void a_watch_gets_no_change_by_an_alias_that_it_may_not_read(void **state)
{
	struct run run = { 0 };
	struct watch_index *index = watch_index_create();
	struct matcher *matcher = matcher_create(index, filter, &run.targets[0]);
	struct change *changes[] = {
		make_change(10, 10, "/hosts/a", "/tags/open/hosts/a\n/tags/secret/hosts/a\n"),
		make_change(11, 10, "/hosts/b", "/tags/secret/hosts/b\n"),
	};

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_true(watch_index_add(index, &run.targets[i].entry, "//noah/tags", NULL));
	matcher_run(matcher, changes, 2, note, &run);
	assert_string_equal(run.found, "0:10:11 1:11:11 ");
	for (int i = 0; i < 2; i++)
		change_release(changes[i]);
	matcher_destroy(matcher);
	watch_index_destroy(index);
}

static void note_told(void *context, const struct matcher_delivery *delivery)
{
	struct run *run = context;
	size_t used = strlen(run->found);

	snprintf(run->found + used, sizeof(run->found) - used, "%td:%zu ", delivery->target - run->targets, delivery->told);
}

/* The second has it already, the third was registered later: only what is for both counts. */
static void a_delivery_has_the_number_of_watches_of_its_change(void **state)
{
	struct run run = { 0 };
	struct watch_index *index = watch_index_create();
	struct matcher *matcher = matcher_create(index, NULL, NULL);
	struct change *changes[] = {
		make_change(10, 10, "/hosts/a", "/tags/t/hosts/a\n"),
		make_change(11, 10, "/hosts/b", "/tags/t/hosts/b\n/hosts/again\n"),
	};

	(void)state;
	assert_true(watch_index_add(index, &run.targets[0].entry, "//noah/hosts", NULL));
	assert_true(watch_index_add(index, &run.targets[1].entry, "//noah/tags/t", NULL));
	assert_true(watch_index_add(index, &run.targets[2].entry, "//noah", NULL));
	run.targets[1].after = 11;
	run.targets[2].registered = run.targets[2].after = 10;
	matcher_run(matcher, changes, 2, note_told, &run);
	assert_string_equal(run.found, "0:1 2:3 0:3 ");
	for (int i = 0; i < 2; i++)
		change_release(changes[i]);
	matcher_destroy(matcher);
	watch_index_destroy(index);
}

static void a_watch_gets_what_it_matches_by_own_path_or_else_the_last_by_an_alias(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		play(&scenarios[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_that_a_watch_may_not_get_counts_as_not_matched),
		cmocka_unit_test(a_watch_gets_no_change_by_an_alias_that_it_may_not_read),
		cmocka_unit_test(a_delivery_has_the_number_of_watches_of_its_change),
		cmocka_unit_test(a_watch_gets_what_it_matches_by_own_path_or_else_the_last_by_an_alias),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
