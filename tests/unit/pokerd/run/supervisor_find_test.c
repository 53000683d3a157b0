/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/run/supervisor_fixture.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "pokerd/run/processes.h"
#include "pokerd/run/run_session.h"
#include "tests/unit/scratch.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

static void a_run_outlives_the_runner_and_is_found_by_the_next(void **state)
{
	char *go = memory_format("%s/go", scratch_folder);
	char *script = memory_format("while [ ! -e %s ]; do sleep 0.02; done; echo done; exit 41", go);
	struct run_request request = fixture_request(script);
	struct supervisor supervisor = { .fd = -1 };

	(void)state;
	pid_t runner = fork();
	if (!runner) {
		(void)fixture_start(&request);
		raise(SIGKILL);
	}
	waitpid(runner, NULL, 0);
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_RUNNING);
	kill(supervisor.pid, SIGTERM);
	kill(supervisor.pid, SIGINT);
	assert_int_equal(run_folder_rotate(fixture.runs, 0, NULL), true); /* does not touch one that is on */
	scratch_write("go", "", 0600);
	fixture_wait(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_ENDED);
	struct run_record record = fixture_read_record();
	assert_int_equal(record.exit_status, 41);
	assert_string_equal(record.tail, "done\n");
	run_record_finish(&record);
	free(script);
	free(go);
}

/* Waits as the runner does; returns how often processes had been left behind. */
static int find_lost(void)
{
	struct supervisor left;
	enum supervisor_found found;
	int times = 0;

	while ((found = fixture_find(&left)) == SUPERVISOR_LEFTOVERS) {
		times++;
		fixture_wait(left.fd);
		supervisor_finish(&left);
	}
	assert_int_equal(found, SUPERVISOR_LOST);
	struct run_record record = fixture_read_record();
	assert_int_equal(record.result, RUN_LOST);
	run_record_finish(&record);
	assert_int_equal(fixture_find(&left), SUPERVISOR_ENDED);
	return times;
}

static void kill_supervisor(struct supervisor *supervisor)
{
	kill(supervisor->pid, SIGKILL);
	fixture_wait(supervisor->fd);
	supervisor_finish(supervisor);
}

static void before_a_run_counts_as_lost_all_that_it_started_is_gone(void **state)
{
	static const char *const scripts[] = {
		"echo $$; exec sleep 1000",
		"sh -c 'trap \"\" TERM; echo $$; sleep 1000 & wait'; true",
		"env -i sh -c 'echo $$; while :; do sleep 0.01; done' & wait",
		"setsid sh -c 'echo $$; sleep 1000; true' & sleep 1000; true",
		/* in a session of its own, and no child of the run any more */
		"setsid sh -c 'sh -c \"echo \\$\\$; sleep 1000; true\" & exit' & sleep 1000; true",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		struct run_request request = fixture_request(scripts[i]);
		struct supervisor supervisor = fixture_start(&request);
		pid_t command = fixture_written_pid();
		kill_supervisor(&supervisor);
		assert_int_equal(kill(command, 0), 0);
		assert_in_range(find_lost(), 1, 10);
		assert_true(fixture_is_gone(command));
	}
}

static void processes_left_by_the_command_are_found_by_the_run_id(void **state)
{
	struct run_request request = fixture_request("sh -c 'echo $$; sleep 1000; true' & wait");
	struct supervisor supervisor = fixture_start(&request);
	pid_t left = fixture_written_pid();
	struct process process;

	(void)state;
	assert_true(process_read(left, &process));
	kill_supervisor(&supervisor);
	kill(process.session, SIGKILL);
	assert_true(fixture_is_gone(process.session));
	assert_in_range(find_lost(), 1, 10);
	assert_true(fixture_is_gone(left));
}

/* How many there are that a command of this run has started, wherever they have gone. */
static size_t count_of_run(void)
{
	struct processes processes;
	size_t count = 0;

	assert_true(processes_list(&processes, NULL));
	for (size_t i = 0; i < processes.count; i++)
		count += processes.list[i].is_alive &&
		         process_was_given(processes.list[i].pid, RUN_SESSION_VARIABLE, fixture.run_id);
	processes_finish(&processes);
	return count;
}

static void a_process_started_during_the_kill_is_killed_too(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct run_request request = fixture_request("setsid sh -c 'echo $$; while [ $((i+=1)) -lt 400 ]; do "
		                                             "setsid sleep 1000 & done; wait' & wait");
		struct supervisor supervisor = fixture_start(&request);
		(void)fixture_written_pid();
		kill_supervisor(&supervisor);
		assert_in_range(find_lost(), 1, 1000);
		assert_int_equal(count_of_run(), 0);
	}
}

/* A process of ours that leads a session, as another one might that was given the number. */
static pid_t start_stranger(void)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (!pid) {
		(void)setsid();
		(void)!write(fds[1], "", 1);
		(void)poll(NULL, 0, DEADLINE_MS);
		_exit(0);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

/* What a supervisor leaves behind that was killed. */
static void write_lock_file(pid_t session, uint64_t started, const char *boot)
{
	char *path, *text = memory_format("1\n%d %llu %s\n", (int)session, (unsigned long long)started, boot);

	fixture_name_run();
	assert_true(run_folder_create(fixture.runs, fixture.run_id, NULL));
	path = run_folder_path(fixture.runs, fixture.run_id, RUN_FOLDER_LOCK);
	assert_true(file_replace(path, text, strlen(text), 0600, NULL));
	free(path);
	free(text);
}

static void another_process_with_the_same_number_is_not_touched(void **state)
{
	pid_t stranger = start_stranger();
	struct process process;
	char *boot;
	size_t size;

	(void)state;
	assert_true(process_read(stranger, &process));
	assert_true(file_read("/proc/sys/kernel/random/boot_id", 64, FILE_PUBLIC, &boot, &size, NULL));
	boot[strcspn(boot, "\n")] = '\0';
	write_lock_file(stranger, process.started + 1, boot);
	assert_int_equal(find_lost(), 0);
	write_lock_file(stranger, process.started, "another-start-of-the-machine");
	assert_int_equal(find_lost(), 0);
	assert_int_equal(kill(stranger, 0), 0);
	assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);
	write_lock_file(stranger, process.started, boot); /* that would have been the one */
	assert_int_equal(find_lost(), 1);
	assert_true(fixture_is_gone(stranger));
	free(boot);
}

static void a_run_that_never_began_leaves_nothing(void **state)
{
	struct supervisor supervisor;
	struct run_ids before, after;

	(void)state;
	assert_true(run_folder_list(fixture.runs, &before, NULL));
	fixture_name_run();
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_NOT_BEGUN);
	assert_true(run_folder_create(fixture.runs, fixture.run_id, NULL));
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_NOT_BEGUN);
	assert_true(run_folder_list(fixture.runs, &after, NULL));
	assert_int_equal(after.count, before.count);
	run_ids_finish(&before);
	run_ids_finish(&after);
	strcpy(fixture.run_id, "../../etc");
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_NOT_BEGUN);
}

/* As a run is left whose supervisor has not written a record: with that text in its lock file. */
static void leave_run(const char *lock_text)
{
	fixture_name_run();
	assert_true(run_folder_create(fixture.runs, fixture.run_id, NULL));
	char *path = run_folder_path(fixture.runs, fixture.run_id, RUN_FOLDER_LOCK);
	assert_true(file_replace(path, lock_text, strlen(lock_text), 0600, NULL));
	free(path);
}

static void a_run_whose_supervisor_died_before_the_command_was_executed_has_not_begun(void **state)
{
	struct supervisor supervisor;

	(void)state;
	leave_run("1\n");
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_NOT_BEGUN);
	assert_false(run_record_read(fixture.runs, fixture.run_id, &(struct run_record){ 0 }, NULL));
}

static void check_lost_record(const char *reason)
{
	struct run_record record = fixture_read_record();

	assert_int_equal(record.result, RUN_LOST);
	assert_non_null(strstr(record.reason, reason));
	assert_int_equal(record.pokes.count, 2);
	assert_string_equal(record.pokes.list[1].id, "msg_2");
	run_record_finish(&record);
}

static void the_record_of_a_lost_run_names_its_pokes_though_the_supervisor_wrote_none(void **state)
{
	struct supervisor supervisor;

	(void)state;
	run_pokes_append(&fixture.pokes, "msg_1", "e-1");
	run_pokes_append(&fixture.pokes, "msg_2", "e-2");
	leave_run("1\n2 3 another-boot\n");
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_LOST);
	check_lost_record("its supervisor was killed");
}

static void after_a_boot_a_run_counts_as_begun_whatever_is_left_of_it(void **state)
{
	struct supervisor supervisor;

	(void)state;
	run_pokes_append(&fixture.pokes, "msg_1", "e-1");
	run_pokes_append(&fixture.pokes, "msg_2", "e-2");
	fixture.boot = "another-boot";
	leave_run("");
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_LOST);
	check_lost_record("the machine went down");
	fixture_name_run(); /* not even a folder */
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_LOST);
	check_lost_record("the machine went down");
}

static void a_run_with_a_record_has_begun_regardless_of_the_lock(void **state)
{
	struct run_record record = { .id = fixture.run_id, .result = RUN_SUCCESS, .exit_status = -1 };
	struct supervisor supervisor;

	(void)state;
	fixture_name_run();
	assert_true(run_folder_create(fixture.runs, fixture.run_id, NULL));
	char *lock = run_folder_path(fixture.runs, fixture.run_id, RUN_FOLDER_LOCK);
	assert_true(file_replace(lock, "", 0, 0600, NULL));
	free(lock);
	assert_true(run_record_write(fixture.runs, &record, NULL));
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_ENDED);
	record.result = RUN_RUNNING;
	assert_true(run_record_write(fixture.runs, &record, NULL));
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_LOST);
}

static void a_command_without_descriptors_has_not_begun(void **state)
{
	struct run_request request = fixture_request("true");
	struct rlimit before, few = { 0 };
	struct supervisor supervisor;

	(void)state;
	int lowest = dup(STDERR_FILENO);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ (rlim_t)lowest + 4, before.rlim_max }; /* lock, output and signals, but no pipe */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	supervisor = fixture_start(&request);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	fixture_wait(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_int_equal(fixture_find(&supervisor), SUPERVISOR_NOT_BEGUN);
}

static void a_start_that_fails_leaves_nothing(void **state)
{
	struct run_request request = fixture_request("true");
	struct supervisor supervisor;
	struct run_ids before, after;
	struct error err;

	(void)state;
	assert_true(run_folder_list(fixture.runs, &before, NULL));
	assert_true(run_folder_create(fixture.runs, fixture.run_id, NULL));
	char *path = run_folder_path(fixture.runs, fixture.run_id, RUN_FOLDER_OUTPUT);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600); /* in the way */
	assert_false(supervisor_start(&request, &supervisor, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_true(run_folder_list(fixture.runs, &after, NULL));
	assert_int_equal(after.count, before.count);
	close(fd);
	free(path);
	run_ids_finish(&before);
	run_ids_finish(&after);
}

#define TEST(name) cmocka_unit_test_teardown(name, fixture_forget_pokes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_outlives_the_runner_and_is_found_by_the_next),
		TEST(before_a_run_counts_as_lost_all_that_it_started_is_gone),
		TEST(a_process_started_during_the_kill_is_killed_too),
		TEST(processes_left_by_the_command_are_found_by_the_run_id),
		TEST(another_process_with_the_same_number_is_not_touched),
		TEST(a_run_that_never_began_leaves_nothing),
		TEST(a_run_whose_supervisor_died_before_the_command_was_executed_has_not_begun),
		TEST(the_record_of_a_lost_run_names_its_pokes_though_the_supervisor_wrote_none),
		TEST(after_a_boot_a_run_counts_as_begun_whatever_is_left_of_it),
		TEST(a_run_with_a_record_has_begun_regardless_of_the_lock),
		TEST(a_command_without_descriptors_has_not_begun),
		TEST(a_start_that_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
