/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/run/supervisor_fixture.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "pokerd/run/run_output.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static void a_run_leaves_a_record_of_what_happened(void **state)
{
	struct run_request request = fixture_request("echo out; echo err >&2; exit 35");

	(void)state;
	run_pokes_append(&fixture.pokes, "msg_1", "e-1");
	int64_t before_ms = clock_wall_ms();
	struct run_record record = fixture_run(&request);
	assert_string_equal(record.id, fixture.run_id);
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
		{ "exit 37", RUN_FAILED, 37, 0, "interrupted, a reboot is needed" },
		{ "exit 213", RUN_SUCCESS, 213, 0, "chef upgraded itself and must run again" },
		{ "exit 255", RUN_FAILED, 255, 0, "failed" },
		{ "kill -SEGV $$", RUN_KILLED, -1, SIGSEGV, "killed by SIGSEGV" },
		{ "kill -40 $$", RUN_KILLED, -1, 40, "killed by SIGRT" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct run_request request = fixture_request(ends[i].script);
		struct run_record record = fixture_run(&request);
		assert_int_equal(record.result, ends[i].result);
		assert_int_equal(record.exit_status, ends[i].exit_status);
		assert_int_equal(record.signal, ends[i].signal);
		assert_string_equal(record.reason, ends[i].reason);
		run_record_finish(&record);
	}
}

static void a_missing_command_is_a_run_that_did_not_start(void **state)
{
	char *argv[] = { "no-such-command", NULL };
	struct run_request request = fixture_request("");

	(void)state;
	request.argv = argv;
	struct run_record record = fixture_run(&request);
	assert_int_equal(record.result, RUN_NOT_STARTED);
	assert_string_equal(record.reason, "cannot execute no-such-command: No such file or directory");
	assert_int_equal(record.exit_status, -1);
	run_record_finish(&record);
}

static void a_command_is_searched_for_in_its_own_path(void **state)
{
	char *argv[] = { "true", NULL };
	struct setting_pair path = { "PATH", "/nowhere" };
	struct setting_pairs environment = { &path, 1 };
	struct run_request request = fixture_request("");

	(void)state;
	request.argv = argv;
	struct run_record record = fixture_run(&request);
	assert_int_equal(record.result, RUN_SUCCESS);
	run_record_finish(&record);
	fixture_name_run();
	request.environment = &environment;
	record = fixture_run(&request);
	assert_int_equal(record.result, RUN_NOT_STARTED);
	run_record_finish(&record);
}

static void a_script_without_an_interpreter_is_not_given_to_a_shell(void **state)
{
	char *argv[] = { (char *)scratch_write("script", "echo a shell\n", 0755), NULL };
	char *searched[] = { "script", NULL };
	struct setting_pair path = { "PATH", scratch_folder };
	struct setting_pairs environment = { &path, 1 };
	struct run_request request = fixture_request("");

	(void)state;
	request.argv = argv;
	for (int i = 0; i < 2; i++) {
		struct run_record record = fixture_run(&request);
		assert_int_equal(record.result, RUN_NOT_STARTED);
		assert_non_null(strstr(record.reason,
		    "script, which is no program and does not begin with #!: Exec format error"));
		assert_string_equal(record.tail ? record.tail : "", "");
		run_record_finish(&record);
		fixture_name_run();
		request.argv = searched;
		request.environment = &environment;
	}
}

static void the_search_goes_on_behind_what_cannot_be_executed(void **state)
{
	char *folders = memory_format(":/nowhere:/dev/null:%s:/usr/bin:/bin", scratch_folder);
	char *missing = memory_format("%s:/nowhere", scratch_folder);
	char *argv[] = { "true", NULL };
	struct setting_pair path = { "PATH", folders };
	struct setting_pairs environment = { &path, 1 };
	struct run_request request = fixture_request("");

	(void)state;
	scratch_write("true", "", 0644);
	request.argv = argv;
	request.environment = &environment;
	struct run_record record = fixture_run(&request);
	assert_int_equal(record.result, RUN_SUCCESS);
	run_record_finish(&record);
	fixture_name_run();
	path.value = missing;
	record = fixture_run(&request);
	assert_string_equal(record.reason, "cannot execute true: Permission denied");
	run_record_finish(&record);
	unlink(scratch_path("true"));
	free(folders);
	free(missing);
}

static void its_soft_limits_and_priorities_are_not_ours(void **state)
{
	static const int resources[] = { RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_STACK };
	struct rlimit ours[4], changed;
	struct run_request request = fixture_request("for what in c f n s; do ulimit -S -$what; done; nice; "
	                                             "cat /proc/self/oom_score_adj");

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(getrlimit(resources[i], &ours[i]), 0);
		changed = ours[i];
		changed.rlim_cur = i == 1 ? 1 << 24 : i == 2 ? 256 : 1 << 22;
		assert_int_equal(setrlimit(resources[i], &changed), 0);
	}
	struct run_record record = fixture_run(&request);
	for (int i = 0; i < 4; i++)
		assert_int_equal(setrlimit(resources[i], &ours[i]), 0);
	if (ours[1].rlim_max == RLIM_INFINITY && ours[2].rlim_max >= 1024 && ours[3].rlim_max >= 8 << 20 &&
	    (!geteuid() || getpriority(PRIO_PROCESS, 0) <= 0))
		assert_string_equal(record.tail, "0\nunlimited\n1024\n8192\n0\n0\n");
	else
		skip();
	run_record_finish(&record);
}

static void its_environment_is_built_from_nothing(void **state)
{
	struct setting_pair pairs[] = { { "CHEF_LICENSE", "accept-silent" }, { "LANG", "en_GB.UTF-8" },
		{ "POKERD_RUN_ID", "mine" } };
	struct setting_pairs environment = { pairs, 3 };
	struct run_request request = fixture_request("env -u PWD -u SHLVL -u OLDPWD -u _ | sort");

	(void)state;
	setenv("LEAKED", "yes", 1);
	run_pokes_append(&fixture.pokes, "a", "e-1");
	run_pokes_append(&fixture.pokes, "b", "e-2");
	request.environment = &environment;
	struct run_record record = fixture_run(&request);
	char *expected =
	    memory_format("CHEF_LICENSE=accept-silent\nHOME=%s\nLANG=en_GB.UTF-8\nLOGNAME=%s\nNOAH_CAUSE=e-1, e-2\n"
	                  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
	                  "POKERD_EVENT_FILE=%s/%s/event.json\nPOKERD_REPORT_FILE=%s/%s/report.json\n"
	                  "POKERD_RUN_ID=%s\nUSER=%s\n",
	        fixture.identity->home, fixture.identity->name, fixture.runs, fixture.run_id, fixture.runs, fixture.run_id,
	        fixture.run_id, fixture.identity->name);
	assert_string_equal(record.tail, expected);
	free(expected);
	run_record_finish(&record);
}

/* Signals 32 and 33 are the C library's own: who starts us by posix_spawn, as make does, leaves them ignored, one or
   both, and no sigaction may change that. */
static void forget_signals_of_the_library(char *tail)
{
	char *line = strstr(tail, "SigIgn:\t");

	assert_non_null(line);
	unsigned long long ignored = strtoull(line + strlen("SigIgn:\t"), NULL, 16);
	snprintf(line, strlen(line) + 1, "SigIgn:\t%016llx\n", ignored & ~(3ULL << 31));
}

static void it_inherits_no_descriptor_signal_mask_folder_or_session(void **state)
{
	/* The last command takes the shell's place: while a shell starts another it may block signals for a moment. */
	struct run_request request =
	    fixture_request("readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '; pwd; umask; "
	                    "set -- $(cat /proc/$$/stat); test $1 = $5 -a $1 = $6 && echo leader; "
	                    "exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
	sigset_t mask;

	(void)state;
	int inherited = open("/dev/null", O_RDONLY); /* without CLOEXEC, as a library might */
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	struct run_record record = fixture_run(&request);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	close(inherited);
	forget_signals_of_the_library(record.tail);
	/* 3 is the folder that ls reads. */
	assert_string_equal(record.tail, "/dev/null\n0 1 2 3 /\n0022\nleader\n"
	                                 "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	run_record_finish(&record);
}

static void it_gets_its_pokes_in_its_own_file(void **state)
{
	struct run_request request = fixture_request("cat $POKERD_EVENT_FILE; stat -c '%a %u' $POKERD_EVENT_FILE");

	(void)state;
	run_pokes_append(&fixture.pokes, "first", "");
	run_pokes_append(&fixture.pokes, "unreadable", "");
	run_pokes_append(&fixture.pokes, "last", "");
	struct run_record record = fixture_run(&request);
	char *expected =
	    memory_format("{\"run\":\"%s\",\"pokes\":[{\"id\":\"first\"},{\"id\":\"last\"}],\"dropped\":1}\n600 %d\n",
	        fixture.run_id, (int)geteuid());
	assert_string_equal(record.tail, expected);
	free(expected);
	run_record_finish(&record);
}

static void of_very_many_pokes_the_newest_thousand_are_carried(void **state)
{
	struct run_request request =
	    fixture_request("grep -o '\"id\"' $POKERD_EVENT_FILE | wc -l; grep -o '\"dropped\":.*' "
	                    "$POKERD_EVENT_FILE; grep -o 'm_2\"' $POKERD_EVENT_FILE");
	char id[16];

	(void)state;
	for (int i = 0; i < 1002; i++) {
		snprintf(id, sizeof(id), "m_%d", i);
		run_pokes_append(&fixture.pokes, id, "");
	}
	struct run_record record = fixture_run(&request);
	assert_string_equal(record.tail, "1000\n\"dropped\":2}\nm_2\"\n");
	assert_int_equal(record.pokes.count, 1000);
	assert_int_equal(record.dropped, 2);
	run_record_finish(&record);
}

static void another_user_gets_its_own_identity_and_the_event_file(void **state)
{
	struct spawn_identity *nobody;
	struct run_request request =
	    fixture_request("id -u; id -g; id -G; echo $USER; stat -c '%a %U' $POKERD_EVENT_FILE; cat $POKERD_EVENT_FILE");

	(void)state;
	if (geteuid()) {
		print_message("only root can become another user\n");
		skip();
	}
	assert_true(spawn_identity_create("nobody", &nobody, NULL));
	request.identity = nobody;
	struct run_record record = fixture_run(&request);
	char *expected =
	    memory_format("65534\n65534\n65534\nnobody\n600 nobody\n{\"run\":\"%s\",\"pokes\":[],\"dropped\":0}\n",
	        fixture.run_id);
	assert_string_equal(record.tail, expected);
	free(expected);
	run_record_finish(&record);
	spawn_identity_destroy(nobody);
}

static void what_it_says_about_itself_is_in_its_record(void **state)
{
	struct spawn_identity *nobody;
	struct run_request request = fixture_request("stat -c '%a %s %U' $POKERD_REPORT_FILE; "
	                                             "echo '{\"updated\":3,\"total\":9,\"exception\":\"no\"}' "
	                                             ">$POKERD_REPORT_FILE; exit 1");

	(void)state;
	assert_true(spawn_identity_create(geteuid() ? "" : "nobody", &nobody, NULL));
	request.identity = nobody;
	struct run_record record = fixture_run(&request);
	char *expected = memory_format("600 0 %s\n", nobody->name);
	assert_string_equal(record.tail, expected);
	assert_int_equal(record.result, RUN_FAILED);
	assert_true(record.report.is_given);
	assert_int_equal(record.report.updated, 3);
	assert_int_equal(record.report.total, 9);
	assert_string_equal(record.report.exception, "no");
	assert_null(record.report_error);
	free(expected);
	run_record_finish(&record);
	spawn_identity_destroy(nobody);
}

static void a_malformed_report_changes_nothing_but_is_named(void **state)
{
	static const char *const scripts[] = { "echo nonsense >$POKERD_REPORT_FILE",
		"head -c 1000000 /dev/zero >$POKERD_REPORT_FILE" };

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		struct run_request request = fixture_request(scripts[i]);
		struct run_record record = fixture_run(&request);
		assert_int_equal(record.result, RUN_SUCCESS);
		assert_false(record.report.is_given);
		assert_non_null(record.report_error);
		run_record_finish(&record);
	}
}

static void output_beyond_its_limit_is_counted_but_not_kept(void **state)
{
	struct run_request request = fixture_request("yes | head -c 3000000; printf 'the end'");

	(void)state;
	request.output_bytes_max = 1000;
	struct run_record record = fixture_run(&request);
	char *output = fixture_read_file(RUN_FOLDER_OUTPUT);
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
	struct run_request request = fixture_request("printf 'a\\377\\000\\303\\251\\303'");

	(void)state;
	struct run_record record = fixture_run(&request);
	assert_string_equal(record.tail, "a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd");
	char *output = fixture_read_file(RUN_FOLDER_OUTPUT);
	assert_memory_equal(output, "a\377\000\303\251\303", 6);
	free(output);
	run_record_finish(&record);
}

static void a_run_ends_with_its_command_even_if_its_output_is_still_open(void **state)
{
	struct run_request request = fixture_request("sleep 1000 & echo $!; exit 3");

	(void)state;
	struct run_record record = fixture_run(&request);
	assert_in_range(record.duration_ms, 0, DEADLINE_MS);
	assert_int_equal(record.exit_status, 3);
	pid_t left = fixture_written_pid();
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
	for (size_t i = 0; i < sizeof(stubborn) / sizeof(*stubborn); i++) {
		struct run_request request = fixture_request(stubborn[i].script);
		request.time_limit_ms = 200;
		struct run_record record = fixture_run(&request);
		assert_int_equal(record.result, RUN_TIME_LIMIT);
		assert_int_equal(record.signal, stubborn[i].signal);
		assert_memory_equal(record.reason, stubborn[i].reason, strlen(stubborn[i].reason));
		assert_in_range(record.duration_ms, 200 + 100 * i, DEADLINE_MS);
		run_record_finish(&record);
	}
}

static void over_the_limit_no_process_is_left_even_outside_the_group(void **state)
{
	struct run_request request =
	    fixture_request("(setsid sh -c 'trap \"\" TERM INT; echo $$; sleep 1001 & wait') & trap '' TERM; sleep 1000");

	(void)state;
	request.time_limit_ms = 500;
	struct run_record record = fixture_run(&request);
	assert_int_equal(record.result, RUN_TIME_LIMIT);
	assert_true(fixture_is_gone(fixture_written_pid()));
	run_record_finish(&record);
}

#define TEST(name) cmocka_unit_test_teardown(name, fixture_forget_pokes)

static void a_stopped_unit_ends_its_run_by_the_ladder(void **state)
{
	struct run_request request = fixture_request("trap '' TERM; echo $$; sleep 1000 & wait");
	struct supervisor supervisor, none;

	(void)state;
	request.ends_at_sigterm = true;
	supervisor = fixture_start(&request);
	pid_t command = fixture_written_pid();
	assert_int_equal(kill(supervisor.pid, SIGTERM), 0);
	fixture_wait(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_true(fixture_is_gone(command));
	assert_int_equal(fixture_find(&none), SUPERVISOR_ENDED);
	struct run_record record = fixture_read_record();
	assert_int_equal(record.result, RUN_KILLED);
	assert_non_null(strstr(record.reason, "ended by SIGINT"));
	assert_non_null(strstr(record.reason, "as its unit was stopped"));
	run_record_finish(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_leaves_a_record_of_what_happened),
		TEST(every_end_has_its_result),
		TEST(a_missing_command_is_a_run_that_did_not_start),
		TEST(a_command_is_searched_for_in_its_own_path),
		TEST(a_script_without_an_interpreter_is_not_given_to_a_shell),
		TEST(the_search_goes_on_behind_what_cannot_be_executed),
		TEST(its_soft_limits_and_priorities_are_not_ours),
		TEST(its_environment_is_built_from_nothing),
		TEST(it_inherits_no_descriptor_signal_mask_folder_or_session),
		TEST(it_gets_its_pokes_in_its_own_file),
		TEST(of_very_many_pokes_the_newest_thousand_are_carried),
		TEST(another_user_gets_its_own_identity_and_the_event_file),
		TEST(what_it_says_about_itself_is_in_its_record),
		TEST(a_malformed_report_changes_nothing_but_is_named),
		TEST(output_beyond_its_limit_is_counted_but_not_kept),
		TEST(any_bytes_are_kept_and_shown_as_text),
		TEST(a_run_ends_with_its_command_even_if_its_output_is_still_open),
		TEST(a_run_over_its_limit_gets_term_then_int_then_kill),
		TEST(over_the_limit_no_process_is_left_even_outside_the_group),
		TEST(a_stopped_unit_ends_its_run_by_the_ladder),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
