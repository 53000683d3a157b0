/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/supervisor_process.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "pokerd/run/exit_meaning.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_record.h"
#include "pokerd/run/run_session.h"
#include "pokerd/run/spawn_environment.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	DRAIN_MS = 100,      /* time for the command's children to finish writing when it has ended */
	LEFTOVERS_MS = 5000, /* time for killed processes to disappear */
	RETRY_MS = 500,      /* delay before a record that found no space is written again */
	CHILDREN_BYTES_MAX = 1 << 20,
	READS_IN_A_ROW = 16, /* so that a flood of output does not delay the time limit */
};

/* The signals for a command that exceeds its limit, one after the other: chef-client ignores TERM while it converges.
   */
static const int ladder[] = { SIGTERM, SIGINT, SIGKILL };
enum { LADDER_STEPS = sizeof(ladder) / sizeof(*ladder) };

/* A command in progress. */
struct command {
	const struct run_request *request;
	struct run_output *output;
	int lock_fd;
	int output_fd; /* our read end of the pipe; -1: at its end */
	int signal_fd; /* SIGCHLD, and SIGTERM if it ends the run */
	pid_t pid;     /* also its process group */
	int64_t began_ms;
	int64_t next_ms;     /* when the next signal is due */
	size_t ladder_steps; /* signals sent so far */
	bool is_stopped;     /* by SIGTERM, before the limit */
	bool ended;
	int status; /* from waitpid */
};

/* Only the lock and the output stay open: a process that waits for pokerd's descriptors to close must not wait for us.
   */
static bool let_go(int lock_fd, int output_fd)
{
	unsigned low = (unsigned)(lock_fd < output_fd ? lock_fd : output_fd);
	unsigned high = (unsigned)(lock_fd < output_fd ? output_fd : lock_fd);
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null_fd >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null_fd, fd);
	return null_fd >= 0 && (low <= STDERR_FILENO + 1 || !close_range(STDERR_FILENO + 1, low - 1, 0)) &&
	       (high <= low + 1 || !close_range(low + 1, high - 1, 0)) && !close_range(high + 1, ~0U, 0);
}

/* Becomes a process that no signal but KILL reaches, nor TERM unless it is to end the run, and that inherits the
   orphans of its command. Returns a descriptor that reports TERM, and when a child has ended. */
static int settle_process(bool ends_at_sigterm)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGXFSZ };
	const struct sigaction ignore = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
	sigset_t reported;

	(void)setsid();
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)prctl(PR_SET_NAME, "pokerd-run");
	(void)!chdir("/");
	(void)sigaction(SIGCHLD, &standard, NULL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		(void)sigaction(ignored[i], &ignore, NULL);
	(void)sigaction(SIGTERM, ends_at_sigterm ? &standard : &ignore, NULL);
	sigemptyset(&reported);
	sigaddset(&reported, SIGCHLD);
	if (ends_at_sigterm) /* while it is blocked, being ignored would not keep it away */
		sigaddset(&reported, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &reported, NULL);
	return signalfd(-1, &reported, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void build_environment(const struct run_request *request, struct spawn_environment *environment)
{
	char *event_file = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_EVENT);
	char *report_file = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_REPORT);
	char *causes = run_record_causes(request->runs_directory, request->pokes, request->attempt_of);

	spawn_environment_init(environment, request->identity);
	for (size_t i = 0; request->environment && i < request->environment->count; i++)
		spawn_environment_set(environment, request->environment->items[i].name, request->environment->items[i].value);
	spawn_environment_set(environment, RUN_SESSION_VARIABLE, request->run_id);
	spawn_environment_set(environment, "POKERD_EVENT_FILE", event_file);
	spawn_environment_set(environment, "POKERD_REPORT_FILE", report_file);
	if (*causes)
		spawn_environment_set(environment, "NOAH_CAUSE", causes);
	free(causes);
	free(report_file);
	free(event_file);
}

static bool create_report(const struct run_request *request, struct error *err)
{
	char *path = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_REPORT);
	bool created = run_report_create(path, request->identity, err);

	free(path);
	return created;
}

static void take_report(const struct run_request *request, struct run_record *record)
{
	char *path = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_REPORT);
	struct error err;

	if (!run_report_read(path, &record->report, &err))
		record->report_error = memory_text(err.text);
	free(path);
}

static bool start_command(struct command *command, struct error *err)
{
	struct spawn_environment environment;
	int fds[2];

	if (!create_report(command->request, err))
		return false;
	if (pipe2(fds, O_CLOEXEC))
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot make a pipe for %s", command->request->argv[0]);
	build_environment(command->request, &environment);
	struct spawn_request request = {
		.argv = command->request->argv,
		.environment = environment.list,
		.identity = command->request->identity,
		.output_fd = fds[1],
		.note_fd = command->lock_fd,
	};
	bool started = spawn_start(&request, &command->pid, err);
	spawn_environment_finish(&environment);
	close(fds[1]);
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK); /* our end only: they are two open files */
	command->output_fd = fds[0];
	return started;
}

static void take_output(struct command *command)
{
	char bytes[16384];

	for (int i = 0; i < READS_IN_A_ROW && command->output_fd >= 0; i++) {
		ssize_t got = read(command->output_fd, bytes, sizeof(bytes));
		if (got > 0) {
			run_output_take(command->output, bytes, (size_t)got);
		} else if (!got || errno != EINTR) {
			if (!got || errno != EAGAIN) {
				close(command->output_fd);
				command->output_fd = -1;
			}
			return;
		}
	}
}

static void signal_all(const struct command *command, int number)
{
	(void)kill(-command->pid, number);
}

static void climb_ladder(struct command *command, int64_t now_ms)
{
	if (now_ms < command->next_ms)
		return;
	signal_all(command, ladder[command->ladder_steps++]);
	command->next_ms = command->ladder_steps < LADDER_STEPS ? now_ms + command->request->grace_ms : INT64_MAX;
}

/* Reaps the orphans of the command, and the command itself. After a time limit, the rest of its group is killed first:
   until the command is reaped, no other process gets its number. */
static void reap(struct command *command)
{
	for (;;) {
		siginfo_t child = { 0 };
		if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) || !child.si_pid)
			return;
		if (child.si_pid == command->pid && command->ladder_steps)
			signal_all(command, SIGKILL);
		int status;
		(void)waitpid(child.si_pid, &status, 0);
		if (child.si_pid == command->pid) {
			command->ended = true;
			command->status = status;
			return;
		}
	}
}

/* Waits until something happens, but not beyond that time. */
static void wait_until(struct command *command, int64_t until_ms)
{
	struct pollfd fds[] = { { command->signal_fd, POLLIN, 0 }, { command->output_fd, POLLIN, 0 } };
	int64_t left_ms = until_ms - clock_monotonic_ms();
	struct signalfd_siginfo what;

	(void)poll(fds, 2, left_ms <= 0 ? 0 : left_ms > 3600000 ? 3600000 : (int)left_ms);
	while (read(command->signal_fd, &what, sizeof(what)) == sizeof(what))
		command->is_stopped = command->is_stopped || what.ssi_signo == SIGTERM;
	if (command->is_stopped && !command->ladder_steps)
		command->next_ms = 0;
}

static void stay_with(struct command *command)
{
	while (!command->ended) {
		wait_until(command, command->next_ms);
		take_output(command);
		climb_ladder(command, clock_monotonic_ms());
		reap(command);
	}
}

/* Ended means that the command is reaped: processes that still have its output open have this long. */
static void drain_output(struct command *command)
{
	int64_t until_ms = clock_monotonic_ms() + DRAIN_MS;

	for (take_output(command); command->output_fd >= 0 && clock_monotonic_ms() < until_ms; take_output(command))
		wait_until(command, until_ms);
}

/* Adopted children too: they left the group but not us. */
static void kill_children(void)
{
	char *path = memory_format("/proc/self/task/%d/children", (int)getpid());
	char *list, *next;
	size_t size;

	if (file_read(path, CHILDREN_BYTES_MAX, FILE_PUBLIC, &list, &size, NULL)) {
		int64_t pid;
		next = list;
		for (const char *word; (word = strsep(&next, " "));)
			if (number_parse_int64(word, 1, INT32_MAX, &pid))
				(void)kill((pid_t)pid, SIGKILL);
		free(list);
	}
	free(path);
}

/* Each process that dies leaves us its children, so this continues until none is left. */
static void leave_nobody(struct command *command)
{
	int64_t until_ms = clock_monotonic_ms() + LEFTOVERS_MS;
	pid_t reaped;

	do {
		kill_children();
		while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (!reaped)
			wait_until(command, until_ms);
	} while (!reaped && clock_monotonic_ms() < until_ms);
}

static void tell_end(const struct command *command, struct run_record *record)
{
	bool exited = WIFEXITED(command->status);
	const struct exit_meaning *meaning = exit_meaning_of(WEXITSTATUS(command->status));

	record->exit_status = exited ? WEXITSTATUS(command->status) : -1;
	record->signal = exited ? 0 : WTERMSIG(command->status);
	if (command->ladder_steps) {
		record->result = command->is_stopped ? RUN_KILLED : RUN_TIME_LIMIT;
		record->reason = memory_format("ended by SIG%s after %.1f s, %s",
		    sigabbrev_np(ladder[command->ladder_steps - 1]), (double)record->duration_ms / 1000,
		    command->is_stopped ? "as its unit was stopped" : "over its time limit");
	} else if (exited) {
		record->result = meaning->success ? RUN_SUCCESS : RUN_FAILED;
		record->reason = memory_text(meaning->text);
	} else {
		const char *name = sigabbrev_np((int)record->signal);
		record->result = RUN_KILLED;
		record->reason = memory_format("killed by SIG%s", name ? name : "RT");
	}
}

static void fill_record(const struct run_request *request, struct run_record *record)
{
	*record = (struct run_record){
		.id = memory_text(request->run_id),
		.rule = memory_text(request->rule),
		.attempt_of = request->attempt_of ? memory_text(request->attempt_of) : NULL,
		.queued_ms = request->queued_ms,
		.started_ms = clock_wall_ms(),
		.exit_status = -1,
	};
	run_record_set_pokes(record, request->pokes);
	record->dropped += (int64_t)request->dropped;
}

static void see_through(struct command *command, struct run_record *record)
{
	(void)run_record_write(command->request->runs_directory, record, NULL);
	stay_with(command);
	record->ended_ms = clock_wall_ms();
	record->duration_ms = clock_monotonic_ms() - command->began_ms;
	if (command->ladder_steps)
		leave_nobody(command);
	drain_output(command);
	tell_end(command, record);
	record->output_bytes = (int64_t)command->output->bytes;
	record->truncated = command->output->truncated;
	record->tail = run_output_tail(command->output);
	take_report(command->request, record);
}

/* Only we know how the run ended: until that is on disk, it counts as in progress, and without space no other run could
   begin anyway. If the run's folder is gone, no record is needed. */
static void write_end(struct command *command, const struct run_record *record)
{
	struct error err;

	while (!run_record_write(command->request->runs_directory, record, &err) && err.kind != ERROR_NOT_FOUND) {
		wait_until(command, clock_monotonic_ms() + RETRY_MS);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}

void supervisor_process_run(const struct run_request *request, int lock_fd, struct run_output *output)
{
	struct command command = { .request = request, .output = output, .lock_fd = lock_fd, .output_fd = -1 };
	struct run_record record;
	struct error reason;

	if (!let_go(lock_fd, output->fd))
		_exit(EXIT_FAILURE);
	if (request->forget)
		request->forget(request->context);
	command.signal_fd = settle_process(request->ends_at_sigterm);
	/* Not synced: a power cut that loses it also ends the run, whose pokes are then pending again. The record shows
	   whether a run has ended. */
	if (command.signal_fd < 0 || dprintf(lock_fd, "%d\n", (int)getpid()) < 0)
		_exit(EXIT_FAILURE); /* not started: what cannot be recorded must not happen */
	fill_record(request, &record);
	command.began_ms = clock_monotonic_ms();
	command.next_ms = command.began_ms + request->time_limit_ms;
	if (start_command(&command, &reason)) {
		see_through(&command, &record);
	} else if (reason.kind == ERROR_UNAVAILABLE && !ftruncate(lock_fd, 0)) {
		_exit(EXIT_FAILURE); /* not started; it may be possible later */
	} else {
		record.result = RUN_NOT_STARTED;
		record.ended_ms = record.started_ms;
		record.reason = memory_text(reason.text);
	}
	write_end(&command, &record);
	_exit(EXIT_SUCCESS);
}
