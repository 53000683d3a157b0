/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/registry/registry_fixture.h"

#include "noahd/registry/ephemeral.h"
#include "noahd/registry/service.h"
#include "noahd/registry/tag.h"
#include "noahd/registry/token.h"
#include "noahd/views/object_query.h"

#include <stdlib.h>

static struct http_target target;

static bool query_read(const char *parameters, struct object_query *out, struct error *err)
{
	char raw[256];

	snprintf(raw, sizeof(raw), "/objects?%s", parameters);
	assert_true(http_target_parse(raw, &target, NULL));
	return object_query_read(&target, out, err);
}

static int query_up(void **state)
{
	const struct service_state up = { .status = "up", .host_status = "down" };
	struct service_put_result result;
	struct token_result token;
	enum change_action action;
	json_t *rules = json_array();

	registry_up(state);
	assert_true(service_put(plan, "http", "web1", &up, &result, NULL));
	assert_true(service_put(plan, "http", "web2", &up, &result, NULL));
	assert_true(tag_attach(plan, result.service, "red\n", NULL));
	ephemeral_put(plan, "/a b", NULL, 0, &action);
	assert_true(token_put(plan, "secret", &(struct token_terms){ .rules = rules }, &token, NULL));
	json_decref(rules);
	commit();
	return 0;
}

static int query_down(void **state)
{
	http_target_finish(&target);
	return registry_down(state);
}

static bool is_not_web1(void *context, const struct registry_entry *entry)
{
	(void)context;
	return !strstr(entry->path, "web1");
}

/* The paths that are found, each ended by a space. */
static void assert_finds(const char *parameters, entry_visitor *may_show, const char *expected)
{
	struct object_query query;
	struct error err;
	size_t count;
	char found[512] = "";

	if (!query_read(parameters, &query, &err))
		fail_msg("%s: %s", parameters, err.text);
	struct registry_entry **entries = object_query_find(&query, registry, may_show, NULL, &count);
	for (size_t i = 0; i < count; i++)
		strcat(strcat(found, entries[i]->path), " ");
	if (strcmp(found, expected))
		fail_msg("%s: %s", parameters, found);
	free(entries);
	object_query_finish(&query);
}

static void objects_are_found_by_each_parameter_in_the_order_of_their_paths(void **state)
{
	(void)state;
	assert_finds("", NULL,
	    "/ephemerals/a b /hosts/web1 /hosts/web2 /services/http/web1 /services/http/web2 /tags/red ");
	assert_finds("limit=2", NULL, "/ephemerals/a b /hosts/web1 ");
	assert_finds("after=/ephemerals/a%2520b&limit=1", NULL, "/hosts/web1 ");
	assert_finds("kind=hosts", NULL, "/hosts/web1 /hosts/web2 ");
	assert_finds("tag=red", NULL, "/services/http/web2 ");
	assert_finds("tag=red&kind=hosts", NULL, "");
	assert_finds("status=down", NULL, "/hosts/web1 /hosts/web2 ");
	assert_finds("pattern=//noah/services/*/web1", NULL, "/services/http/web1 ");
	assert_finds("pattern=//noah/*/web2", NULL, "/hosts/web2 ");
	assert_finds("pattern=//noah/nothing", NULL, "");
}

static void what_may_not_be_shown_takes_no_place_among_the_first(void **state)
{
	(void)state;
	assert_finds("limit=2", is_not_web1, "/ephemerals/a b /hosts/web2 ");
}

/* They grant rights, and are listed by themselves. */
static void tokens_are_never_found(void **state)
{
	struct object_query query;
	struct error err;

	(void)state;
	assert_finds("pattern=//noah/tokens", NULL, "");
	assert_false(query_read("kind=tokens", &query, &err));
	assert_string_equal(err.text, "\"kind\" must be one of hosts, services, applications, configurations, ephemerals, "
	                              "tags, links, watches");
}

static void a_parameter_that_makes_no_sense_is_named(void **state)
{
	static const char *const cases[][2] = {
		{ "pattern=/hosts", "//noah" },
		{ "after=hosts", "\"after\"" },
		{ "after=/%2500", "\"after\"" },
		{ "limit=0", "\"limit\"" },
		{ "limit=10001", "\"limit\"" },
		{ "keys=1", "\"keys\"" },
		{ "kind=host", "\"kind\"" },
		{ "tag=", "\"tag\"" },
		{ "status=weird", "Status" },
	};
	struct object_query query;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (query_read(cases[i][0], &query, &err))
			fail_msg("%s is taken", cases[i][0]);
		assert_int_equal(err.kind, ERROR_INVALID);
		if (!strstr(err.text, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], err.text);
	}
}

static void a_query_tells_the_path_above_all_that_it_can_find(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "pattern=//noah/hosts", "/hosts" },
		{ "pattern=//noah/services/*/web1", "/services" },
		{ "pattern=//noah/*", "" },
	};
	struct object_query query;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(query_read(cases[i][0], &query, NULL));
		char *path = object_query_path(&query);
		assert_string_equal(path, cases[i][1]);
		free(path);
		object_query_finish(&query);
	}
}

#define QUERY_TEST(function) cmocka_unit_test_setup_teardown(function, query_up, query_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUERY_TEST(objects_are_found_by_each_parameter_in_the_order_of_their_paths),
		QUERY_TEST(what_may_not_be_shown_takes_no_place_among_the_first),
		QUERY_TEST(tokens_are_never_found),
		QUERY_TEST(a_parameter_that_makes_no_sense_is_named),
		QUERY_TEST(a_query_tells_the_path_above_all_that_it_can_find),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
