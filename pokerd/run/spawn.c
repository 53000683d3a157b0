/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/spawn.h"

#include "pokerd/run/run_session.h"
#include "pokerd/run/spawn_limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child between fork and exec. */
struct becoming {
	const struct spawn_request *request;
	int failure_fd;
};

static bool take_session(const struct becoming *child)
{
	(void)child;
	return setsid() >= 0;
}

/* Never two runs at once: a command that outlives its supervisor must be found. */
static bool leave_note(const struct becoming *child)
{
	return run_session_note(child->request->note_fd);
}

/* The pipe for errors is closed by the exec; all other open descriptors are closed here. */
static bool take_descriptors(const struct becoming *child)
{
	unsigned kept = (unsigned)child->failure_fd;

	if (dup2(child->request->output_fd, STDOUT_FILENO) < 0 || dup2(child->request->output_fd, STDERR_FILENO) < 0)
		return false;
	if ((kept > STDERR_FILENO + 1 && close_range(STDERR_FILENO + 1, kept - 1, 0)) || close_range(kept + 1, ~0U, 0))
		return false;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0;
}

static bool take_user(const struct becoming *child)
{
	return spawn_identity_take(child->request->identity);
}

static bool take_folder(const struct becoming *child)
{
	(void)child;
	umask(022);
	return !chdir("/");
}

static bool take_signals(const struct becoming *child)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)child;
	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &standard, NULL); /* fails for KILL, STOP and the C library's own */
	sigemptyset(&none);
	return !sigprocmask(SIG_SETMASK, &none, NULL);
}

/* While we are root: an OOM score may only be lowered by it. */
static bool take_limits(const struct becoming *child)
{
	(void)child;
	spawn_limits_take();
	return true;
}

static const char *search_path(const struct becoming *child)
{
	static const char name[] = "PATH=";

	for (char *const *variable = child->request->environment; *variable; variable++)
		if (!strncmp(*variable, name, strlen(name)))
			return *variable + strlen(name);
	return "";
}

/* Unlike execvp, which would pass a file that is no program to a shell. As there, a file that may not be executed does
   not end the search, but is its error. */
static bool search_and_execute(const struct becoming *child)
{
	char *const *argv = child->request->argv;
	char path[PATH_MAX];
	int failure = ENOENT;

	for (const char *at = search_path(child), *end; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, ':');
		int size = snprintf(path, sizeof(path), "%.*s/%s", (int)(end - at), at, argv[0]);
		if (end == at || size >= (int)sizeof(path))
			continue;
		execve(path, argv, child->request->environment);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return false;
		if (errno == EACCES)
			failure = EACCES;
	}
	errno = failure;
	return false;
}

static bool execute(const struct becoming *child)
{
	char *const *argv = child->request->argv;

	if (!strchr(argv[0], '/'))
		return search_and_execute(child);
	execve(argv[0], argv, child->request->environment);
	return false;
}

static const struct {
	const char *text;
	bool (*take)(const struct becoming *child);
} steps[] = {
	{ "create a session for", take_session },
	{ "note the session of", leave_note },
	{ "set up the descriptors of", take_descriptors },
	{ "set the limits of", take_limits },
	{ "switch to the user of", take_user },
	{ "change to / for", take_folder },
	{ "reset the signals of", take_signals },
	{ "execute", execute },
};

/* The report of the child when a step fails. */
struct failure {
	int step;
	int number; /* errno */
};

_Noreturn static void become(const struct spawn_request *request, int failure_fd)
{
	struct becoming child = { request, failure_fd };
	struct failure failure = { 0 };

	while (steps[failure.step].take(&child))
		failure.step++; /* the last one does not return if it succeeds */
	failure.number = errno;
	(void)!write(failure_fd, &failure, sizeof(failure));
	_exit(127);
}

/* The exec closes the pipe: then there is nothing to read. */
static bool read_failure(int fd, struct failure *out)
{
	ssize_t got;

	do {
		got = read(fd, out, sizeof(*out));
	} while (got < 0 && errno == EINTR);
	return got == sizeof(*out);
}

/* Lack of memory, processes or descriptors. */
static bool is_passing(int number)
{
	return number == EAGAIN || number == ENOMEM || number == EMFILE || number == ENFILE;
}

bool spawn_start(const struct spawn_request *request, pid_t *out_pid, struct error *err)
{
	struct failure failure;
	int failure_fds[2];

	assert(request->output_fd > STDERR_FILENO);
	if (pipe2(failure_fds, O_CLOEXEC))
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot create a pipe for %s", request->argv[0]);
	pid_t pid = fork();
	if (!pid)
		become(request, failure_fds[1]);
	close(failure_fds[1]);
	bool failed = pid > 0 && read_failure(failure_fds[0], &failure);
	close(failure_fds[0]);
	if (pid < 0)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot fork for %s", request->argv[0]);
	if (failed) {
		waitpid(pid, NULL, 0);
		errno = failure.number;
		return error_set_errno(err, is_passing(errno) ? ERROR_UNAVAILABLE : ERROR_INVALID, "cannot %s %s%s",
		    steps[failure.step].text, request->argv[0],
		    errno == ENOEXEC ? ", which is no program and does not begin with #!" : "");
	}
	*out_pid = pid;
	return true;
}
