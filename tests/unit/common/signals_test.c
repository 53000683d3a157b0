/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signals.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

struct arrivals {
	struct event_loop *loop;
	unsigned hangups, terminations;
};

static void hung_up(void *context)
{
	struct arrivals *arrivals = context;

	arrivals->hangups++;
}

static void told_to_end(void *context)
{
	struct arrivals *arrivals = context;

	arrivals->terminations++;
	event_loop_stop(arrivals->loop);
}

static const struct signal_action table[] = {
	{ SIGHUP, hung_up },
	{ SIGTERM, told_to_end },
};
enum { ROWS = sizeof(table) / sizeof(*table) };

static void *hang_up_then_end(void *context)
{
	(void)context;
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGTERM);
	return NULL;
}

static void each_signal_reaches_its_row_from_any_thread(void **state)
{
	struct arrivals arrivals = { .loop = event_loop_create(NULL) };
	pthread_t thread;

	(void)state;
	signals_block(table, ROWS);
	struct signals *signals = signals_start(arrivals.loop, table, ROWS, &arrivals, NULL);
	assert_non_null(signals);
	assert_int_equal(pthread_create(&thread, NULL, hang_up_then_end, NULL), 0);
	assert_true(event_loop_run(arrivals.loop, NULL));
	pthread_join(thread, NULL);
	assert_int_equal(arrivals.hangups, 1);
	assert_int_equal(arrivals.terminations, 1);
	signals_stop(signals);
	event_loop_destroy(arrivals.loop);
}

static void a_write_without_a_reader_is_an_error_and_no_signal(void **state)
{
	int ends[2];

	(void)state;
	signals_block(table, ROWS);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signal_reaches_its_row_from_any_thread),
		cmocka_unit_test(a_write_without_a_reader_is_an_error_and_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
