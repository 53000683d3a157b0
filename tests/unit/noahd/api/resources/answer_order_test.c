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

/* A receiver that asks back would otherwise be faster than the client that wrote. */
static void a_write_is_answered_before_its_change_is_delivered(void **state)
{
	(void)state;
	assert_int_equal(exchange_status(exchange_ask("PUT /ephemerals/e", API_HOST, "one")), 200);
	assert_string_equal(api_events, "answered published");
}

static void all_writes_of_a_batch_are_answered_before_any_is_delivered(void **state)
{
	(void)state;
	api_pause(api);
	exchange_send("PUT /ephemerals/a", API_HOST, "one");
	exchange_send("PUT /ephemerals/b", API_HOST, "two");
	while (api_handled < 2)
		asker_look();
	api_resume(api);
	exchange_end();
	assert_string_equal(api_events, "answered answered published");
}

static void a_write_that_is_refused_delivers_nothing(void **state)
{
	(void)state;
	assert_int_equal(exchange_status(exchange_ask("DELETE /ephemerals/none", API_HOST, "")), 404);
	assert_string_equal(api_events, "answered");
}

/* A change that a waiting read gets is one that its writer has been told of. */
static void a_write_is_answered_before_the_reads_that_wait_for_it(void **state)
{
	(void)state;
	exchange_send("GET /ephemerals/e?wait=15", API_HOST, "");
	while (api_handled < 1)
		asker_look();
	exchange_send("PUT /ephemerals/e", API_HOST, "one");
	exchange_end();
	assert_string_equal(api_events, "answered published answered");
	assert_int_equal(exchange_status(exchange.clients[0].text), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_write_is_answered_before_its_change_is_delivered, up, down),
		cmocka_unit_test_setup_teardown(all_writes_of_a_batch_are_answered_before_any_is_delivered, up, down),
		cmocka_unit_test_setup_teardown(a_write_that_is_refused_delivers_nothing, up, down),
		cmocka_unit_test_setup_teardown(a_write_is_answered_before_the_reads_that_wait_for_it, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
