/* SPDX-License-Identifier: Apache-2.0 */
#include "common/worker.h"

#include "common/clock.h"
#include "common/memory.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { DEADLINE_MS = 20000, ADD_MAX = 4 };

/* The kinds that these tests ask for. */
enum { ADD, HOLD, COUNT_DOWN, NOTE, ASK_ANOTHER, KINDS };

static struct event_loop *loop; /* the asker's: this thread */
static struct inbox *answers;
static size_t answered, wanted;
static atomic_int context_of_worker;
static struct worker *worker;

/* ---- questions --------------------------------------------------------------------------------------------------- */

struct sum {
	struct job job;
	int a, b, total;
	size_t number;
	bool is_answered;
	pthread_t run_by;
};

static enum job_progress add(struct job *job, void *context)
{
	struct sum *sum = JOB_OF(job, struct sum, job);

	assert_ptr_equal(context, &context_of_worker);
	sum->total = sum->a + sum->b;
	sum->run_by = pthread_self();
	return JOB_DONE;
}

static pthread_t asker;

static void sum_answered(struct job *job)
{
	struct sum *sum = JOB_OF(job, struct sum, job);

	assert_true(pthread_equal(pthread_self(), asker));
	assert_int_equal(sum->number, answered);
	sum->is_answered = true;
	if (++answered == wanted)
		event_loop_stop(loop);
}

static struct sum make_sum(size_t number, int a, int b)
{
	return (struct sum){ .job = { .answers = answers, .answered = sum_answered }, .a = a, .b = b, .number = number };
}

/* Keeps the worker busy until it is let go. */
static sem_t held, may_go;

static enum job_progress hold(struct job *job, void *context)
{
	(void)job, (void)context;
	sem_post(&held);
	sem_wait(&may_go);
	return JOB_DONE;
}

static void hold_worker(struct job *job)
{
	*job = (struct job){ 0 };
	assert_true(worker_ask(worker, HOLD, job));
	sem_wait(&held);
}

/* Takes as many steps as it is told, or steps for ever. */
struct countdown {
	struct job job;
	int left; /* below 0: for ever */
	atomic_int steps;
	bool is_answered;
};

static enum job_progress count_down(struct job *job, void *context)
{
	struct countdown *countdown = JOB_OF(job, struct countdown, job);

	(void)context;
	atomic_fetch_add(&countdown->steps, 1);
	return countdown->left < 0 || --countdown->left > 0 ? JOB_UNFINISHED : JOB_DONE;
}

static void countdown_answered(struct job *job)
{
	JOB_OF(job, struct countdown, job)->is_answered = true;
	event_loop_stop(loop);
}

/* Belongs to the worker as soon as it is given. */
static atomic_int noted, discarded;

static enum job_progress note(struct job *job, void *context)
{
	(void)context;
	atomic_fetch_add(&noted, 1);
	free(job);
	return JOB_DONE;
}

static void discard_note(struct job *job)
{
	atomic_fetch_add(&discarded, 1);
	free(job);
}

static void give_note(void)
{
	struct job *job = memory_zeroed(1, sizeof(*job));
	assert_true(worker_ask(worker, NOTE, job));
}

static enum job_progress ask_another(struct job *job, void *context);

static const struct job_kind kinds[KINDS] = {
	[ADD] = { ADD_MAX, add, NULL },
	[HOLD] = { 1, hold, NULL },
	[COUNT_DOWN] = { 2, count_down, NULL },
	[NOTE] = { 8, note, discard_note },
	[ASK_ANOTHER] = { 1, ask_another, NULL },
};

/* ---- fixture ----------------------------------------------------------------------------------------------------- */

static struct worker *create_worker(void (*stop)(void *context))
{
	const struct worker_options options = {
		.name = "test",
		.kinds = kinds,
		.kind_count = KINDS,
		.at_once = 1,
		.stop = stop,
		.context = &context_of_worker,
	};
	struct worker *created = worker_create(&options, NULL);

	assert_non_null(created);
	return created;
}

static int up_unstarted(void **state)
{
	(void)state;
	asker = pthread_self();
	answered = 0;
	atomic_store(&noted, 0);
	atomic_store(&discarded, 0);
	sem_init(&held, 0, 0);
	sem_init(&may_go, 0, 0);
	loop = event_loop_create(NULL);
	answers = inbox_create(loop, 64, NULL);
	worker = create_worker(NULL);
	return 0;
}

static int up(void **state)
{
	up_unstarted(state);
	return worker_start(worker, NULL) ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	worker_stop(worker);
	worker_destroy(worker);
	inbox_destroy(answers);
	event_loop_destroy(loop);
	sem_destroy(&held);
	sem_destroy(&may_go);
	return 0;
}

static void give_up(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	fail_msg("no answer came back in time");
}

static void run_asker(void)
{
	struct event_timer deadline = { .fire = give_up };

	event_timer_set(loop, &deadline, clock_monotonic_ms() + DEADLINE_MS);
	assert_true(event_loop_run(loop, NULL));
	event_timer_cancel(loop, &deadline);
}

static void wait_for_answers(size_t count)
{
	wanted = count;
	if (answered < wanted)
		run_asker();
}

static void end_round(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	event_loop_stop(loop);
}

/* What has come back by now is answered. */
static void take_answers(void)
{
	struct event_timer now = { .fire = end_round };

	wanted = SIZE_MAX;
	event_timer_set(loop, &now, 0);
	assert_true(event_loop_run(loop, NULL));
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void an_answer_comes_back_on_the_loop_that_asked(void **state)
{
	struct sum sum = make_sum(0, 2, 3);

	(void)state;
	assert_true(worker_ask(worker, ADD, &sum.job));
	wait_for_answers(1);
	assert_int_equal(sum.total, 5);
	assert_false(pthread_equal(sum.run_by, asker));
	assert_true(worker_ask(worker, ADD, (sum.number = 1, &sum.job)));
	wait_for_answers(2);
}

static void jobs_are_run_and_come_back_in_the_order_given(void **state)
{
	struct sum sums[ADD_MAX];

	(void)state;
	for (size_t round = 0; round < 1000; round++) {
		for (size_t i = 0; i < ADD_MAX; i++) {
			sums[i] = make_sum(round * ADD_MAX + i, (int)i, 1);
			assert_true(worker_ask(worker, ADD, &sums[i].job));
		}
		wait_for_answers((round + 1) * ADD_MAX);
	}
}

static void one_more_than_its_kind_may_have_is_refused_whatever_other_kinds_have(void **state)
{
	struct sum sums[ADD_MAX + 1];
	struct job holding;

	(void)state;
	hold_worker(&holding);
	for (size_t i = 0; i <= ADD_MAX; i++) {
		sums[i] = make_sum(i, 1, 1);
		assert_int_equal(worker_ask(worker, ADD, &sums[i].job), i < ADD_MAX);
	}
	give_note();
	assert_false(worker_ask(worker, HOLD, &(struct job){ 0 }));
	sem_post(&may_go);
	wait_for_answers(ADD_MAX);
	assert_true(worker_ask(worker, ADD, &sums[ADD_MAX].job));
	wait_for_answers(ADD_MAX + 1);
}

static void a_job_that_was_not_begun_can_be_taken_back_and_makes_room(void **state)
{
	struct sum sums[ADD_MAX];
	struct job holding;

	(void)state;
	hold_worker(&holding);
	assert_false(worker_take_back(worker, &holding));
	for (size_t i = 0; i < ADD_MAX; i++) {
		sums[i] = make_sum(i, 1, 1);
		assert_true(worker_ask(worker, ADD, &sums[i].job));
	}
	assert_true(worker_take_back(worker, &sums[ADD_MAX - 1].job));
	assert_false(worker_take_back(worker, &sums[ADD_MAX - 1].job));
	assert_true(worker_ask(worker, ADD, &sums[ADD_MAX - 1].job));
	sem_post(&may_go);
	wait_for_answers(ADD_MAX);
	assert_false(worker_take_back(worker, &sums[0].job));
}

static void a_job_whose_answer_is_on_its_way_cannot_be_taken_back(void **state)
{
	struct sum sums[] = { make_sum(0, 1, 1), make_sum(1, 2, 2) };
	struct job holding;

	(void)state;
	assert_true(worker_ask(worker, ADD, &sums[0].job));
	hold_worker(&holding);
	assert_true(worker_ask(worker, ADD, &sums[1].job));
	assert_false(worker_take_back(worker, &sums[0].job));
	sem_post(&may_go);
	wait_for_answers(2);
	assert_int_equal(sums[0].total, 2);
	assert_int_equal(sums[1].total, 4);
}

static void others_are_run_between_the_steps_of_an_unfinished_job(void **state)
{
	struct countdown endless = { .job = { .answers = answers, .answered = countdown_answered }, .left = -1 };
	struct countdown short_one = { .job = { .answers = answers, .answered = countdown_answered }, .left = 3 };
	struct sum sum = make_sum(0, 1, 1);

	(void)state;
	assert_true(worker_ask(worker, COUNT_DOWN, &endless.job));
	assert_true(worker_ask(worker, ADD, &sum.job));
	wait_for_answers(1);
	assert_true(worker_ask(worker, COUNT_DOWN, &short_one.job));
	run_asker();
	assert_true(short_one.is_answered);
	assert_int_equal(atomic_load(&short_one.steps), 3);
	assert_false(worker_take_back(worker, &endless.job));
	worker_stop(worker); /* as long as the job is there */
}

static void a_stop_runs_what_was_given_before_it_and_leaves_what_is_unfinished(void **state)
{
	struct countdown endless = { .job = { .answers = answers, .answered = countdown_answered }, .left = -1 };
	struct sum sums[ADD_MAX];

	(void)state;
	assert_true(worker_ask(worker, COUNT_DOWN, &endless.job));
	for (size_t i = 0; i < ADD_MAX; i++) {
		sums[i] = make_sum(i, 1, 1);
		assert_true(worker_ask(worker, ADD, &sums[i].job));
	}
	give_note();
	worker_stop(worker);
	take_answers();
	assert_int_equal(answered, ADD_MAX);
	assert_int_equal(atomic_load(&noted), 1);
	assert_true(atomic_load(&endless.steps) > 0);
	assert_false(endless.is_answered);
}

static void a_job_given_after_the_stop_is_refused(void **state)
{
	struct sum sum = make_sum(0, 1, 1);

	(void)state;
	worker_stop(worker);
	assert_false(worker_ask(worker, ADD, &sum.job));
	take_answers();
	assert_false(sum.is_answered);
}

/* Asks as fast as it can until it is refused; each job that was taken has to be noted. */
static void *give_notes_until_refused(void *context)
{
	atomic_int *taken = context;

	for (;;) {
		struct job *job = memory_zeroed(1, sizeof(*job));
		if (worker_ask(worker, NOTE, job)) {
			atomic_fetch_add(taken, 1);
		} else {
			free(job);
			if (atomic_load(&context_of_worker))
				return NULL;
		}
	}
}

static void what_was_taken_while_another_thread_stops_the_worker_is_run(void **state)
{
	atomic_int taken = 0;
	pthread_t thread;

	(void)state;
	atomic_store(&context_of_worker, 0);
	assert_int_equal(pthread_create(&thread, NULL, give_notes_until_refused, &taken), 0);
	while (atomic_load(&noted) < 1000)
		sched_yield();
	worker_stop(worker);
	atomic_store(&context_of_worker, 1);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&noted), atomic_load(&taken));
}

static void jobs_given_before_the_start_wait_for_it(void **state)
{
	struct sum sum = make_sum(0, 1, 1);

	(void)state;
	assert_true(worker_ask(worker, ADD, &sum.job));
	assert_true(worker_start(worker, NULL));
	wait_for_answers(1);
}

static void jobs_of_a_worker_that_never_starts_are_discarded(void **state)
{
	struct sum sum = make_sum(0, 1, 1);

	(void)state;
	give_note();
	assert_true(worker_ask(worker, ADD, &sum.job));
	give_note();
	worker_stop(worker);
	worker_destroy(worker);
	worker = NULL;
	assert_int_equal(atomic_load(&discarded), 2);
	assert_false(sum.is_answered);
}

/* ---- what runs in the thread ------------------------------------------------------------------------------------- */

static bool is_every_signal_blocked;
static struct worker *slow_worker;
static struct event_timer slow_end;
static atomic_int slow_stops;

static void end_now(void *context, int64_t now_ms)
{
	sigset_t blocked;

	(void)context, (void)now_ms;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	is_every_signal_blocked = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGHUP) &&
	                          sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGPIPE);
	worker_end(slow_worker);
}

static void end_later(void *context)
{
	(void)context;
	atomic_fetch_add(&slow_stops, 1);
	slow_end.fire = end_now;
	event_timer_set(worker_loop(slow_worker), &slow_end, clock_monotonic_ms() + 20);
}

static void a_worker_that_takes_its_time_to_stop_still_gets_answers_and_no_signal(void **state)
{
	struct sum sum = make_sum(0, 1, 1);

	(void)state;
	atomic_store(&slow_stops, 0);
	is_every_signal_blocked = false;
	slow_worker = create_worker(end_later);
	assert_true(worker_start(slow_worker, NULL));
	assert_true(worker_ask(slow_worker, ADD, &sum.job));
	worker_stop(slow_worker);
	assert_int_equal(atomic_load(&slow_stops), 1);
	assert_true(is_every_signal_blocked);
	take_answers();
	assert_true(sum.is_answered);
	worker_destroy(slow_worker);
}

static void this_thread_keeps_its_signals(void **state)
{
	sigset_t blocked;

	(void)state;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	assert_false(sigismember(&blocked, SIGTERM));
}

/* A worker's own questions to another one are answered on its own loop, before it has to be asked again. */
static struct worker *other_worker;
static struct sum nested;
static pthread_t nested_answered_on;
static bool is_nested_answered;

static void nested_answered(struct job *job)
{
	(void)job;
	nested_answered_on = pthread_self();
	is_nested_answered = true;
}

static enum job_progress ask_another(struct job *job, void *context)
{
	struct sum *outer = JOB_OF(job, struct sum, job);

	(void)context;
	if (!outer->run_by) {
		outer->run_by = pthread_self();
		nested =
		    (struct sum){ .job = { .answers = worker_inbox(worker), .answered = nested_answered }, .a = 20, .b = 22 };
		assert_true(worker_ask(other_worker, ADD, &nested.job));
	}
	if (!is_nested_answered)
		return JOB_UNFINISHED;
	outer->total = nested.total;
	return JOB_DONE;
}

static void a_worker_asks_another_one(void **state)
{
	struct sum outer = make_sum(0, 0, 0);

	(void)state;
	is_nested_answered = false;
	other_worker = create_worker(NULL);
	assert_true(worker_start(other_worker, NULL));
	assert_true(worker_ask(worker, ASK_ANOTHER, &outer.job));
	wait_for_answers(1);
	assert_int_equal(outer.total, 42);
	assert_true(pthread_equal(nested_answered_on, outer.run_by));
	worker_stop(other_worker);
	worker_destroy(other_worker);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
#define TEST_UNSTARTED(name) cmocka_unit_test_setup_teardown(name, up_unstarted, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_comes_back_on_the_loop_that_asked),
		TEST(jobs_are_run_and_come_back_in_the_order_given),
		TEST(one_more_than_its_kind_may_have_is_refused_whatever_other_kinds_have),
		TEST(a_job_that_was_not_begun_can_be_taken_back_and_makes_room),
		TEST(a_job_whose_answer_is_on_its_way_cannot_be_taken_back),
		TEST(others_are_run_between_the_steps_of_an_unfinished_job),
		TEST(a_stop_runs_what_was_given_before_it_and_leaves_what_is_unfinished),
		TEST(a_job_given_after_the_stop_is_refused),
		TEST(what_was_taken_while_another_thread_stops_the_worker_is_run),
		TEST_UNSTARTED(jobs_given_before_the_start_wait_for_it),
		TEST_UNSTARTED(jobs_of_a_worker_that_never_starts_are_discarded),
		TEST(a_worker_that_takes_its_time_to_stop_still_gets_answers_and_no_signal),
		TEST(this_thread_keeps_its_signals),
		TEST(a_worker_asks_another_one),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
