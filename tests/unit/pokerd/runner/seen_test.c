/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int create(void **state)
{
	*state = seen_create();
	return 0;
}

static int destroy(void **state)
{
	seen_destroy(*state);
	return 0;
}

static void fill(struct seen *seen, enum poke_state poke_state)
{
	char id[32];

	for (int i = 0; i < SEEN_MAX; i++) {
		snprintf(id, sizeof id, "msg_%d", i);
		assert_non_null(seen_add(seen, id, i, poke_state));
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
	assert_null(seen_find(*state, "msg_1"));
	seen_add(*state, "msg_1", 5, POKE_QUEUED);
	seen_add(*state, "msg_10", 6, POKE_MERGED);
	seen_find(*state, "msg_10")->state = POKE_DONE;
	assert_int_equal(seen_find(*state, "msg_1")->state, POKE_QUEUED);
	assert_int_equal(seen_find(*state, "msg_10")->state, POKE_DONE);
	assert_null(seen_find(*state, "msg_"));
}

static void entries_come_in_the_order_they_were_added(void **state)
{
	seen_add(*state, "b", 2, POKE_QUEUED);
	seen_add(*state, "a", 1, POKE_QUEUED);
	struct seen_entry *entry = seen_first(*state);
	assert_string_equal(entry->id, "b");
	assert_string_equal(seen_after(entry)->id, "a");
	assert_null(seen_after(seen_after(entry)));
}

static void only_what_has_ended_grows_too_old(void **state)
{
	seen_add(*state, "waits", 100, POKE_MERGED);
	seen_add(*state, "old", 100, POKE_DONE);
	seen_add(*state, "young", 101, POKE_IGNORED);
	seen_forget_before(*state, 101);
	assert_non_null(seen_find(*state, "waits"));
	assert_null(seen_find(*state, "old"));
	assert_non_null(seen_find(*state, "young"));
	assert_int_equal(seen_count(*state), 2);
}

static void when_full_the_oldest_that_has_ended_makes_room(void **state)
{
	fill(*state, POKE_DONE);
	seen_find(*state, "msg_0")->state = POKE_RUNNING;
	assert_non_null(seen_add(*state, "one_more", SEEN_REPLAY_MS + 2, POKE_QUEUED));
	assert_int_equal(seen_count(*state), SEEN_MAX);
	assert_non_null(seen_find(*state, "msg_0"));
	assert_null(seen_find(*state, "msg_1"));
}

static void none_is_forgotten_as_long_as_its_signature_holds(void **state)
{
	fill(*state, POKE_DONE);
	assert_null(seen_add(*state, "one_more", SEEN_REPLAY_MS, POKE_QUEUED));
	assert_non_null(seen_find(*state, "msg_0"));
	assert_non_null(seen_add(*state, "one_more", SEEN_REPLAY_MS + 1, POKE_QUEUED));
	assert_null(seen_find(*state, "msg_0"));
}

static void when_full_of_those_that_wait_nothing_is_forgotten(void **state)
{
	fill(*state, POKE_QUEUED);
	assert_false(seen_make_room(*state, INT64_MAX));
	assert_null(seen_add(*state, "one_more", INT64_MAX, POKE_QUEUED));
	assert_int_equal(seen_count(*state), SEEN_MAX);
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
