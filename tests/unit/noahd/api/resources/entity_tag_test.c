/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/api/resources/api_fixture.h"

static int up(void **state)
{
	(void)state;
	api_up(&(struct site){ .public_url = "" });
	return 0;
}

static int down(void **state)
{
	(void)state;
	api_down();
	return 0;
}

static void put(const char *target, const char *body)
{
	char *request = memory_join("PUT ", target);

	assert_int_equal(exchange_status(exchange_ask(request, API_HOST, body)), 200);
	free(request);
}

/* "": the answer has none. free() it. */
static char *tag_of(const char *target, const char *headers)
{
	char *request = memory_join("GET ", target), *all = memory_join(API_HOST, headers);
	char *tag = memory_text(api_header(exchange_ask(request, all, ""), "ETag"));

	free(all);
	free(request);
	return tag;
}

static void assert_tag(const char *target, const char *expected)
{
	char *tag = tag_of(target, "");

	assert_string_equal(tag, expected);
	free(tag);
}

static void an_object_has_the_same_tag_until_it_changes(void **state)
{
	(void)state;
	put("/hosts/web1", "{\"status\":\"up\"}");
	char *first = tag_of("/hosts/web1", "");
	assert_string_not_equal(first, "");
	put("/hosts/web2", "{\"status\":\"up\"}");
	assert_tag("/hosts/web1", first);
	put("/hosts/web1", "{\"status\":\"down\"}");
	char *second = tag_of("/hosts/web1", "");
	assert_string_not_equal(second, first);
	free(second);
	free(first);
}

/* Cached answers carry the tag that was computed with them. */
static void the_tag_of_a_kept_answer_is_that_of_a_condition(void **state)
{
	(void)state;
	put("/ephemerals/e", "one");
	for (int i = 0; i < 2; i++) {
		char *tag = tag_of("/ephemerals/e", ""), *header = memory_format(API_HOST "If-None-Match: %s\r\n", tag);
		assert_int_equal(exchange_status(exchange_ask("GET /ephemerals/e", header, "")), 304);
		free(header);
		free(tag);
	}
}

static void it_names_the_epoch_so_that_a_restored_store_has_other_tags(void **state)
{
	(void)state;
	put("/ephemerals/e", "one");
	char *before = tag_of("/ephemerals/e", "");
	api_down();
	api_up_as(&(struct site){ .public_url = "" }, "9876543210");
	put("/ephemerals/e", "one");
	char *after = tag_of("/ephemerals/e", "");
	assert_string_not_equal(after, before);
	free(after);
	free(before);
}

static void representations_of_one_object_have_tags_of_their_own(void **state)
{
	(void)state;
	put("/configurations/c", "{\"format\":\"text\",\"body\":\"a\"}");
	char *json = tag_of("/configurations/c", "Accept: application/json\r\n"),
	     *text = tag_of("/configurations/c", "Accept: text/plain\r\n");
	assert_string_not_equal(json, "");
	assert_string_not_equal(text, "");
	assert_string_not_equal(json, text);
	free(text);
	free(json);
}

static void what_changes_without_a_change_of_the_registry_has_none(void **state)
{
	(void)state;
	assert_tag("/events", "");
	assert_tag("/hosts/none", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_object_has_the_same_tag_until_it_changes, up, down),
		cmocka_unit_test_setup_teardown(the_tag_of_a_kept_answer_is_that_of_a_condition, up, down),
		cmocka_unit_test_setup_teardown(it_names_the_epoch_so_that_a_restored_store_has_other_tags, up, down),
		cmocka_unit_test_setup_teardown(representations_of_one_object_have_tags_of_their_own, up, down),
		cmocka_unit_test_setup_teardown(what_changes_without_a_change_of_the_registry_has_none, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
