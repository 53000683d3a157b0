/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "noahd/registry/aliases.h"
#include "noahd/registry/pattern.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* The paths at which a change of an object happens, beside its own. */
static void every_object_has_the_paths_of_the_protocol(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *path, *tags, *links;
		const char *shown_in[3];
		const char *aliases;
	} cases[] = {
		{ OBJECT_HOST, "/hosts/web1", NULL, NULL, { 0 }, "" },
		{ OBJECT_HOST, "/hosts/web1", "a\nb\n", "/l\n", { 0 },
		    "/tags/a/hosts/web1\n/tags/b/hosts/web1\n/l/hosts/web1\n" },
		{ OBJECT_SERVICE, "/services/http/web1", NULL, NULL, { 0 }, "/hosts/web1/services/http\n" },
		{ OBJECT_SERVICE, "/services/http/web1", "a\n", "/l\n", { 0 },
		    "/hosts/web1/services/http\n/tags/a/services/http/web1\n/l/services/http/web1\n" },
		{ OBJECT_APPLICATION, "/applications/shop", "a\n", NULL, { 0 }, "/tags/a/applications/shop\n" },
		{ OBJECT_CONFIGURATION, "/configurations/db", NULL, NULL, { 0 }, "" },
		{ OBJECT_CONFIGURATION, "/configurations/db", NULL, "/l\n", { "/applications/shop", "/applications/blog" },
		    "/applications/shop/configurations/db\n/applications/blog/configurations/db\n/l/configurations/db\n" },
		{ OBJECT_EPHEMERAL, "/ephemerals/chef/notify", NULL, NULL, { 0 }, "" },
		{ OBJECT_EPHEMERAL, "/ephemerals/chef/notify", "a\n", "/l\n", { 0 },
		    "/tags/a/ephemerals/chef/notify\n/l/ephemerals/chef/notify\n" },
		{ OBJECT_TAG, "/tags/a", NULL, NULL, { 0 }, "" },
		{ OBJECT_LINK, "/l", NULL, NULL, { 0 }, "/links/l\n" },
		{ OBJECT_WATCH, "/watches/aa/bb==", NULL, NULL, { 0 }, "/watchers/aa/bb==\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct record record = { .kind = cases[i].kind,
			.path = (char *)cases[i].path,
			.tags = (char *)cases[i].tags,
			.links = (char *)cases[i].links };
		char *aliases = aliases_of(&record, cases[i].shown_in);
		assert_string_equal(aliases, cases[i].aliases);
		free(aliases);
	}
}

/* Which watches get a change of an object: 1 by its own path, 2 by one of its aliases. */
static void a_pattern_stands_for_an_object_by_its_own_path_or_by_an_alias(void **state)
{
	static const char *const shown_in[] = { "/applications/shop", NULL };
	static const struct record service = { .kind = OBJECT_SERVICE,
		.path = (char *)"/services/http/web1",
		.tags = (char *)"production\n",
		.links = (char *)"/myorg\n" };
	static const struct record configuration = { .kind = OBJECT_CONFIGURATION, .path = (char *)"/configurations/db" };
	static const struct record link = { .kind = OBJECT_LINK, .path = (char *)"/myorg" };
	static const struct {
		const struct record *record;
		const char *pattern;
		int expected;
	} cases[] = {
		{ &service, "//noah", 1 },
		{ &service, "//noah/services/http", 1 },
		{ &service, "//noah/services/*/web1", 1 },
		{ &service, "//noah/hosts/web1", 2 },
		{ &service, "//noah/hosts/*/services/http", 2 },
		{ &service, "//noah/hosts/web10", 0 },
		{ &service, "//noah/tags/production", 2 },
		{ &service, "//noah/tags/production/services", 2 },
		{ &service, "//noah/tags/production/hosts", 0 },
		{ &service, "//noah/tags/*/services/http/web1", 2 },
		{ &service, "//noah/tags/prod", 0 },
		{ &service, "//noah/myorg", 2 },
		{ &service, "//noah/myorg/services/http/web1", 2 },
		{ &service, "//noah/links/myorg", 0 },
		{ &configuration, "//noah/applications/shop", 2 },
		{ &configuration, "//noah/applications/shop/configurations/db", 2 },
		{ &configuration, "//noah/applications/blog", 0 },
		{ &link, "//noah/myorg", 1 },
		{ &link, "//noah/links", 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const bool is_shown = cases[i].record == &configuration;
		char *aliases = aliases_of(cases[i].record, is_shown ? shown_in : NULL);
		int found = pattern_matches(cases[i].pattern, cases[i].record->path);
		for (char *path = strtok(aliases, "\n"); path && !found; path = strtok(NULL, "\n"))
			found = 2 * pattern_matches(cases[i].pattern, path);
		if (found != cases[i].expected)
			fail_msg("%s of %s: %d", cases[i].pattern, cases[i].record->path, found);
		free(aliases);
	}
}

static void the_paths_of_before_and_after_are_joined_each_once(void **state)
{
	static const struct {
		const char *after, *before, *both;
	} cases[] = {
		{ "/tags/a/h\n", "/tags/b/h\n/tags/a/h\n", "/tags/a/h\n/tags/b/h\n" },
		{ "/tags/a/h\n", NULL, "/tags/a/h\n" },
		{ "", "/l/h\n", "/l/h\n" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *both = aliases_join(memory_text(cases[i].after), cases[i].before);
		assert_string_equal(both, cases[i].both);
		free(both);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_object_has_the_paths_of_the_protocol),
		cmocka_unit_test(a_pattern_stands_for_an_object_by_its_own_path_or_by_an_alias),
		cmocka_unit_test(the_paths_of_before_and_after_are_joined_each_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
