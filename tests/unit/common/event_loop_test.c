/* SPDX-License-Identifier: Apache-2.0 */
#include "common/event_loop.h"

#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct event_loop *loop;

static int make_loop(void **state)
{
	(void)state;
	loop = event_loop_create(NULL);
	return loop ? 0 : -1;
}

static int destroy_loop(void **state)
{
	(void)state;
	event_loop_destroy(loop);
	return 0;
}

/* A descriptor that is always ready, and what its callback has to know. */
struct ready_fd {
	struct event_source source;
	struct ready_fd *victim; /* removed by the callback */
	unsigned calls;
};

static void count_and_stop(void *context, uint32_t events)
{
	struct ready_fd *ready = context;

	assert_true(events & EPOLLIN);
	ready->calls++;
	if (ready->victim)
		event_loop_remove(loop, &ready->victim->source);
	event_loop_stop(loop);
}

static void ready_fd_open(struct ready_fd *ready)
{
	*ready = (struct ready_fd){ .source = { .fd = eventfd(1, EFD_CLOEXEC), .ready = count_and_stop } };
	ready->source.context = ready;
	assert_true(event_loop_add(loop, &ready->source, EPOLLIN, NULL));
}

static void a_ready_descriptor_is_reported(void **state)
{
	struct ready_fd ready;

	(void)state;
	ready_fd_open(&ready);
	assert_true(event_loop_run(loop, NULL));
	assert_int_equal(ready.calls, 1);
	close(ready.source.fd);
}

static void a_source_removed_by_another_callback_of_the_same_round_is_not_called(void **state)
{
	struct ready_fd one, two;

	(void)state;
	ready_fd_open(&one);
	ready_fd_open(&two);
	one.victim = &two;
	two.victim = &one;
	assert_true(event_loop_run(loop, NULL));
	assert_int_equal(one.calls + two.calls, 1);
	close(one.source.fd);
	close(two.source.fd);
}

static void a_descriptor_that_cannot_be_waited_for_is_refused(void **state)
{
	struct event_source source = { .fd = -1 };
	struct error err;

	(void)state;
	assert_false(event_loop_add(loop, &source, EPOLLIN, &err));
	assert_int_equal(err.kind, ERROR_INTERNAL);
}

/* Timers write their name here when they fire. */
static char fired[64];
static size_t fired_count;

struct named_timer {
	struct event_timer timer;
	char name;
};

static void note(void *context, int64_t now_ms)
{
	struct named_timer *timer = context;

	assert_true(now_ms >= timer->timer.due_ms);
	assert_int_equal(timer->timer.place, 0);
	fired[fired_count++] = timer->name;
}

static void stop(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	event_loop_stop(loop);
}

static void run_until(int64_t due_ms)
{
	struct event_timer timer = { .fire = stop };

	event_timer_set(loop, &timer, due_ms);
	assert_true(event_loop_run(loop, NULL));
}

static void timers_fire_in_the_order_of_their_time(void **state)
{
	enum { TIMERS = 26 };
	struct named_timer timers[TIMERS] = { 0 };
	int64_t now_ms = clock_monotonic_ms();

	(void)state;
	fired_count = 0;
	for (int i = 0; i < TIMERS; i++) {
		int order = i * 7 % TIMERS;
		timers[i] = (struct named_timer){ { .fire = note, .context = &timers[i] }, (char)('a' + order) };
		event_timer_set(loop, &timers[i].timer, now_ms - TIMERS + order);
	}
	event_timer_cancel(loop, &timers[0].timer);
	event_timer_cancel(loop, &timers[0].timer);
	event_timer_set(loop, &timers[1].timer, now_ms);
	run_until(now_ms + 1);
	fired[fired_count] = '\0';
	assert_string_equal(fired, "bcdefgijklmnopqrstuvwxyzh");
}

static void a_timer_waits_for_its_time(void **state)
{
	int64_t due_ms = clock_monotonic_ms() + 20;

	(void)state;
	run_until(due_ms);
	assert_true(clock_monotonic_ms() >= due_ms);
	assert_true(event_loop_now_ms(loop) >= due_ms);
}

/* One that always sets itself again for now. */
static void set_again(void *context, int64_t now_ms)
{
	event_timer_set(loop, context, now_ms);
}

static void a_timer_that_sets_itself_again_does_not_starve_the_others(void **state)
{
	struct event_timer busy = { .fire = set_again, .context = &busy };

	(void)state;
	event_timer_set(loop, &busy, 0);
	run_until(clock_monotonic_ms() + 1);
	event_timer_cancel(loop, &busy);
}

static int64_t count_hook(void *context)
{
	unsigned *calls = context;

	if (++*calls == 3)
		event_loop_stop(loop);
	return 0;
}

static void hooks_are_called_before_each_wait_until_they_are_removed(void **state)
{
	unsigned calls = 0, gone = 0;

	(void)state;
	event_loop_before_wait(loop, count_hook, &gone);
	event_loop_before_wait(loop, count_hook, &calls);
	event_loop_before_wait_end(loop, count_hook, &gone);
	assert_true(event_loop_run(loop, NULL));
	assert_int_equal(calls, 3);
	assert_int_equal(gone, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_ready_descriptor_is_reported, make_loop, destroy_loop),
		cmocka_unit_test_setup_teardown(a_source_removed_by_another_callback_of_the_same_round_is_not_called, make_loop,
		    destroy_loop),
		cmocka_unit_test_setup_teardown(a_descriptor_that_cannot_be_waited_for_is_refused, make_loop, destroy_loop),
		cmocka_unit_test_setup_teardown(timers_fire_in_the_order_of_their_time, make_loop, destroy_loop),
		cmocka_unit_test_setup_teardown(a_timer_waits_for_its_time, make_loop, destroy_loop),
		cmocka_unit_test_setup_teardown(a_timer_that_sets_itself_again_does_not_starve_the_others, make_loop,
		    destroy_loop),
		cmocka_unit_test_setup_teardown(hooks_are_called_before_each_wait_until_they_are_removed, make_loop,
		    destroy_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
