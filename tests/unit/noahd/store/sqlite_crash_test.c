/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "noahd/store/engines.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A process that commits is killed at random moments: what it has reported as committed is there. */

enum { ROUNDS = 25, PATHS = 200, READ_MS = 20000 };

static struct fixture fixture;

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	fixture_close(&fixture);
	return 0;
}

static int down(void **state)
{
	(void)state;
	fixture_down(&fixture);
	return 0;
}

/* The child: batches of all sizes, each reported when it is durable. */
static void commit_for_ever(int report_fd)
{
	struct shown shown;

	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	shown_finish(&shown);
	for (size_t count = 1;; count = count % 40 + 1) {
		fixture_commit_many(&fixture, count, PATHS);
		if (write(report_fd, &fixture.revision, sizeof(fixture.revision)) < 0)
			_exit(1);
		fixture_tidy(&fixture);
	}
}

/* Reads reports until that revision, then kills in the middle of whatever comes next. Returns the last one reported. */
static uint64_t kill_after(pid_t child, int report_fd, uint64_t revision)
{
	struct pollfd reports = { .fd = report_fd, .events = POLLIN };
	uint64_t reported = 0;
	struct timespec moment = { .tv_nsec = random() % 3000000 };

	while (reported < revision && poll(&reports, 1, READ_MS) == 1)
		if (read(report_fd, &reported, sizeof(reported)) <= 0)
			break;
	nanosleep(&moment, NULL); /* the random moment itself: nothing is waited for */
	kill(child, SIGKILL);
	assert_true(reported >= revision);
	while (read(report_fd, &reported, sizeof(reported)) > 0)
		;
	return reported;
}

/* fixture_commit_many gives the path r - 1 modulo PATHS to revision r. */
static void assert_whole(uint64_t reported)
{
	struct change_list log = { 0 };
	struct shown shown;
	struct error err;

	fixture_open(&fixture);
	fixture_load(&fixture, &shown);
	assert_true(shown.head.revision >= reported);
	assert_int_equal(shown.head.oldest, 1);
	assert_true(sqlite_engine.read_log(fixture.state, 0, SIZE_MAX >> 1, SIZE_MAX, &log, &err));
	assert_int_equal(log.count, shown.head.revision);
	for (size_t i = 0; i < log.count; i++)
		assert_int_equal(log.changes[i]->revision, i + 1);
	for (size_t i = 0; i < shown.record_count; i++) {
		uint64_t place = strtoul(strrchr(shown.records[i].path, '/') + 1, NULL, 10);
		uint64_t newest = shown.head.revision - (shown.head.revision - 1 - place) % PATHS;
		assert_int_equal(shown.records[i].revision, newest);
	}
	change_list_finish(&log);
	shown_finish(&shown);
	fixture_close(&fixture);
}

static void a_reported_commit_survives_kill_9(void **state)
{
	uint64_t reported = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		int reports[2];
		assert_int_equal(pipe(reports), 0);
		pid_t child = fork();
		if (!child)
			commit_for_ever(reports[1]);
		close(reports[1]);
		reported = kill_after(child, reports[0], reported + 1 + (uint64_t)random() % 2000);
		assert_int_equal(waitpid(child, NULL, 0), child);
		close(reports[0]);
		assert_whole(reported);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_reported_commit_survives_kill_9, up, down),
	};

	srandom((unsigned)time(NULL));
	return cmocka_run_group_tests_name("sqlite_crash", tests, NULL, NULL);
}
