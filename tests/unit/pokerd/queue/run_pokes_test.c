/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_pokes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void append_numbered(struct run_pokes *pokes, int count)
{
	char id[32], event[32];

	for (int i = 1; i <= count; i++) {
		snprintf(id, sizeof(id), "msg_%d", i);
		snprintf(event, sizeof(event), "e-%d", i);
		run_pokes_append(pokes, id, event);
	}
}

static void causes_are_the_events_oldest_first_each_once(void **state)
{
	struct run_pokes pokes = { 0 };

	(void)state;
	run_pokes_append(&pokes, "a", "e-1");
	run_pokes_append(&pokes, "b", "");
	run_pokes_append(&pokes, "c", "e-2");
	run_pokes_append(&pokes, "d", "e-2");
	char *causes = run_pokes_causes(&pokes);
	assert_string_equal(causes, "e-1, e-2");
	free(causes);
	run_pokes_finish(&pokes);
}

static void without_pokes_there_is_no_cause(void **state)
{
	struct run_pokes pokes = { 0 };
	char *causes = run_pokes_causes(&pokes);

	(void)state;
	assert_string_equal(causes, "");
	free(causes);
	run_pokes_finish(&pokes);
}

static void of_many_events_the_newest_64_are_causes(void **state)
{
	struct run_pokes pokes = { 0 };

	(void)state;
	append_numbered(&pokes, 100);
	char *causes = run_pokes_causes(&pokes);
	assert_memory_equal(causes, "e-37, e-38, ", 12);
	assert_string_equal(strrchr(causes, ' '), " e-100");
	free(causes);
	run_pokes_finish(&pokes);
}

static void an_invalid_event_is_not_a_cause(void **state)
{
	struct run_pokes pokes = { 0 };
	char longest[RUN_POKES_EVENT_BYTES_MAX + 2];

	(void)state;
	memset(longest, 'e', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	run_pokes_append(&pokes, "a", "e-1\nX: y");
	run_pokes_append(&pokes, "b", "e-1, e-2");
	run_pokes_append(&pokes, "c", longest);
	run_pokes_append(&pokes, "d", longest + 1);
	char *causes = run_pokes_causes(&pokes);
	assert_string_equal(causes, longest + 1);
	free(causes);
	run_pokes_finish(&pokes);
}

static void a_poke_may_say_what_it_is_about(void **state)
{
	struct run_pokes pokes = { 0 };
	char longest[RUN_POKES_ABOUT_BYTES_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	run_pokes_append(&pokes, "a", "e-1");
	run_pokes_append(&pokes, "b", "e-2");
	run_pokes_describe_last(&pokes, "create of /hosts/web1");
	assert_null(pokes.list[0].about);
	assert_string_equal(pokes.list[1].about, "create of /hosts/web1");
	run_pokes_describe_last(&pokes, longest + 1);
	assert_string_equal(pokes.list[1].about, longest + 1);
	run_pokes_describe_last(&pokes, longest);
	assert_null(pokes.list[1].about);
	run_pokes_finish(&pokes);
}

static void pokes_beyond_a_thousand_are_dropped(void **state)
{
	struct run_pokes pokes = { 0 };

	(void)state;
	append_numbered(&pokes, 1000);
	assert_int_equal(run_pokes_dropped(&pokes), 0);
	append_numbered(&pokes, 17);
	assert_int_equal(run_pokes_dropped(&pokes), 17);
	run_pokes_finish(&pokes);
	assert_int_equal(pokes.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes_are_the_events_oldest_first_each_once),
		cmocka_unit_test(without_pokes_there_is_no_cause),
		cmocka_unit_test(of_many_events_the_newest_64_are_causes),
		cmocka_unit_test(an_invalid_event_is_not_a_cause),
		cmocka_unit_test(a_poke_may_say_what_it_is_about),
		cmocka_unit_test(pokes_beyond_a_thousand_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
