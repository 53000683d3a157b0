/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/verification_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { NOW_MS = 1000000, OF_ADDRESS = 1000, OVER_ALL = 2000 };

static const char attacker[] = "192.0.2.1:4711", other[] = "192.0.2.2:4711", sender[] = "192.0.2.3:4711";

static int set_up(void **state)
{
	*state = verification_limits_create();
	return 0;
}

static int tear_down(void **state)
{
	verification_limits_destroy(*state);
	return 0;
}

static void an_address_with_many_failures_waits_and_others_do_not(void **state)
{
	verification_limits_failed(*state, attacker, OF_ADDRESS - 1, NOW_MS);
	assert_int_equal(verification_limits_wait_ms(*state, attacker, NOW_MS), 0);
	verification_limits_failed(*state, attacker, 64, NOW_MS);
	assert_int_equal(verification_limits_wait_ms(*state, attacker, NOW_MS), 2 * 64);
	assert_int_equal(verification_limits_wait_ms(*state, "192.0.2.1:1", NOW_MS), 2 * 64);
	assert_int_equal(verification_limits_wait_ms(*state, attacker, NOW_MS + 2 * 64), 0);
	assert_int_equal(verification_limits_wait_ms(*state, other, NOW_MS), 0);
}

static void fail_from_many(struct verification_limits *limits)
{
	char peer[32];

	for (int i = 0; i < OVER_ALL / 10; i++) {
		snprintf(peer, sizeof(peer), "[2001:db8:0:%x::1]:1", (unsigned)i + 1);
		verification_limits_failed(limits, peer, 10, NOW_MS);
	}
}

static void failures_from_many_addresses_are_limited_too(void **state)
{
	fail_from_many(*state);
	assert_true(verification_limits_wait_ms(*state, other, NOW_MS) > 0);
	assert_int_equal(verification_limits_wait_ms(*state, other, NOW_MS + 1000), 0);
}

static void a_sender_of_genuine_pokes_does_not_wait_for_the_failures_of_others(void **state)
{
	verification_limits_genuine(*state, sender);
	fail_from_many(*state);
	assert_int_equal(verification_limits_wait_ms(*state, sender, NOW_MS), 0);
	verification_limits_failed(*state, sender, OF_ADDRESS, NOW_MS);
	assert_true(verification_limits_wait_ms(*state, sender, NOW_MS) > 0);
}

static void the_latest_senders_are_remembered(void **state)
{
	char peer[32];

	verification_limits_genuine(*state, other);
	for (int i = 0; i < 40; i++) {
		verification_limits_genuine(*state, sender);
		snprintf(peer, sizeof(peer), "10.0.0.%d:1", i);
		verification_limits_genuine(*state, peer);
	}
	fail_from_many(*state);
	assert_int_equal(verification_limits_wait_ms(*state, sender, NOW_MS), 0);
	assert_true(verification_limits_wait_ms(*state, other, NOW_MS) > 0);
}

static void a_peer_without_an_address_is_no_sender(void **state)
{
	verification_limits_genuine(*state, "nonsense");
	fail_from_many(*state);
	assert_true(verification_limits_wait_ms(*state, "nonsense", NOW_MS) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_with_many_failures_waits_and_others_do_not),
		TEST(failures_from_many_addresses_are_limited_too),
		TEST(a_sender_of_genuine_pokes_does_not_wait_for_the_failures_of_others),
		TEST(the_latest_senders_are_remembered),
		TEST(a_peer_without_an_address_is_no_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
