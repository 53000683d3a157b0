/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/listeners.h"

#include "common/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000, DRAIN_MS_MAX = 20, PING_MS = 20, STATUS_OF_FAILURE = 78 };

/* What the next process does that is forked. */
static enum { SERVES, FAILS, HANGS, STAYS, LEAVES_A_CHILD, IS_STUCK } behaviour;

static pid_t *left; /* shared: what a listener has left behind, with its end of the link */
static bool is_of_other_version, awaits_late;

/* How often each was told; failed: the status. Each ends the loop. */
static struct told {
	int ready, replaced, not_replaced, failed, drained;
} told;
static struct event_loop *loop;
static struct listeners *listeners;
static int64_t until_ms;
static pid_t gone;   /* the loop ends when another one accepts; 0: it does not */
static int heard[2]; /* a pipe: 'R' of each process that could accept, 'S' of each that was told to */

/* ---- the processes ---- */

static bool wait_for_message(int fd, enum message_kind kind)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	const struct message pong = { .kind = MESSAGE_PONG };
	char buffer[MESSAGE_BYTES_MAX];
	struct message message;

	while (poll(&readable, 1, DEADLINE_MS) == 1 &&
	       message_receive(fd, MESSAGE_TO_LISTENER, buffer, &message, NULL) == MESSAGE_RECEIVED) {
		if (message.kind == kind)
			return true;
		if (message.kind != MESSAGE_PING || !message_send(fd, MESSAGE_TO_RUNNER, &pong, NULL))
			break;
	}
	return false;
}

static int become(int runner_fd, void *context)
{
	struct message ready = { .kind = MESSAGE_READY };

	(void)context;
	message_set_text(&ready, MESSAGE_TEXT, is_of_other_version ? "0.0.0" : VERSION);
	if (behaviour == FAILS)
		return STATUS_OF_FAILURE;
	if (behaviour == LEAVES_A_CHILD) {
		pid_t child = fork();
		if (!child) {
			(void)poll(NULL, 0, DEADLINE_MS);
			_exit(0);
		}
		*left = child;
	}
	if (behaviour != HANGS && message_send(runner_fd, MESSAGE_TO_RUNNER, &ready, NULL)) {
		(void)!write(heard[1], "R", 1);
		if (wait_for_message(runner_fd, MESSAGE_SERVE))
			(void)!write(heard[1], "S", 1);
	}
	if (behaviour == IS_STUCK)
		(void)poll(NULL, 0, DEADLINE_MS);
	(void)wait_for_message(runner_fd, MESSAGE_DRAIN);
	if (behaviour == STAYS)
		(void)poll(NULL, 0, DEADLINE_MS);
	return 0;
}

/* ---- reports of listeners ---- */

static void question(const struct message *message, struct verdict *out, void *context)
{
	(void)message, (void)out, (void)context;
	fail_msg("nothing was asked");
}

static void ready(void *context)
{
	(void)context;
	told.ready++;
	event_loop_stop(loop);
}

static void replaced(void *context)
{
	(void)context;
	told.replaced++;
	event_loop_stop(loop);
}

static void not_replaced(void *context)
{
	(void)context;
	told.not_replaced++;
	event_loop_stop(loop);
}

static void failed(int status, void *context)
{
	(void)context;
	told.failed = status;
	event_loop_stop(loop);
}

static void drained(void *context)
{
	(void)context;
	told.drained++;
	event_loop_stop(loop);
}

/* ---- the tests' own ---- */

static int64_t stop_in_time(void *context)
{
	(void)context;
	if (awaits_late && listeners_is_late(listeners)) {
		awaits_late = false;
		event_loop_stop(loop);
	}
	if (clock_monotonic_ms() > until_ms || (gone && listeners_pid(listeners) && listeners_pid(listeners) != gone))
		event_loop_stop(loop);
	return until_ms - clock_monotonic_ms();
}

static void run(void)
{
	until_ms = clock_monotonic_ms() + DEADLINE_MS;
	assert_true(event_loop_run(loop, NULL));
	assert_true(clock_monotonic_ms() < until_ms);
}

static void begin(int how, bool (*begin_one)(struct listeners *listeners, struct error *err))
{
	behaviour = how;
	assert_true(begin_one(listeners, NULL));
}

static int open_listeners(void **state)
{
	struct listeners_options options = { NULL, become, question, NULL, PING_MS, DRAIN_MS_MAX, ready, replaced,
		not_replaced, failed, drained, NULL };

	(void)state;
	told = (struct told){ 0 };
	if (!left)
		left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	gone = 0;
	assert_int_equal(pipe2(heard, O_CLOEXEC), 0);
	loop = event_loop_create(NULL);
	event_loop_before_wait(loop, stop_in_time, NULL);
	options.loop = loop;
	listeners = listeners_create(&options);
	return 0;
}

static int close_listeners(void **state)
{
	(void)state;
	listeners_destroy(listeners);
	event_loop_destroy(loop);
	close(heard[1]);
	while (read(heard[0], &(char){ 0 }, 1) > 0) /* until no process is left that could write */
		continue;
	close(heard[0]);
	return waitpid(-1, NULL, WNOHANG) == -1 ? 0 : -1; /* no process is left */
}

/* The pid of one that accepts. */
static pid_t start(void)
{
	assert_int_equal(listeners_pid(listeners), 0);
	begin(SERVES, listeners_fork);
	run();
	assert_int_equal(told.ready, 1);
	return listeners_pid(listeners);
}

static void a_failed_first_listener_is_reported_with_its_status(void **state)
{
	(void)state;
	begin(FAILS, listeners_fork);
	run();
	assert_int_equal(told.failed, STATUS_OF_FAILURE);
	assert_int_equal(told.ready, 0);
}

static void a_ready_listener_takes_over(void **state)
{
	pid_t first = start();

	(void)state;
	begin(SERVES, listeners_replace);
	assert_int_equal(listeners_pid(listeners), first);
	run();
	assert_int_equal(told.replaced, 1);
	assert_int_not_equal(listeners_pid(listeners), first);
	assert_int_equal(listeners_deaths(listeners), 0);
}

static void a_failed_listener_leaves_the_old_one(void **state)
{
	pid_t first = start();

	(void)state;
	begin(FAILS, listeners_replace);
	run();
	assert_int_equal(told.not_replaced, 1);
	assert_int_equal(told.replaced, 0);
	assert_int_equal(listeners_pid(listeners), first);
}

static void a_listener_that_is_not_ready_yet_is_replaced_silently(void **state)
{
	pid_t first = start();

	(void)state;
	begin(HANGS, listeners_replace);
	assert_int_equal(listeners_pid(listeners), first);
	begin(SERVES, listeners_replace);
	run();
	assert_int_equal(told.replaced, 1);
	assert_int_equal(told.not_replaced, 0);
	assert_int_equal(listeners_deaths(listeners), 0);
}

/* The first byte that any process writes next. */
static char next_heard(void)
{
	struct pollfd readable = { .fd = heard[0], .events = POLLIN };
	char byte = '\0';

	assert_int_equal(poll(&readable, 1, DEADLINE_MS), 1);
	assert_int_equal(read(heard[0], &byte, 1), 1);
	return byte;
}

static void a_listener_replaced_when_ready_was_never_told_to_accept(void **state)
{
	(void)state;
	(void)start();
	assert_int_equal(next_heard(), 'R');
	assert_int_equal(next_heard(), 'S');
	begin(SERVES, listeners_replace);
	assert_int_equal(next_heard(), 'R');
	begin(SERVES, listeners_replace);
	assert_int_equal(next_heard(), 'R');
	run();
	assert_int_equal(told.replaced, 1);
	assert_int_equal(next_heard(), 'S');
	listeners_drain(listeners);
	run();
	assert_int_equal(told.drained, 1);
	assert_int_equal(close(heard[1]), 0);
	assert_int_equal(read(heard[0], &(char){ 0 }, 1), 0);
}

static void when_both_have_died_another_follows(void **state)
{
	pid_t first = start();

	(void)state;
	begin(FAILS, listeners_replace);
	kill(first, SIGKILL);
	run();
	assert_int_equal(told.not_replaced, 1);
	behaviour = SERVES;
	gone = first;
	run();
	assert_int_equal(told.ready, 1);
	assert_int_equal(told.replaced, 0);
}

static void the_death_of_a_listener_is_seen_while_its_child_holds_the_link(void **state)
{
	(void)state;
	begin(LEAVES_A_CHILD, listeners_fork);
	run();
	gone = listeners_pid(listeners);
	behaviour = SERVES;
	kill(gone, SIGKILL);
	run();
	assert_int_equal(listeners_deaths(listeners), 1);
	assert_true(*left > 1);
	assert_int_equal(kill(*left, SIGKILL), 0); /* it was there all the time */
}

static void a_listener_that_does_not_answer_is_late_then_killed_and_replaced(void **state)
{
	(void)state;
	begin(IS_STUCK, listeners_fork);
	run();
	gone = listeners_pid(listeners);
	assert_false(listeners_is_late(listeners));
	behaviour = SERVES;
	awaits_late = true;
	run();
	assert_true(listeners_is_late(listeners));
	run();
	assert_int_equal(listeners_deaths(listeners), 1);
	assert_false(listeners_is_late(listeners));
}

static void a_listener_of_another_version_does_not_accept(void **state)
{
	(void)state;
	is_of_other_version = true;
	begin(SERVES, listeners_fork);
	run();
	assert_int_equal(told.ready, 0);
	is_of_other_version = false;
}

static void a_listener_that_does_not_end_when_told_is_killed(void **state)
{
	(void)state;
	begin(STAYS, listeners_fork);
	run();
	listeners_drain(listeners);
	run();
	assert_int_equal(told.drained, 1);
}

static void draining_ends_when_no_listener_is_left(void **state)
{
	(void)state;
	(void)start();
	listeners_drain(listeners);
	assert_int_equal(listeners_pid(listeners), 0);
	run();
	assert_int_equal(told.drained, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_listeners, close_listeners)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failed_first_listener_is_reported_with_its_status),
		TEST(a_ready_listener_takes_over),
		TEST(a_failed_listener_leaves_the_old_one),
		TEST(a_listener_that_is_not_ready_yet_is_replaced_silently),
		TEST(a_listener_replaced_when_ready_was_never_told_to_accept),
		TEST(when_both_have_died_another_follows),
		TEST(the_death_of_a_listener_is_seen_while_its_child_holds_the_link),
		TEST(a_listener_that_does_not_answer_is_late_then_killed_and_replaced),
		TEST(a_listener_of_another_version_does_not_accept),
		TEST(a_listener_that_does_not_end_when_told_is_killed),
		TEST(draining_ends_when_no_listener_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
