/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/replay_cache.h"

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

static void fill(struct replay_cache *replay_cache, enum poke_state poke_state)
{
	char id[32];

	for (int i = 0; i < REPLAY_CACHE_MAX; i++) {
		snprintf(id, sizeof(id), "msg_%d", i);
		assert_non_null(replay_cache_add(replay_cache, id, i, poke_state));
	}
}

static void every_state_has_a_word_and_the_word_leads_back(void **state)
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

static void only_what_has_ended_grows_too_old(void **state)
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

static void when_full_the_oldest_that_has_ended_makes_room(void **state)
{
	fill(*state, POKE_DONE);
	replay_cache_find(*state, "msg_0")->state = POKE_RUNNING;
	assert_non_null(replay_cache_add(*state, "one_more", REPLAY_CACHE_MS + 2, POKE_QUEUED));
	assert_int_equal(replay_cache_count(*state), REPLAY_CACHE_MAX);
	assert_non_null(replay_cache_find(*state, "msg_0"));
	assert_null(replay_cache_find(*state, "msg_1"));
}

static void none_is_forgotten_as_long_as_its_signature_holds(void **state)
{
	fill(*state, POKE_DONE);
	assert_null(replay_cache_add(*state, "one_more", REPLAY_CACHE_MS, POKE_QUEUED));
	assert_non_null(replay_cache_find(*state, "msg_0"));
	assert_non_null(replay_cache_add(*state, "one_more", REPLAY_CACHE_MS + 1, POKE_QUEUED));
	assert_null(replay_cache_find(*state, "msg_0"));
}

static void when_full_of_those_that_wait_nothing_is_forgotten(void **state)
{
	fill(*state, POKE_QUEUED);
	assert_false(replay_cache_make_room(*state, INT64_MAX));
	assert_null(replay_cache_add(*state, "one_more", INT64_MAX, POKE_QUEUED));
	assert_int_equal(replay_cache_count(*state), REPLAY_CACHE_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_state_has_a_word_and_the_word_leads_back),
		TEST(an_id_is_found_with_its_state),
		TEST(entries_come_in_the_order_they_were_added),
		TEST(only_what_has_ended_grows_too_old),
		TEST(when_full_the_oldest_that_has_ended_makes_room),
		TEST(none_is_forgotten_as_long_as_its_signature_holds),
		TEST(when_full_of_those_that_wait_nothing_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
