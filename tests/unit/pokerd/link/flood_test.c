/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/flood.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { NOW_MS = 1000000, BURST = 200, INTERVAL_MS = 50 };

static int set_up(void **state)
{
	static const struct rate rate = { .interval_ms = INTERVAL_MS, .burst = BURST };

	*state = flood_create(&rate);
	return 0;
}

static int tear_down(void **state)
{
	flood_destroy(*state);
	return 0;
}

static void refuse(struct flood *flood, const char *peer, int count)
{
	for (int i = 0; i < count; i++)
		flood_count(flood, peer, 1, NOW_MS);
}

static void an_address_refused_often_waits_and_is_then_served_again(void **state)
{
	refuse(*state, "192.0.2.1:4711", BURST - 1);
	assert_int_equal(flood_wait_ms(*state, "192.0.2.1:4712", NOW_MS), 0);
	refuse(*state, "192.0.2.1:4713", 1);
	assert_int_equal(flood_wait_ms(*state, "192.0.2.1:4714", NOW_MS), INTERVAL_MS);
	assert_int_equal(flood_wait_ms(*state, "192.0.2.1:4714", NOW_MS + INTERVAL_MS), 0);
}

static void another_address_does_not_wait(void **state)
{
	refuse(*state, "192.0.2.1:4711", 2 * BURST);
	assert_int_equal(flood_wait_ms(*state, "192.0.2.2:4711", NOW_MS), 0);
	assert_int_equal(flood_wait_ms(*state, "[2001:db8::1]:4711", NOW_MS), 0);
}

static void one_network_of_ipv6_is_one_address(void **state)
{
	refuse(*state, "[2001:db8:0:1::1]:4711", BURST);
	assert_true(flood_wait_ms(*state, "[2001:db8:0:1:ffff::2]:4711", NOW_MS) > 0);
	assert_int_equal(flood_wait_ms(*state, "[2001:db8:0:2::1]:4711", NOW_MS), 0);
}

static void the_worst_are_remembered_if_there_are_too_many(void **state)
{
	char peer[32];

	refuse(*state, "192.0.2.1:4711", BURST);
	for (int i = 0; i < 10000; i++) {
		snprintf(peer, sizeof(peer), "10.%d.%d.1:80", i / 250, i % 250);
		refuse(*state, peer, 1);
	}
	assert_true(flood_wait_ms(*state, "192.0.2.1:4711", NOW_MS) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_address_refused_often_waits_and_is_then_served_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_address_does_not_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_network_of_ipv6_is_one_address, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_worst_are_remembered_if_there_are_too_many, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
