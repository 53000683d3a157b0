/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/api/resources/api_fixture.h"

#include "common/clock.h"

static int up(void **state)
{
	(void)state;
	api_up(&(struct site){ .public_url = "" });
	assert_int_equal(exchange_status(exchange_ask("PUT /ephemerals/e", API_HOST, "one")), 200);
	return 0;
}

static int down(void **state)
{
	(void)state;
	api_down();
	return 0;
}

static const char *get(const char *target, const char *headers)
{
	char *request = memory_join("GET ", target), *all = memory_join(API_HOST, headers);
	const char *answer = exchange_ask(request, all, "");

	free(all);
	free(request);
	return answer;
}

static int status_of(const char *target, const char *headers)
{
	return exchange_status(get(target, headers));
}

/* A header with the entity tag of /ephemerals/e as it is now; free() it. */
static char *with_tag(const char *name)
{
	return memory_format("%s: %s\r\n", name, api_header(get("/ephemerals/e", ""), "ETag"));
}

static void what_has_not_changed_is_not_sent_again(void **state)
{
	char *known = with_tag("If-None-Match");

	(void)state;
	const char *answer = get("/ephemerals/e", known);
	assert_int_equal(exchange_status(answer), 304);
	assert_null(strstr(answer, "\r\n\r\none"));
	assert_string_not_equal(api_header(answer, "ETag"), "");
	assert_int_equal(exchange_status(exchange_ask("PUT /ephemerals/e", API_HOST, "two")), 200);
	answer = get("/ephemerals/e", known);
	assert_int_equal(exchange_status(answer), 200);
	assert_non_null(strstr(answer, "\r\n\r\ntwo"));
	free(known);
}

static void what_has_changed_is_refused_to_a_reader_of_the_version_before(void **state)
{
	char *known = with_tag("If-Match");

	(void)state;
	assert_int_equal(status_of("/ephemerals/e", known), 200);
	assert_int_equal(exchange_status(exchange_ask("PUT /ephemerals/e", API_HOST, "two")), 200);
	assert_int_equal(status_of("/ephemerals/e", known), 412);
	free(known);
}

static void what_is_not_there_is_not_found_whatever_the_conditions(void **state)
{
	(void)state;
	assert_int_equal(status_of("/ephemerals/none", ""), 404);
	assert_int_equal(status_of("/ephemerals/none", "If-Match: \"a\"\r\n"), 404);
	assert_int_equal(status_of("/ephemerals/none", "If-None-Match: *\r\n"), 404);
}

static void a_wait_ends_with_the_change_that_it_was_for(void **state)
{
	char *known = with_tag("If-None-Match"), *headers = memory_join(API_HOST, known);

	(void)state;
	exchange_send("GET /ephemerals/e?wait=15", headers, "");
	exchange_send("PUT /ephemerals/e", API_HOST, "two");
	exchange_end();
	assert_int_equal(exchange_status(exchange.clients[0].text), 200);
	assert_non_null(strstr(exchange.clients[0].text, "\r\n\r\ntwo"));
	free(headers);
	free(known);
}

static void a_wait_ends_with_its_time_and_the_state_as_it_is(void **state)
{
	char *known = with_tag("If-None-Match");
	const int64_t began_ms = clock_monotonic_ms();

	(void)state;
	assert_int_equal(status_of("/ephemerals/e?wait=0.05", known), 304);
	assert_true(clock_monotonic_ms() - began_ms >= 50);
	assert_int_equal(status_of("/ephemerals/none?wait=0.01", ""), 404);
	free(known);
}

static void what_is_there_already_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(status_of("/ephemerals/e?wait=15", ""), 200);
	assert_int_equal(status_of("/ephemerals/e?wait=15&data=one", ""), 200);
}

static void a_preference_is_heard_and_said_to_be(void **state)
{
	(void)state;
	const char *answer = get("/ephemerals/none", "Prefer: wait=0.01\r\n");
	assert_int_equal(exchange_status(answer), 404);
	assert_string_equal(api_header(answer, "Preference-Applied"), "wait=0.01");
}

static void a_preference_that_makes_no_sense_is_as_none(void **state)
{
	(void)state;
	const char *answer = get("/ephemerals/e", "Prefer: wait=soon\r\n");
	assert_int_equal(exchange_status(answer), 200);
	assert_string_equal(api_header(answer, "Preference-Applied"), "");
}

static void the_query_counts_before_the_preference(void **state)
{
	(void)state;
	const char *answer = get("/ephemerals/none?wait=0.01", "Prefer: wait=15\r\n");
	assert_int_equal(exchange_status(answer), 404);
	assert_string_equal(api_header(answer, "Preference-Applied"), "");
}

static void a_query_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	assert_int_equal(status_of("/ephemerals/e?wait=soon", ""), 400);
	assert_int_equal(status_of("/ephemerals/e?wait=1&wait=2", ""), 400);
	assert_int_equal(status_of("/hosts/h?wait=1&data=x", ""), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_has_not_changed_is_not_sent_again, up, down),
		cmocka_unit_test_setup_teardown(what_has_changed_is_refused_to_a_reader_of_the_version_before, up, down),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_found_whatever_the_conditions, up, down),
		cmocka_unit_test_setup_teardown(a_wait_ends_with_the_change_that_it_was_for, up, down),
		cmocka_unit_test_setup_teardown(a_wait_ends_with_its_time_and_the_state_as_it_is, up, down),
		cmocka_unit_test_setup_teardown(what_is_there_already_is_not_waited_for, up, down),
		cmocka_unit_test_setup_teardown(a_preference_is_heard_and_said_to_be, up, down),
		cmocka_unit_test_setup_teardown(a_preference_that_makes_no_sense_is_as_none, up, down),
		cmocka_unit_test_setup_teardown(the_query_counts_before_the_preference, up, down),
		cmocka_unit_test_setup_teardown(a_query_that_makes_no_sense_is_refused, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
