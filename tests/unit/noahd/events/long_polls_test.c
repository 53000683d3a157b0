/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "noahd/events/long_polls.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/plan.h"
#include "tests/unit/asker.h"

enum { LONG_MS = 60000 };

/* A read that waits. */
struct waiting {
	struct long_poll long_poll; /* first */
	bool is_due;
	unsigned judged, answered, forgotten;
};

static struct registry *registry;
static struct long_polls *long_polls;

static bool judge(struct long_poll *long_poll)
{
	struct waiting *waiting = (struct waiting *)long_poll;

	waiting->judged++;
	return waiting->is_due;
}

static void end(struct long_poll *long_poll, enum long_poll_end end)
{
	struct waiting *waiting = (struct waiting *)long_poll;

	waiting->answered += end == LONG_POLL_ANSWER;
	waiting->forgotten += end == LONG_POLL_FORGET;
	event_loop_stop(asker.loop);
}

static int up(void **state)
{
	(void)state;
	asker_start();
	registry = registry_create();
	long_polls = long_polls_create(asker.loop, registry);
	long_polls_start(long_polls);
	return 0;
}

static int down(void **state)
{
	(void)state;
	long_polls_destroy(long_polls);
	registry_destroy(registry);
	asker_stop();
	return 0;
}

static void wait_at(struct waiting *waiting, const char *path, int64_t wait_ms)
{
	*waiting = (struct waiting){ .long_poll = { .is_due = judge, .end = end } };
	long_polls_add(long_polls, &waiting->long_poll, path, wait_ms);
}

/* An ephemeral of that name is written and applied, and the change is told. */
static void put(const char *name)
{
	struct plan *plan = plan_create(registry, 0);
	enum change_action action;

	plan_write(plan, NULL);
	ephemeral_put(plan, name, NULL, 0, &action);
	struct change_list changes = plan_take_changes(plan);
	plan_apply(plan);
	for (size_t i = 0; i < changes.count; i++)
		long_polls_note_change(long_polls, changes.changes[i]);
	change_list_finish(&changes);
	asker_look();
}

static void a_change_wakes_those_at_its_path_and_above(void **state)
{
	static struct waiting at, above, all, beside; /* which is still waiting at the end */

	(void)state;
	wait_at(&at, "/ephemerals/a/b", LONG_MS);
	wait_at(&above, "/ephemerals/a", LONG_MS);
	wait_at(&all, "", LONG_MS);
	wait_at(&beside, "/ephemerals/a/c", LONG_MS);
	at.is_due = above.is_due = all.is_due = beside.is_due = true;
	put("/a/b");
	assert_int_equal(at.answered, 1);
	assert_int_equal(above.answered, 1);
	assert_int_equal(all.answered, 1);
	assert_int_equal(beside.judged, 0);
	assert_int_equal(long_polls_count(long_polls), 1);
}

static void one_that_is_not_due_goes_on_waiting(void **state)
{
	struct waiting waiting;

	(void)state;
	wait_at(&waiting, "/ephemerals/a", LONG_MS);
	put("/a");
	assert_true(waiting.judged > 0);
	assert_int_equal(waiting.answered, 0);
	waiting.is_due = true;
	put("/a");
	assert_int_equal(waiting.answered, 1);
	assert_int_equal(long_polls_count(long_polls), 0);
}

static void a_trailing_slash_of_what_is_asked_for_does_not_count(void **state)
{
	struct waiting waiting;

	(void)state;
	wait_at(&waiting, "/ephemerals/", LONG_MS);
	waiting.is_due = true;
	put("/a");
	assert_int_equal(waiting.answered, 1);
}

static void one_whose_time_is_up_is_answered_with_what_there_is(void **state)
{
	struct waiting waiting;

	(void)state;
	wait_at(&waiting, "/ephemerals/a", 0);
	asker_run();
	assert_int_equal(waiting.answered, 1);
}

static void one_whose_client_stops_sending_is_answered_soon(void **state)
{
	struct waiting waiting;

	(void)state;
	wait_at(&waiting, "/ephemerals/a", LONG_MS);
	long_poll_hurry(&waiting.long_poll);
	asker_look();
	assert_int_equal(waiting.answered, 1);
}

static void at_the_end_all_are_answered_and_those_that_come_later_too(void **state)
{
	struct waiting early, late;

	(void)state;
	wait_at(&early, "/ephemerals/a", LONG_MS);
	long_polls_end(long_polls);
	wait_at(&late, "/ephemerals/b", LONG_MS);
	asker_look();
	assert_int_equal(early.answered, 1);
	assert_int_equal(late.answered, 1);
}

static void those_that_are_left_are_forgotten(void **state)
{
	struct waiting waiting;

	wait_at(&waiting, "/ephemerals/a", LONG_MS);
	(void)down(state);
	assert_int_equal(waiting.answered, 0);
	assert_int_equal(waiting.forgotten, 1);
	(void)up(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_change_wakes_those_at_its_path_and_above, up, down),
		cmocka_unit_test_setup_teardown(one_that_is_not_due_goes_on_waiting, up, down),
		cmocka_unit_test_setup_teardown(a_trailing_slash_of_what_is_asked_for_does_not_count, up, down),
		cmocka_unit_test_setup_teardown(one_whose_time_is_up_is_answered_with_what_there_is, up, down),
		cmocka_unit_test_setup_teardown(one_whose_client_stops_sending_is_answered_soon, up, down),
		cmocka_unit_test_setup_teardown(at_the_end_all_are_answered_and_those_that_come_later_too, up, down),
		cmocka_unit_test_setup_teardown(those_that_are_left_are_forgotten, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
