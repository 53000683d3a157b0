/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/replay_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int create(void **state)
{
	*state = replay_cache_create();
	return 0;
}

static int destroy(void **state)
{
	replay_cache_destroy(*state);
	return 0;
}

static void every_state_has_a_word_that_can_be_parsed(void **state)
{
	enum poke_state found;

	(void)state;
	for (int i = POKE_QUEUED; i <= POKE_IGNORED; i++) {
		assert_true(poke_state_parse(poke_state_name(i), &found));
		assert_int_equal(found, i);
	}
	assert_false(poke_state_parse("asleep", &found));
}

static void an_id_is_found_with_its_state(void **state)
{
	assert_null(replay_cache_find(*state, "msg_1"));
	replay_cache_add(*state, "msg_1", 5, POKE_QUEUED);
	replay_cache_add(*state, "msg_10", 6, POKE_MERGED);
	replay_cache_find(*state, "msg_10")->state = POKE_DONE;
	assert_int_equal(replay_cache_find(*state, "msg_1")->state, POKE_QUEUED);
	assert_int_equal(replay_cache_find(*state, "msg_10")->state, POKE_DONE);
	assert_null(replay_cache_find(*state, "msg_"));
}

static void entries_come_in_the_order_they_were_added(void **state)
{
	replay_cache_add(*state, "b", 2, POKE_QUEUED);
	replay_cache_add(*state, "a", 1, POKE_QUEUED);
	struct replay_entry *entry = replay_cache_first(*state);
	assert_string_equal(entry->id, "b");
	assert_string_equal(replay_cache_next(entry)->id, "a");
	assert_null(replay_cache_next(replay_cache_next(entry)));
}

static void only_finished_pokes_expire(void **state)
{
	replay_cache_add(*state, "waits", 100, POKE_MERGED);
	replay_cache_add(*state, "old", 100, POKE_DONE);
	replay_cache_add(*state, "young", 101, POKE_IGNORED);
	replay_cache_forget_before(*state, 101);
	assert_non_null(replay_cache_find(*state, "waits"));
	assert_null(replay_cache_find(*state, "old"));
	assert_non_null(replay_cache_find(*state, "young"));
	assert_int_equal(replay_cache_count(*state), 2);
}

static void there_is_room_for_all_that_come(void **state)
{
	char id[32];

	for (int i = 0; i < 100000; i++) {
		snprintf(id, sizeof(id), "msg_%d", i);
		assert_non_null(replay_cache_add(*state, id, i, i % 2 ? POKE_DONE : POKE_QUEUED));
	}
	assert_int_equal(replay_cache_count(*state), 100000);
	replay_cache_forget(*state, replay_cache_find(*state, "msg_0"));
	assert_null(replay_cache_find(*state, "msg_0"));
	replay_cache_forget_before(*state, INT64_MAX);
	assert_int_equal(replay_cache_count(*state), 49999);
	assert_non_null(replay_cache_find(*state, "msg_99998"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_state_has_a_word_that_can_be_parsed),
		TEST(an_id_is_found_with_its_state),
		TEST(entries_come_in_the_order_they_were_added),
		TEST(only_finished_pokes_expire),
		TEST(there_is_room_for_all_that_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
