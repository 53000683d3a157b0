/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/supervisor.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "pokerd/runner/processes.h"
#include "pokerd/runner/run_folder.h"
#include "pokerd/runner/run_output.h"
#include "pokerd/runner/run_record.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000, SECOND = 1000 };

static char run_id[RUN_ID_BYTES];
static struct spawn_identity *identity;
static struct run_pokes pokes;
static const char *runs;

static bool body_of(void *context, const char *id, char **out, size_t *out_size)
{
	(void)context;
	if (!strcmp(id, "unreadable"))
		return false;
	*out = memory_format("{\"id\":\"%s\"}", id);
	*out_size = strlen(*out);
	return true;
}

static void forget_nothing(void *context)
{
	(void)context;
}

/* A request for a shell script. */
static struct run_request request_for(const char *script)
{
	static char *argv[4] = { "/bin/sh", "-c" };

	argv[2] = (char *)script;
	run_id_make(clock_wall_ms(), run_id);
	return (struct run_request){
		.runs_directory = runs,
		.run_id = run_id,
		.rule = "/",
		.argv = argv,
		.identity = identity,
		.pokes = &pokes,
		.body = body_of,
		.forget = forget_nothing,
		.queued_ms = 4711,
		.time_limit_ms = 60 * SECOND,
		.grace_ms = 100,
		.output_bytes_max = 1 << 20,
	};
}

static struct supervisor start(const struct run_request *request)
{
	struct supervisor supervisor;
	struct error err;

	if (!supervisor_start(request, &supervisor, &err))
		fail_msg("%s", err.text);
	return supervisor;
}

static void wait_for(int fd)
{
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&gone, 1, DEADLINE_MS), 1);
}

static enum supervisor_found find(struct supervisor *out)
{
	enum supervisor_found found;
	struct error err;

	if (!supervisor_find(runs, run_id, &found, out, &err))
		fail_msg("%s", err.text);
	return found;
}

static struct run_record read_record(void)
{
	struct run_record record;
	struct error err;

	if (!run_record_read(runs, run_id, &record, &err))
		fail_msg("%s", err.text);
	return record;
}

static struct run_record run(const struct run_request *request)
{
	struct supervisor supervisor = start(request), none;

	wait_for(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_int_equal(find(&none), SUPERVISOR_ENDED);
	return read_record();
}

static char *read_run_file(const char *name)
{
	char *path = run_folder_path(runs, run_id, name), *bytes;
	struct error err;
	size_t size;

	if (!file_read(path, 1 << 22, FILE_PUBLIC, &bytes, &size, &err))
		fail_msg("%s", err.text);
	free(path);
	return bytes;
}

/* The first line of the output, once it is there. */
static pid_t written_pid(void)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	uint64_t pid = 0;

	while (!pid && clock_monotonic_ms() < until_ms) {
		char *output = read_run_file(RUN_FOLDER_OUTPUT), *end = strchr(output, '\n');
		if (end) {
			*end = '\0';
			assert_true(number_parse_uint64(output, INT32_MAX, &pid));
		}
		free(output);
	}
	assert_int_not_equal(pid, 0);
	return (pid_t)pid;
}

static bool is_gone(pid_t pid)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;

	while (!kill(pid, 0) && clock_monotonic_ms() < until_ms)
		(void)poll(NULL, 0, 5);
	return kill(pid, 0) && errno == ESRCH;
}

static int open_runs(void **state)
{
	if (scratch_open(state) || chmod(scratch_folder, 0711))
		return -1;
	runs = memory_format("%s/runs", scratch_folder);
	return spawn_identity_create("", &identity, NULL) ? 0 : -1;
}

static int close_runs(void **state)
{
	struct run_ids ids;

	if (!run_folder_rotate(runs, 0, NULL) || !run_folder_list(runs, &ids, NULL) || ids.count)
		return -1;
	run_ids_finish(&ids);
	run_pokes_finish(&pokes);
	spawn_identity_destroy(identity);
	free((char *)runs);
	return scratch_close(state);
}

static int forget_pokes(void **state)
{
	(void)state;
	run_pokes_finish(&pokes);
	return 0;
}

static void a_run_leaves_a_record_of_what_happened(void **state)
{
	struct run_request request = request_for("echo out; echo err >&2; exit 35");

	(void)state;
	run_pokes_append(&pokes, "msg_1", "e-1");
	int64_t before_ms = clock_wall_ms();
	struct run_record record = run(&request);
	assert_string_equal(record.id, run_id);
	assert_string_equal(record.rule, "/");
	assert_int_equal(record.result, RUN_SUCCESS);
	assert_int_equal(record.exit_status, 35);
	assert_int_equal(record.signal, 0);
	assert_string_equal(record.reason, "converged, a reboot is scheduled");
	assert_int_equal(record.queued_ms, 4711);
	assert_in_range(record.started_ms, before_ms, clock_wall_ms());
	assert_in_range(record.ended_ms, record.started_ms, clock_wall_ms());
	assert_in_range(record.duration_ms, 0, DEADLINE_MS);
	assert_int_equal(record.pokes.count, 1);
	assert_string_equal(record.pokes.list[0].event, "e-1");
	assert_string_equal(record.tail, "out\nerr\n");
	assert_int_equal(record.output_bytes, 8);
	assert_false(record.truncated);
	run_record_finish(&record);
}

static void every_end_has_its_result(void **state)
{
	static const struct {
		const char *script;
		enum run_result result;
		int exit_status, signal;
		const char *reason;
	} ends[] = {
		{ "exit 0", RUN_SUCCESS, 0, 0, "converged" },
		{ "exit 1", RUN_FAILED, 1, 0, "failed" },
		{ "exit 37", RUN_FAILED, 37, 0, "cut short, a reboot is needed" },
		{ "exit 213", RUN_SUCCESS, 213, 0, "chef upgraded itself and has to run again" },
		{ "exit 255", RUN_FAILED, 255, 0, "failed" },
		{ "kill -SEGV $$", RUN_KILLED, -1, SIGSEGV, "killed by SIGSEGV" },
		{ "kill -40 $$", RUN_KILLED, -1, 40, "killed by SIGRT" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct run_request request = request_for(ends[i].script);
		struct run_record record = run(&request);
		assert_int_equal(record.result, ends[i].result);
		assert_int_equal(record.exit_status, ends[i].exit_status);
		assert_int_equal(record.signal, ends[i].signal);
		assert_string_equal(record.reason, ends[i].reason);
		run_record_finish(&record);
	}
}

static void a_command_that_is_not_there_is_a_run_that_did_not_start(void **state)
{
	char *argv[] = { "no-such-command", NULL };
	struct run_request request = request_for("");

	(void)state;
	request.argv = argv;
	struct run_record record = run(&request);
	assert_int_equal(record.result, RUN_NOT_STARTED);
	assert_string_equal(record.reason, "cannot execute no-such-command: No such file or directory");
	assert_int_equal(record.exit_status, -1);
	run_record_finish(&record);
}

static void a_command_is_looked_for_in_its_own_path(void **state)
{
	char *argv[] = { "true", NULL };
	struct setting_pair path = { "PATH", "/nowhere" };
	struct setting_pairs environment = { &path, 1 };
	struct run_request request = request_for("");

	(void)state;
	request.argv = argv;
	struct run_record record = run(&request);
	assert_int_equal(record.result, RUN_SUCCESS);
	run_record_finish(&record);
	run_id_make(clock_wall_ms(), run_id);
	request.environment = &environment;
	record = run(&request);
	assert_int_equal(record.result, RUN_NOT_STARTED);
	run_record_finish(&record);
}

static void its_environment_is_built_from_nothing(void **state)
{
	struct setting_pair pairs[] = { { "CHEF_LICENSE", "accept-silent" }, { "LANG", "en_GB.UTF-8" },
		{ "POKERD_RUN_ID", "mine" } };
	struct setting_pairs environment = { pairs, 3 };
	struct run_request request = request_for("env -u PWD -u SHLVL -u OLDPWD -u _ | sort");

	(void)state;
	setenv("LEAKED", "yes", 1);
	run_pokes_append(&pokes, "a", "e-1");
	run_pokes_append(&pokes, "b", "e-2");
	request.environment = &environment;
	struct run_record record = run(&request);
	char *expected =
	    memory_format("CHEF_LICENSE=accept-silent\nHOME=%s\nLANG=en_GB.UTF-8\nLOGNAME=%s\nNOAH_CAUSE=e-1, e-2\n"
	                  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
	                  "POKERD_EVENT_FILE=%s/%s/event.json\nPOKERD_RUN_ID=%s\nUSER=%s\n",
	        identity->home, identity->name, runs, run_id, run_id, identity->name);
	assert_string_equal(record.tail, expected);
	free(expected);
	run_record_finish(&record);
}

static void it_inherits_no_descriptor_signal_mask_folder_or_session(void **state)
{
	struct run_request request =
	    request_for("readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '; pwd; umask; "
	                "grep -E 'Sig(Blk|Ign)' /proc/$$/status | tr -d '\\n\\t' | sed s/.80000000$/000000000/; echo; "
	                "set -- $(cat /proc/$$/stat); test $1 = $5 -a $1 = $6 && echo leader");
	sigset_t mask;

	(void)state;
	int inherited = open("/dev/null", O_RDONLY); /* without CLOEXEC, as a library might */
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	struct run_record record = run(&request);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	close(inherited);
	/* 3 is the folder that ls reads. Signals 32 and 33 are the C library's own: who starts us by posix_spawn, as make does, leaves
	   them ignored, one or both, and no sigaction may change that: sed takes them away. */
	assert_string_equal(record.tail, "/dev/null\n0 1 2 3 /\n0022\n"
	                                 "SigBlk:0000000000000000SigIgn:0000000000000000\nleader\n");
	run_record_finish(&record);
}

static void it_is_given_its_pokes_in_a_file_of_its_own(void **state)
{
	struct run_request request = request_for("cat $POKERD_EVENT_FILE; stat -c '%a %U' $POKERD_EVENT_FILE");

	(void)state;
	run_pokes_append(&pokes, "first", "");
	run_pokes_append(&pokes, "unreadable", "");
	run_pokes_append(&pokes, "last", "");
	struct run_record record = run(&request);
	char *expected =
	    memory_format("{\"run\":\"%s\",\"pokes\":[{\"id\":\"first\"},{\"id\":\"last\"}],\"dropped\":1}\n600 %s\n",
	        run_id, identity->name);
	assert_string_equal(record.tail, expected);
	free(expected);
	run_record_finish(&record);
}

static void of_very_many_pokes_the_newest_thousand_are_carried(void **state)
{
	struct run_request request = request_for("grep -o '\"id\"' $POKERD_EVENT_FILE | wc -l; grep -o '\"dropped\":.*' "
	                                         "$POKERD_EVENT_FILE; grep -o 'm_2\"' $POKERD_EVENT_FILE");
	char id[16];

	(void)state;
	for (int i = 0; i < 1002; i++) {
		snprintf(id, sizeof id, "m_%d", i);
		run_pokes_append(&pokes, id, "");
	}
	struct run_record record = run(&request);
	assert_string_equal(record.tail, "1000\n\"dropped\":2}\nm_2\"\n");
	assert_int_equal(record.pokes.count, 1000);
	assert_int_equal(record.dropped, 2);
	run_record_finish(&record);
}

static void another_user_gets_all_of_that_user_and_the_event_file(void **state)
{
	struct spawn_identity *nobody;
	struct run_request request =
	    request_for("id -u; id -g; id -G; echo $USER; stat -c '%a %U' $POKERD_EVENT_FILE; cat $POKERD_EVENT_FILE");

	(void)state;
	if (geteuid()) {
		print_message("only root can become another user\n");
		skip();
	}
	assert_true(spawn_identity_create("nobody", &nobody, NULL));
	request.identity = nobody;
	struct run_record record = run(&request);
	char *expected =
	    memory_format("65534\n65534\n65534\nnobody\n600 nobody\n{\"run\":\"%s\",\"pokes\":[],\"dropped\":0}\n", run_id);
	assert_string_equal(record.tail, expected);
	free(expected);
	run_record_finish(&record);
	spawn_identity_destroy(nobody);
}

static void output_beyond_its_limit_is_counted_but_not_kept(void **state)
{
	struct run_request request = request_for("yes | head -c 3000000; printf 'the end'");

	(void)state;
	request.output_bytes_max = 1000;
	struct run_record record = run(&request);
	char *output = read_run_file(RUN_FOLDER_OUTPUT);
	assert_int_equal(strlen(output), 1000);
	assert_int_equal(record.output_bytes, 3000007);
	assert_true(record.truncated);
	assert_int_equal(strlen(record.tail), RUN_OUTPUT_TAIL_BYTES);
	assert_string_equal(record.tail + RUN_OUTPUT_TAIL_BYTES - 9, "y\nthe end");
	free(output);
	run_record_finish(&record);
}

static void any_bytes_are_kept_and_shown_as_text(void **state)
{
	struct run_request request = request_for("printf 'a\\377\\000\\303\\251\\303'");

	(void)state;
	struct run_record record = run(&request);
	assert_string_equal(record.tail, "a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd");
	char *output = read_run_file(RUN_FOLDER_OUTPUT);
	assert_memory_equal(output, "a\377\000\303\251\303", 6);
	free(output);
	run_record_finish(&record);
}

static void a_run_ends_with_its_command_whoever_still_holds_its_output(void **state)
{
	struct run_request request = request_for("sleep 1000 & echo $!; exit 3");

	(void)state;
	struct run_record record = run(&request);
	assert_in_range(record.duration_ms, 0, DEADLINE_MS);
	assert_int_equal(record.exit_status, 3);
	pid_t left = written_pid();
	assert_int_equal(kill(left, 0), 0); /* what a run that ended by itself leaves on is meant to be on */
	kill(left, SIGKILL);
	run_record_finish(&record);
}

static void a_run_over_its_limit_gets_term_then_int_then_kill(void **state)
{
	static const struct {
		const char *script;
		int signal;
		const char *reason;
	} stubborn[] = {
		{ "sleep 1000", SIGTERM, "ended by SIGTERM" },
		{ "trap '' TERM; sleep 1000", SIGINT, "ended by SIGINT" },
		{ "trap '' TERM INT; sleep 1000", SIGKILL, "ended by SIGKILL" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof stubborn / sizeof *stubborn; i++) {
		struct run_request request = request_for(stubborn[i].script);
		request.time_limit_ms = 200;
		struct run_record record = run(&request);
		assert_int_equal(record.result, RUN_TIME_LIMIT);
		assert_int_equal(record.signal, stubborn[i].signal);
		assert_memory_equal(record.reason, stubborn[i].reason, strlen(stubborn[i].reason));
		assert_in_range(record.duration_ms, 200 + 100 * i, DEADLINE_MS);
		run_record_finish(&record);
	}
}

static void over_the_limit_nobody_is_left_not_even_who_left_the_group(void **state)
{
	struct run_request request =
	    request_for("(setsid sh -c 'trap \"\" TERM INT; echo $$; sleep 1001 & wait') & trap '' TERM; sleep 1000");

	(void)state;
	request.time_limit_ms = 500;
	struct run_record record = run(&request);
	assert_int_equal(record.result, RUN_TIME_LIMIT);
	assert_true(is_gone(written_pid()));
	run_record_finish(&record);
}

static void a_run_outlives_the_runner_and_is_found_by_the_next(void **state)
{
	char *go = memory_format("%s/go", scratch_folder);
	char *script = memory_format("while [ ! -e %s ]; do sleep 0.02; done; echo done; exit 41", go);
	struct run_request request = request_for(script);
	struct supervisor supervisor = { .fd = -1 };

	(void)state;
	pid_t runner = fork();
	if (!runner) {
		(void)start(&request);
		raise(SIGKILL);
	}
	waitpid(runner, NULL, 0);
	assert_int_equal(find(&supervisor), SUPERVISOR_RUNNING);
	kill(supervisor.pid, SIGTERM);
	kill(supervisor.pid, SIGINT);
	assert_int_equal(run_folder_rotate(runs, 0, NULL), true); /* does not touch one that is on */
	scratch_write("go", "", 0600);
	wait_for(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_int_equal(find(&supervisor), SUPERVISOR_ENDED);
	struct run_record record = read_record();
	assert_int_equal(record.exit_status, 41);
	assert_string_equal(record.tail, "done\n");
	run_record_finish(&record);
	free(script);
	free(go);
}

/* Waits as the runner does; returns how often somebody had been left behind. */
static int find_lost(void)
{
	struct supervisor left;
	enum supervisor_found found;
	int times = 0;

	while ((found = find(&left)) == SUPERVISOR_LEFTOVERS) {
		times++;
		wait_for(left.fd);
		supervisor_finish(&left);
	}
	assert_int_equal(found, SUPERVISOR_LOST);
	struct run_record record = read_record();
	assert_int_equal(record.result, RUN_LOST);
	run_record_finish(&record);
	assert_int_equal(find(&left), SUPERVISOR_ENDED);
	return times;
}

static void kill_supervisor(struct supervisor *supervisor)
{
	kill(supervisor->pid, SIGKILL);
	wait_for(supervisor->fd);
	supervisor_finish(supervisor);
}

static void before_a_run_counts_as_lost_all_that_it_started_is_gone(void **state)
{
	static const char *const scripts[] = {
		"echo $$; exec sleep 1000",
		"sh -c 'trap \"\" TERM; echo $$; sleep 1000 & wait'; true",
		"env -i sh -c 'echo $$; while :; do sleep 0.01; done' & wait",
		"setsid sh -c 'echo $$; sleep 1000; true' & sleep 1000; true",
	};

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		struct run_request request = request_for(scripts[i]);
		struct supervisor supervisor = start(&request);
		pid_t command = written_pid();
		kill_supervisor(&supervisor);
		assert_int_equal(kill(command, 0), 0);
		assert_in_range(find_lost(), 1, 10);
		assert_true(is_gone(command));
	}
}

static void who_is_left_when_the_command_itself_is_gone_is_known_by_the_name_of_the_run(void **state)
{
	struct run_request request = request_for("sh -c 'echo $$; sleep 1000; true' & wait");
	struct supervisor supervisor = start(&request);
	pid_t left = written_pid();
	struct process process;

	(void)state;
	assert_true(process_read(left, &process));
	kill_supervisor(&supervisor);
	kill(process.session, SIGKILL);
	assert_true(is_gone(process.session));
	assert_in_range(find_lost(), 1, 10);
	assert_true(is_gone(left));
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

	run_id_make(clock_wall_ms(), run_id);
	assert_true(run_folder_create(runs, run_id, NULL));
	path = run_folder_path(runs, run_id, RUN_FOLDER_LOCK);
	assert_true(file_replace(path, text, strlen(text), 0600, NULL));
	free(path);
	free(text);
}

static void somebody_else_with_the_same_number_is_not_touched(void **state)
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
	assert_true(is_gone(stranger));
	free(boot);
}

static void a_run_that_never_began_leaves_nothing(void **state)
{
	struct supervisor supervisor;
	struct run_ids before, after;

	(void)state;
	assert_true(run_folder_list(runs, &before, NULL));
	run_id_make(clock_wall_ms(), run_id);
	assert_int_equal(find(&supervisor), SUPERVISOR_NOT_BEGUN);
	assert_true(run_folder_create(runs, run_id, NULL));
	assert_int_equal(find(&supervisor), SUPERVISOR_NOT_BEGUN);
	assert_true(run_folder_list(runs, &after, NULL));
	assert_int_equal(after.count, before.count);
	run_ids_finish(&before);
	run_ids_finish(&after);
	strcpy(run_id, "../../etc");
	assert_int_equal(find(&supervisor), SUPERVISOR_NOT_BEGUN);
}

static void a_run_whose_record_is_there_has_begun_whatever_the_lock_says(void **state)
{
	struct run_record record = { .id = run_id, .result = RUN_SUCCESS, .exit_status = -1 };
	struct supervisor supervisor;

	(void)state;
	run_id_make(clock_wall_ms(), run_id);
	assert_true(run_folder_create(runs, run_id, NULL));
	char *lock = run_folder_path(runs, run_id, RUN_FOLDER_LOCK);
	assert_true(file_replace(lock, "", 0, 0600, NULL));
	free(lock);
	assert_true(run_record_write(runs, &record, NULL));
	assert_int_equal(find(&supervisor), SUPERVISOR_ENDED);
	record.result = RUN_RUNNING;
	assert_true(run_record_write(runs, &record, NULL));
	assert_int_equal(find(&supervisor), SUPERVISOR_LOST);
}

static void a_command_that_there_are_no_descriptors_for_has_not_begun(void **state)
{
	struct run_request request = request_for("true");
	struct rlimit before, few = { 0 };
	struct supervisor supervisor;

	(void)state;
	int lowest = dup(STDERR_FILENO);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ (rlim_t)lowest + 4, before.rlim_max }; /* lock, output and signals, but no pipe */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	supervisor = start(&request);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	wait_for(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_int_equal(find(&supervisor), SUPERVISOR_NOT_BEGUN);
}

static void a_start_that_fails_leaves_nothing(void **state)
{
	struct run_request request = request_for("true");
	struct supervisor supervisor;
	struct run_ids before, after;
	struct error err;

	(void)state;
	assert_true(run_folder_list(runs, &before, NULL));
	assert_true(run_folder_create(runs, run_id, NULL));
	char *path = run_folder_path(runs, run_id, RUN_FOLDER_OUTPUT);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600); /* in the way */
	assert_false(supervisor_start(&request, &supervisor, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_true(run_folder_list(runs, &after, NULL));
	assert_int_equal(after.count, before.count);
	close(fd);
	free(path);
	run_ids_finish(&before);
	run_ids_finish(&after);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_pokes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_leaves_a_record_of_what_happened),
		TEST(every_end_has_its_result),
		TEST(a_command_that_is_not_there_is_a_run_that_did_not_start),
		TEST(a_command_is_looked_for_in_its_own_path),
		TEST(its_environment_is_built_from_nothing),
		TEST(it_inherits_no_descriptor_signal_mask_folder_or_session),
		TEST(it_is_given_its_pokes_in_a_file_of_its_own),
		TEST(of_very_many_pokes_the_newest_thousand_are_carried),
		TEST(another_user_gets_all_of_that_user_and_the_event_file),
		TEST(output_beyond_its_limit_is_counted_but_not_kept),
		TEST(any_bytes_are_kept_and_shown_as_text),
		TEST(a_run_ends_with_its_command_whoever_still_holds_its_output),
		TEST(a_run_over_its_limit_gets_term_then_int_then_kill),
		TEST(over_the_limit_nobody_is_left_not_even_who_left_the_group),
		TEST(a_run_outlives_the_runner_and_is_found_by_the_next),
		TEST(before_a_run_counts_as_lost_all_that_it_started_is_gone),
		TEST(who_is_left_when_the_command_itself_is_gone_is_known_by_the_name_of_the_run),
		TEST(somebody_else_with_the_same_number_is_not_touched),
		TEST(a_run_that_never_began_leaves_nothing),
		TEST(a_run_whose_record_is_there_has_begun_whatever_the_lock_says),
		TEST(a_command_that_there_are_no_descriptors_for_has_not_begun),
		TEST(a_start_that_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, open_runs, close_runs);
}
