/* SPDX-License-Identifier: Apache-2.0 */
/* Read the tables from top to bottom: at a time something happens to a rule, which leaves it in a state, and the queue
   says what next. */
#include "pokerd/queue/run_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum happening { POKE, START, FINISH, NOTHING, POSTPONE };
enum { STARTS = RUN_QUEUE_START, WAITS = RUN_QUEUE_WAIT, RESTS = RUN_QUEUE_REST };

struct line {
	int64_t at_ms;
	enum happening happening;
	size_t rule;
	const char *state;
	int verdict;
	int64_t value; /* STARTS: the rule; WAITS: until when; POSTPONE is for 5000 ms */
};

static const struct run_queue_options plain = {
	.rule_count = 2, .node = "web1", .quiet_ms = 2000, .quiet_max_ms = 30000, .min_interval_ms = 0, .burst = 1
};

static void make_happen(struct run_queue *queue, const struct line *line)
{
	switch (line->happening) {
	case POKE:
		run_queue_poke(queue, line->rule, "id", "event", 0, line->at_ms);
		break;
	case START:
		run_queue_started(queue, line->rule, line->at_ms, NULL);
		break;
	case FINISH:
		run_queue_finished(queue);
		break;
	case POSTPONE:
		run_queue_postpone(queue, line->at_ms + 5000);
		break;
	case NOTHING:
		break;
	}
}

static void check_line(struct run_queue *queue, const struct line *line)
{
	make_happen(queue, line);
	struct run_queue_next next = run_queue_next(queue, line->at_ms);
	const char *state = run_queue_state_name(run_queue_state(queue, line->rule));
	int64_t value = next.verdict == RUN_QUEUE_START ? (int64_t)next.rule : next.at_ms;

	if (strcmp(state, line->state) || (int)next.verdict != line->verdict || value != line->value)
		fail_msg("at %lld ms: rule %zu is %s (not %s), verdict %d (not %d), value %lld (not %lld)",
		    (long long)line->at_ms, line->rule, state, line->state, (int)next.verdict, line->verdict, (long long)value,
		    (long long)line->value);
}

static void play_on(struct run_queue *queue, const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_line(queue, &lines[i]);
}

static void play(const struct run_queue_options *options, const struct line *lines, size_t count)
{
	struct run_queue *queue = run_queue_create(options);

	play_on(queue, lines, count);
	run_queue_destroy(queue);
}

#define PLAY(options, lines) play(options, lines, sizeof(lines) / sizeof *(lines))

static void a_queue_without_pokes_rests(void **state)
{
	static const struct line lines[] = {
		{ 0, NOTHING, 0, "idle", RESTS, 0 },
		{ 99999, NOTHING, 1, "idle", RESTS, 0 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void a_poke_waits_for_quiet_and_then_runs(void **state)
{
	static const struct line lines[] = {
		{ 0, POKE, 0, "quiet", WAITS, 2000 },
		{ 1999, NOTHING, 0, "quiet", WAITS, 2000 },
		{ 2000, NOTHING, 0, "spaced", STARTS, 0 },
		{ 2001, START, 0, "running", RESTS, 0 },
		{ 9000, FINISH, 0, "idle", RESTS, 0 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void without_quiet_a_poke_runs_at_once(void **state)
{
	static const struct run_queue_options at_once = { .rule_count = 1, .node = "web1", .burst = 1 };
	static const struct line lines[] = {
		{ 7, POKE, 0, "spaced", STARTS, 0 },
		{ 7, START, 0, "running", RESTS, 0 },
	};
	(void)state;
	PLAY(&at_once, lines);
}

static void a_further_poke_prolongs_the_quiet_but_not_beyond_its_limit(void **state)
{
	struct run_queue_options impatient = plain;
	static const struct line lines[] = {
		{ 0, POKE, 0, "quiet", WAITS, 2000 },
		{ 1500, POKE, 0, "quiet", WAITS, 3500 },
		{ 3000, POKE, 0, "quiet", WAITS, 4000 },
		{ 3900, POKE, 0, "quiet", WAITS, 4000 },
		{ 4000, NOTHING, 0, "spaced", STARTS, 0 },
	};
	(void)state;
	impatient.quiet_max_ms = 4000;
	PLAY(&impatient, lines);
}

static void however_many_pokes_come_during_a_run_exactly_one_more_follows(void **state)
{
	static const struct line lines[] = {
		{ 0, POKE, 0, "quiet", WAITS, 2000 },
		{ 2000, NOTHING, 0, "spaced", STARTS, 0 },
		{ 2000, START, 0, "running", RESTS, 0 },
		{ 3000, POKE, 0, "running+dirty", RESTS, 0 },
		{ 3001, POKE, 0, "running+dirty", RESTS, 0 },
		{ 4000, POKE, 0, "running+dirty", RESTS, 0 },
		{ 9000, FINISH, 0, "spaced", STARTS, 0 },
		{ 9000, START, 0, "running", RESTS, 0 },
		{ 9900, FINISH, 0, "idle", RESTS, 0 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void the_quiet_time_of_a_poke_late_in_a_run_still_applies(void **state)
{
	static const struct line lines[] = {
		{ 0, POKE, 0, "quiet", WAITS, 2000 },
		{ 2000, NOTHING, 0, "spaced", STARTS, 0 },
		{ 2000, START, 0, "running", RESTS, 0 },
		{ 8500, POKE, 0, "running+dirty", RESTS, 0 },
		{ 9000, FINISH, 0, "quiet", WAITS, 10500 },
		{ 10500, NOTHING, 0, "spaced", STARTS, 0 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void starts_are_spaced_once_the_burst_is_used_up(void **state)
{
	static const struct run_queue_options spaced = {
		.rule_count = 1, .node = "web1", .min_interval_ms = 30000, .burst = 2
	};
	static const struct line lines[] = {
		{ 0, POKE, 0, "spaced", STARTS, 0 },
		{ 0, START, 0, "running", RESTS, 0 },
		{ 10, FINISH, 0, "idle", RESTS, 0 },
		{ 1000, POKE, 0, "spaced", STARTS, 0 },
		{ 1000, START, 0, "running", RESTS, 0 },
		{ 1010, FINISH, 0, "idle", RESTS, 0 },
		{ 2000, POKE, 0, "spaced", WAITS, 30000 },
		{ 2001, POKE, 0, "spaced", WAITS, 30000 },
		{ 29999, NOTHING, 0, "spaced", WAITS, 30000 },
		{ 30000, NOTHING, 0, "spaced", STARTS, 0 },
		{ 30000, START, 0, "running", RESTS, 0 },
		{ 30010, POKE, 0, "running+dirty", RESTS, 0 },
		{ 30020, FINISH, 0, "spaced", WAITS, 60000 },
	};
	(void)state;
	PLAY(&spaced, lines);
}

static void what_was_used_up_before_a_restart_or_a_reload_still_counts(void **state)
{
	struct run_queue_options spaced = {
		.rule_count = 1, .node = "web1", .min_interval_ms = 30000, .burst = 2, .starts = { 55000, 30000 }
	};
	static const struct line lines[] = {
		{ 100, POKE, 0, "spaced", WAITS, 25000 },
		{ 25000, NOTHING, 0, "spaced", STARTS, 0 },
	};

	(void)state;
	PLAY(&spaced, lines);
}

static void with_another_interval_as_many_starts_are_used_up_as_before(void **state)
{
	struct run_queue_options spaced = {
		.rule_count = 1, .node = "web1", .min_interval_ms = 1000, .burst = 2, .now_ms = 100
	};
	static const struct line sooner[] = { { 100, POKE, 0, "spaced", WAITS, 1100 } };
	static const struct line never_used[] = { { 100, POKE, 0, "spaced", STARTS, 0 } };
	static const struct line bounded[] = { { 100, POKE, 0, "spaced", WAITS, 3100 } };

	(void)state;
	spaced.starts = (struct run_queue_starts){ 60100, 30000 }; /* both */
	PLAY(&spaced, sooner);
	spaced.starts = (struct run_queue_starts){ 900000100, 30000 };
	PLAY(&spaced, bounded);
	spaced.starts = (struct run_queue_starts){ 60100, 0 };
	PLAY(&spaced, never_used);
}

static void what_a_start_will_use_up_is_what_it_uses_up(void **state)
{
	static const struct run_queue_options spaced = {
		.rule_count = 1, .node = "web1", .min_interval_ms = 1000, .burst = 2
	};
	struct run_queue *queue = run_queue_create(&spaced);

	(void)state;
	for (int i = 0; i < 2; i++) {
		run_queue_poke(queue, 0, "id", "event", 0, 500);
		run_queue_next(queue, 500);
		assert_int_equal(run_queue_starts_after(queue, 500).full_ms, 1500 + i * 1000);
		run_queue_started(queue, 0, 500, NULL);
		run_queue_finished(queue);
	}
	run_queue_destroy(queue);
}

static void rules_are_quiet_by_themselves_but_run_one_at_a_time(void **state)
{
	static const struct line lines[] = {
		{ 0, POKE, 1, "quiet", WAITS, 2000 },
		{ 500, POKE, 0, "quiet", WAITS, 2000 },
		{ 2000, NOTHING, 1, "spaced", STARTS, 1 },
		{ 2000, START, 1, "running", RESTS, 0 },
		{ 2600, NOTHING, 0, "spaced", RESTS, 0 },
		{ 2700, POKE, 0, "spaced", RESTS, 0 },
		{ 9000, FINISH, 1, "idle", STARTS, 0 },
		{ 9000, START, 0, "running", RESTS, 0 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void the_rule_that_has_waited_longest_comes_first(void **state)
{
	static const struct line lines[] = {
		{ 0, POKE, 0, "quiet", WAITS, 2000 },
		{ 2000, NOTHING, 0, "spaced", STARTS, 0 },
		{ 2000, START, 0, "running", RESTS, 0 },
		{ 3000, POKE, 1, "quiet", RESTS, 0 },
		{ 3500, POKE, 0, "running+dirty", RESTS, 0 },
		{ 9000, FINISH, 0, "spaced", STARTS, 1 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void a_run_found_after_a_restart_makes_the_pokes_wait(void **state)
{
	static const struct line lines[] = {
		{ 1, POKE, 0, "running+dirty", RESTS, 0 },
		{ 1, POKE, 1, "quiet", RESTS, 0 },
		{ 9000, FINISH, 0, "spaced", STARTS, 0 },
	};
	struct run_queue *queue = run_queue_create(&plain);

	(void)state;
	run_queue_resume(queue, 0);
	assert_string_equal(run_queue_state_name(run_queue_state(queue, 0)), "running");
	assert_int_equal(run_queue_next(queue, 0).verdict, RUN_QUEUE_REST);
	play_on(queue, lines, 3);
	run_queue_destroy(queue);
}

static void a_failed_start_is_postponed_and_loses_nothing(void **state)
{
	static const struct line lines[] = {
		{ 0, POKE, 0, "quiet", WAITS, 2000 },
		{ 2000, NOTHING, 0, "spaced", STARTS, 0 },
		{ 2000, POSTPONE, 0, "spaced", WAITS, 7000 },
		{ 3000, POKE, 1, "quiet", WAITS, 7000 },
		{ 7000, NOTHING, 0, "spaced", STARTS, 0 },
	};
	(void)state;
	PLAY(&plain, lines);
}

static void the_splay_is_the_documented_function_of_node_and_event(void **state)
{
	(void)state;
	/* printf 'web1\nepoch-7' | sha256sum: its first 16 digits modulo 60000 */
	assert_int_equal(run_queue_splay_ms("web1", "epoch-7", 60000), 6486);
	assert_int_equal(run_queue_splay_ms("web2", "epoch-7", 60000), 36791);
	assert_int_equal(run_queue_splay_ms("web1", "epoch-7", 0), 0);
}

static void the_splay_of_the_first_poke_comes_on_top_of_the_quiet(void **state)
{
	struct run_queue_options splayed = plain;
	struct run_queue *queue;

	(void)state;
	splayed.splay_ms = 60000;
	queue = run_queue_create(&splayed);
	run_queue_poke(queue, 0, "id", "epoch-7", 0, 0);
	run_queue_poke(queue, 0, "id", "epoch-8", 0, 1000);
	struct run_queue_next next = run_queue_next(queue, 1000);
	assert_int_equal(next.verdict, RUN_QUEUE_WAIT);
	assert_int_equal(next.at_ms, 3000 + 6486);
	run_queue_destroy(queue);
}

static void a_run_gets_all_pending_pokes_and_the_next_run_the_later_ones(void **state)
{
	struct run_queue *queue = run_queue_create(&plain);
	struct run_pokes pokes;

	(void)state;
	run_queue_poke(queue, 0, "first", "e-1", 0, 0);
	run_queue_poke(queue, 0, "second", "e-2", 0, 10);
	assert_int_equal(run_queue_waiting(queue, 0)->count, 2);
	run_queue_next(queue, 5000);
	run_queue_started(queue, 0, 5000, &pokes);
	assert_int_equal(run_queue_waiting(queue, 0)->count, 0);
	assert_int_equal(pokes.count, 2);
	assert_string_equal(pokes.list[0].id, "first");
	assert_string_equal(pokes.list[1].event, "e-2");
	run_queue_poke(queue, 0, "third", "e-3", 0, 5001);
	assert_int_equal(run_queue_waiting(queue, 0)->count, 1);
	run_pokes_finish(&pokes);
	run_queue_destroy(queue);
}

/* A queue whose only rule is in that state. */
static struct run_queue *queue_in(enum run_queue_state state)
{
	static const struct run_queue_options once = {
		.rule_count = 1, .node = "web1", .quiet_ms = 2000, .quiet_max_ms = 30000, .min_interval_ms = 9000, .burst = 1
	};
	struct run_queue *queue = run_queue_create(&once);
	bool is_running = state == RUN_QUEUE_RUNNING || state == RUN_QUEUE_DIRTY;

	if (is_running)
		run_queue_started(queue, 0, 0, NULL);
	if (state != RUN_QUEUE_IDLE && state != RUN_QUEUE_RUNNING)
		run_queue_poke(queue, 0, "id", "event", 0, 0);
	if (state == RUN_QUEUE_SPACED)
		run_queue_next(queue, 2000);
	assert_int_equal(run_queue_state(queue, 0), state);
	return queue;
}

enum pair_event { PAIR_POKE, PAIR_TIME, PAIR_START, PAIR_END, PAIR_WANT, PAIR_HOLD, PAIR_RELEASE, PAIR_EVENTS };

static void pair_happen(struct run_queue *queue, enum pair_event event)
{
	static const struct run_want want = { .kind = RUN_WANT_MANUAL, .due_ms = 2000 };

	switch (event) {
	case PAIR_POKE:
		run_queue_poke(queue, 0, "id", "event", 0, 1000);
		break;
	case PAIR_TIME:
		run_queue_next(queue, 2000);
		break;
	case PAIR_START:
		run_queue_started(queue, 0, 2000, NULL);
		break;
	case PAIR_END:
		run_queue_ended(queue, RUN_THEN_NOTHING, "run", 2000);
		break;
	case PAIR_WANT:
		run_queue_want(queue, 0, &want);
		break;
	case PAIR_HOLD:
		run_queue_hold(queue, "", GATE_UNTIL_EVENT);
		break;
	case PAIR_RELEASE:
		run_queue_release(queue, RUN_QUEUE_RELEASE, 2000);
		break;
	case PAIR_EVENTS:
		break;
	}
}

static void each_event_in_each_state_leads_where_the_manual_says(void **state)
{
	/* NULL: cannot happen. */
	static const char *const table[][PAIR_EVENTS] = {
		[RUN_QUEUE_IDLE] = { "quiet", "idle", "running", NULL, "idle", "idle", "idle" },
		[RUN_QUEUE_QUIET] = { "quiet", "spaced", "running", NULL, "quiet", "quiet", "quiet" },
		[RUN_QUEUE_SPACED] = { "spaced", "spaced", "running", NULL, "spaced", "spaced", "spaced" },
		[RUN_QUEUE_RUNNING] = { "running+dirty", "running", NULL, "idle", "running", "running", "running" },
		[RUN_QUEUE_DIRTY] = { "running+dirty", "running+dirty", NULL, "quiet", "running+dirty", "running+dirty",
		    "running+dirty" },
	};

	(void)state;
	for (enum run_queue_state from = RUN_QUEUE_IDLE; from <= RUN_QUEUE_DIRTY; from++) {
		for (enum pair_event event = 0; event < PAIR_EVENTS; event++) {
			if (!table[from][event])
				continue;
			struct run_queue *queue = queue_in(from);
			pair_happen(queue, event);
			if (strcmp(run_queue_state_name(run_queue_state(queue, 0)), table[from][event]) != 0)
				fail_msg("from %s, event %d leads to %s, not %s", run_queue_state_name(from), (int)event,
				    run_queue_state_name(run_queue_state(queue, 0)), table[from][event]);
			run_queue_destroy(queue);
		}
	}
}

static void a_large_group_spreads_its_starts_and_a_small_one_does_not(void **state)
{
	static const struct {
		int64_t told, range_ms;
	} rows[] = { { 0, 0 }, { -5, 0 }, { 9, 0 }, { 10, 20000 }, { 5000, 10000000 }, { INT64_MAX, 86400000 } };
	struct run_queue_options fleet = plain;

	(void)state;
	fleet.splay_per_node_ms = 2000;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run_queue *queue = run_queue_create(&fleet);
		run_queue_poke(queue, 0, "id", "epoch-7", rows[i].told, 0);
		assert_int_equal(run_queue_next(queue, 0).at_ms,
		    2000 + run_queue_splay_ms("web1", "epoch-7", rows[i].range_ms));
		run_queue_destroy(queue);
	}
}

static void check_covered(struct run_queue *queue, const char *expected)
{
	const struct run_pokes covered = run_queue_covered(queue, 0);
	char ids[64] = "";

	for (size_t i = 0; i < covered.count; i++)
		strcat(ids, covered.list[i].id);
	assert_string_equal(ids, expected);
}

static void a_foreign_run_covers_the_pokes_that_were_pending_when_there_was_none(void **state)
{
	struct run_queue *queue = run_queue_create(&plain);

	(void)state;
	run_queue_poke(queue, 0, "a", "", 0, 0);
	run_queue_foreign(queue, RUN_QUEUE_NO_FOREIGN, 0);
	run_queue_poke(queue, 0, "b", "", 0, 10);
	run_queue_foreign(queue, RUN_QUEUE_FOREIGN, 1010);
	run_queue_poke(queue, 0, "c", "", 0, 1000);
	run_queue_foreign(queue, RUN_QUEUE_FOREIGN, 60000);
	check_covered(queue, "a");
	struct run_queue_next next = run_queue_next(queue, 50000);
	assert_int_equal(next.verdict, RUN_QUEUE_WAIT);
	assert_int_equal(next.at_ms, 60000);
	run_queue_drop_covered(queue, 0);
	assert_int_equal(run_queue_waiting(queue, 0)->count, 2);
	assert_string_equal(run_queue_waiting(queue, 0)->list[0].id, "b");
	run_queue_foreign(queue, RUN_QUEUE_NO_FOREIGN, 60000);
	assert_int_equal(run_queue_next(queue, 60000).verdict, RUN_QUEUE_START);
	check_covered(queue, "");
	run_queue_destroy(queue);
}

static void a_foreign_run_that_covers_all_leaves_nothing_to_run(void **state)
{
	struct run_queue *queue = run_queue_create(&plain);

	(void)state;
	for (int64_t at_ms = 0; at_ms < 10000; at_ms += 5000) { /* quiet, and spaced */
		run_queue_poke(queue, 0, "a", "", 0, at_ms);
		run_queue_foreign(queue, RUN_QUEUE_NO_FOREIGN, 0);
		if (at_ms)
			(void)run_queue_next(queue, at_ms + 2000);
		run_queue_foreign(queue, RUN_QUEUE_FOREIGN, at_ms + 2500);
		run_queue_drop_covered(queue, 0);
		run_queue_foreign(queue, RUN_QUEUE_NO_FOREIGN, 0);
		assert_string_equal(run_queue_state_name(run_queue_state(queue, 0)), "idle");
		assert_int_equal(run_queue_next(queue, at_ms + 3000).verdict, RUN_QUEUE_REST);
	}
	run_queue_destroy(queue);
}

static void a_foreign_run_covers_nothing_that_an_own_run_has_taken(void **state)
{
	struct run_queue *queue = run_queue_create(&plain);

	(void)state;
	run_queue_poke(queue, 0, "a", "", 0, 0);
	run_queue_foreign(queue, RUN_QUEUE_NO_FOREIGN, 0);
	run_queue_started(queue, 0, 5000, NULL);
	run_queue_poke(queue, 0, "b", "", 0, 6000);
	run_queue_finished(queue);
	run_queue_foreign(queue, RUN_QUEUE_FOREIGN, 9000);
	check_covered(queue, "");
	run_queue_destroy(queue);
}

static void a_manual_run_keeps_its_promised_id_when_it_is_wanted_twice(void **state)
{
	struct run_queue *queue = run_queue_create(&plain);
	const struct run_want first = { .kind = RUN_WANT_MANUAL, .run_id = "first" };
	const struct run_want second = { .kind = RUN_WANT_MANUAL, .run_id = "second" };

	(void)state;
	run_queue_want(queue, 1, &first);
	run_queue_want(queue, 1, &second);
	assert_string_equal(run_queue_wanted(queue, 1)->run_id, "first");
	assert_int_equal(run_queue_next(queue, 0).rule, 1);
	run_queue_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_without_pokes_rests),
		cmocka_unit_test(a_poke_waits_for_quiet_and_then_runs),
		cmocka_unit_test(without_quiet_a_poke_runs_at_once),
		cmocka_unit_test(a_further_poke_prolongs_the_quiet_but_not_beyond_its_limit),
		cmocka_unit_test(however_many_pokes_come_during_a_run_exactly_one_more_follows),
		cmocka_unit_test(the_quiet_time_of_a_poke_late_in_a_run_still_applies),
		cmocka_unit_test(starts_are_spaced_once_the_burst_is_used_up),
		cmocka_unit_test(what_was_used_up_before_a_restart_or_a_reload_still_counts),
		cmocka_unit_test(with_another_interval_as_many_starts_are_used_up_as_before),
		cmocka_unit_test(what_a_start_will_use_up_is_what_it_uses_up),
		cmocka_unit_test(rules_are_quiet_by_themselves_but_run_one_at_a_time),
		cmocka_unit_test(the_rule_that_has_waited_longest_comes_first),
		cmocka_unit_test(a_run_found_after_a_restart_makes_the_pokes_wait),
		cmocka_unit_test(a_failed_start_is_postponed_and_loses_nothing),
		cmocka_unit_test(the_splay_is_the_documented_function_of_node_and_event),
		cmocka_unit_test(the_splay_of_the_first_poke_comes_on_top_of_the_quiet),
		cmocka_unit_test(a_run_gets_all_pending_pokes_and_the_next_run_the_later_ones),
		cmocka_unit_test(each_event_in_each_state_leads_where_the_manual_says),
		cmocka_unit_test(a_large_group_spreads_its_starts_and_a_small_one_does_not),
		cmocka_unit_test(a_foreign_run_covers_the_pokes_that_were_pending_when_there_was_none),
		cmocka_unit_test(a_foreign_run_that_covers_all_leaves_nothing_to_run),
		cmocka_unit_test(a_foreign_run_covers_nothing_that_an_own_run_has_taken),
		cmocka_unit_test(a_manual_run_keeps_its_promised_id_when_it_is_wanted_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
