/* SPDX-License-Identifier: Apache-2.0 */
#include "common/inbox.h"

#include "common/clock.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { AT_ONCE = 2, DEADLINE_MS = 20000 };

static struct event_loop *loop;
static struct inbox *inbox;
static size_t arrived, wanted;

static int up(void **state)
{
	(void)state;
	arrived = 0;
	loop = event_loop_create(NULL);
	inbox = inbox_create(loop, AT_ONCE, NULL);
	return inbox ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	inbox_destroy(inbox);
	event_loop_destroy(loop);
	return 0;
}

static void give_up(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	fail_msg("only %zu of %zu jobs arrived", arrived, wanted);
}

static void run_until_arrived(size_t count)
{
	struct event_timer deadline = { .fire = give_up };

	wanted = count;
	event_timer_set(loop, &deadline, clock_monotonic_ms() + DEADLINE_MS);
	if (arrived < wanted)
		assert_true(event_loop_run(loop, NULL));
	event_timer_cancel(loop, &deadline);
}

/* The number of a job tells when it has to arrive. */
struct numbered {
	struct job job;
	size_t number;
};

static void count_in_order(struct job *job)
{
	assert_int_equal(JOB_OF(job, struct numbered, job)->number, arrived);
	if (++arrived == wanted)
		event_loop_stop(loop);
}

static struct numbered make_job(size_t number)
{
	return (struct numbered){ .job = { .arrived = count_in_order }, .number = number };
}

static void jobs_arrive_in_the_order_they_were_given(void **state)
{
	struct numbered jobs[] = { make_job(0), make_job(1), make_job(2), make_job(3), make_job(4) };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_true(inbox_ask(inbox, &jobs[i].job));
	run_until_arrived(3);
	inbox_answer(inbox, &jobs[3].job);
	assert_true(inbox_ask(inbox, &jobs[4].job));
	run_until_arrived(5);
	assert_null(inbox_pop(inbox));
}

static void a_job_can_be_taken_back_while_it_is_inside(void **state)
{
	struct numbered jobs[] = { make_job(0), make_job(0), make_job(1) };

	(void)state;
	assert_false(inbox_take_back(inbox, &jobs[0].job));
	for (size_t i = 0; i < 3; i++)
		assert_true(inbox_ask(inbox, &jobs[i].job));
	assert_true(inbox_take_back(inbox, &jobs[0].job));
	assert_false(inbox_take_back(inbox, &jobs[0].job));
	run_until_arrived(2);
	assert_false(inbox_take_back(inbox, &jobs[2].job));
}

static void a_closed_inbox_takes_answers_only_behind_its_last_job(void **state)
{
	struct numbered last = make_job(0), late = make_job(1), answer = make_job(1);

	(void)state;
	inbox_close(inbox, &last.job);
	assert_false(inbox_ask(inbox, &late.job));
	inbox_answer(inbox, &answer.job);
	run_until_arrived(2);
	assert_null(inbox_pop(inbox));
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static size_t other_calls;

static void other_ready(void *context, uint32_t events)
{
	(void)context, (void)events;
	other_calls++;
}

static void other_sources_get_their_turn_while_jobs_are_left(void **state)
{
	struct event_source other = { eventfd(1, EFD_CLOEXEC), other_ready, NULL };
	struct numbered jobs[5 * AT_ONCE];

	(void)state;
	other_calls = 0;
	assert_true(event_loop_add(loop, &other, EPOLLIN, NULL));
	for (size_t i = 0; i < 5 * AT_ONCE; i++) {
		jobs[i] = make_job(i);
		assert_true(inbox_ask(inbox, &jobs[i].job));
	}
	run_until_arrived(5 * AT_ONCE);
	assert_true(other_calls >= 4);
	event_loop_remove(loop, &other);
	close(other.fd);
}

static size_t rounds;

static int64_t count_rounds(void *context)
{
	(void)context;
	rounds++;
	return -1;
}

static void end_wait(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	event_loop_stop(loop);
}

static void an_empty_inbox_lets_the_loop_wait(void **state)
{
	enum { WAIT_MS = 50, ROUNDS_MAX = 4 };
	struct event_timer timer = { .fire = end_wait };

	(void)state;
	event_loop_before_wait(loop, count_rounds, NULL);
	for (size_t i = 0; i < 3; i++) {
		struct numbered jobs[] = { make_job(2 * i), make_job(2 * i + 1) };
		assert_true(inbox_ask(inbox, &jobs[0].job));
		assert_true(inbox_ask(inbox, &jobs[1].job));
		run_until_arrived(2 * i + 2);
		rounds = 0;
		event_timer_set(loop, &timer, clock_monotonic_ms() + WAIT_MS);
		assert_true(event_loop_run(loop, NULL));
		assert_true(rounds <= ROUNDS_MAX);
	}
}

/* ---- two threads ------------------------------------------------------------------------------------------------- */

enum { JOBS = 100000 };

static struct numbered many[JOBS];

static void *give_all(void *context)
{
	(void)context;
	for (size_t i = 0; i < JOBS; i++)
		(void)inbox_ask(inbox, &many[i].job);
	return NULL;
}

static void nothing_is_lost_between_two_threads(void **state)
{
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < JOBS; i++)
		many[i] = make_job(i);
	assert_int_equal(pthread_create(&thread, NULL, give_all, NULL), 0);
	run_until_arrived(JOBS);
	pthread_join(thread, NULL);
	assert_null(inbox_pop(inbox));
}

/* ---- deferrable jobs --------------------------------------------------------------------------------------------- */

static _Atomic size_t receiver_rounds, taken;

static int64_t count_receiver_rounds(void *context)
{
	(void)context;
	atomic_fetch_add(&receiver_rounds, 1);
	return -1;
}

static void take_in_order(struct job *job)
{
	assert_int_equal(JOB_OF(job, struct numbered, job)->number, atomic_load(&taken));
	atomic_fetch_add(&taken, 1);
}

static void stop_receiver(struct job *job)
{
	(void)job;
	event_loop_stop(loop);
}

static void *receive(void *context)
{
	(void)context;
	(void)event_loop_run(loop, NULL);
	return NULL;
}

static void give_deferrable(struct numbered *job, size_t number)
{
	*job = (struct numbered){ .job = { .is_deferrable = true, .arrived = take_in_order }, .number = number };
	assert_true(inbox_ask(inbox, &job->job));
}

static void wait_until_taken(size_t count)
{
	const int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;

	while (atomic_load(&taken) < count && clock_monotonic_ms() < until_ms)
		sched_yield();
	assert_int_equal(atomic_load(&taken), count);
}

static void deferrable_jobs_wake_the_receiver_once_for_many_and_none_is_left(void **state)
{
	enum { DEFERRED = 200, TRIES = 1000 };
	struct job last = { .arrived = stop_receiver };
	pthread_t thread;

	(void)state;
	atomic_store(&taken, 0);
	event_loop_before_wait(loop, count_receiver_rounds, NULL);
	assert_int_equal(pthread_create(&thread, NULL, receive, NULL), 0);
	give_deferrable(&many[0], 0);
	wait_until_taken(1);
	const int64_t start_ms = clock_monotonic_ms();
	const size_t before = atomic_load(&receiver_rounds);
	for (size_t i = 1; i < DEFERRED; i++) {
		give_deferrable(&many[i], i);
		for (size_t tries = 0; tries < TRIES && atomic_load(&taken) <= i; tries++)
			sched_yield();
	}
	const size_t rounds_taken = atomic_load(&receiver_rounds) - before;
	/* At each look, as many rounds as take what has come. */
	const size_t looks = (size_t)(clock_monotonic_ms() - start_ms) / INBOX_DEFER_MS + 2;
	assert_in_range(rounds_taken, 0, looks + DEFERRED / AT_ONCE);
	wait_until_taken(DEFERRED);
	many[DEFERRED] =
	    (struct numbered){ .job = { .arrived = take_in_order }, .number = DEFERRED }; /* it wakes the receiver */
	assert_true(inbox_ask(inbox, &many[DEFERRED].job));
	wait_until_taken(DEFERRED + 1);
	inbox_close(inbox, &last);
	pthread_join(thread, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_arrive_in_the_order_they_were_given),
		TEST(a_job_can_be_taken_back_while_it_is_inside),
		TEST(a_closed_inbox_takes_answers_only_behind_its_last_job),
		TEST(other_sources_get_their_turn_while_jobs_are_left),
		TEST(an_empty_inbox_lets_the_loop_wait),
		TEST(nothing_is_lost_between_two_threads),
		TEST(deferrable_jobs_wake_the_receiver_once_for_many_and_none_is_left),
	};

	return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}
