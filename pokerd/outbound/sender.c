/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/sender.h"

#include "common/file.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "pokerd-report"

/* ---- which program ---- */

static bool check_program(const char *path, int fd, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status))
		return error_set_errno(err, ERROR_INTERNAL, "cannot read the attributes of %s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_DENIED, "%s is not a regular file", path);
	if (status.st_uid && status.st_uid != geteuid())
		return error_set(err, ERROR_DENIED, "%s belongs to user %u, neither to root nor to us; chown root %s", path,
		    (unsigned)status.st_uid, path);
	return !(status.st_mode & 022) ||
	       error_set(err, ERROR_DENIED, "%s has mode %04o: others may write it; chmod go-w %s", path,
	           (unsigned)status.st_mode & 07777, path);
}

/* -1: see err; its kind is ERROR_NOT_FOUND if there is no such file. */
static int open_program_at(const char *path, struct error *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0) {
		error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
	} else if (!check_program(path, fd, err)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static char *our_executable(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path));

	return memory_copy(path, size > 0 ? (size_t)size : 0);
}

int sender_open_program(const char *executable, struct error *err)
{
	static const char *const places[] = { "/../lib/noah/" PROGRAM, "/" PROGRAM };
	char *ours = executable ? memory_text(executable) : our_executable();
	const char *slash = strrchr(ours, '/');
	int fd = -1;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *path = memory_format("%.*s%s", slash ? (int)(slash - ours) : 0, ours, places[i]);
		fd = open_program_at(path, err);
		bool is_missing = fd < 0 && (!err || err->kind == ERROR_NOT_FOUND);
		free(path);
		if (!is_missing)
			break;
	}
	free(ours);
	return fd;
}

/* ---- the process ---- */

/* The descriptors that it gets: the request as a file in memory, so that nothing has to be written while it reads, and
   the writing end of a pipe. */
struct sender_ends {
	int program, request, answer;
};

static bool take_ends(struct sender_ends *ends)
{
	/* Above the three, so that none is overwritten. */
	int *const all[] = { &ends->program, &ends->request, &ends->answer };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if ((*all[i] = fcntl(*all[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) < 0)
			return false;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return null_fd >= 0 && dup2(ends->request, STDIN_FILENO) >= 0 && dup2(ends->answer, STDOUT_FILENO) >= 0 &&
	       dup2(null_fd, STDERR_FILENO) >= 0;
}

static bool drop_powers(const struct spawn_identity *user)
{
	const struct rlimit none = { 0, 0 };
	sigset_t mask;

	sigemptyset(&mask);
	/* After the change of user, which would reset the signal of our death. */
	return spawn_identity_take(user) && !prctl(PR_SET_PDEATHSIG, SIGKILL) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !setrlimit(RLIMIT_CORE, &none) && !sigprocmask(SIG_SETMASK, &mask, NULL) && !chdir("/");
}

_Noreturn static void become_program(struct sender_ends *ends, const struct spawn_identity *user, pid_t parent)
{
	char *const argv[] = { (char *)PROGRAM, NULL };
	char *const environment[] = { NULL };

	if (take_ends(ends) && drop_powers(user) && getppid() == parent) {
		(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
		(void)fexecve(ends->program, argv, environment);
	}
	_exit(EXIT_FAILURE);
}

/* A file in memory, at its beginning. */
static int request_file(const struct outbound_request *request, struct error *err)
{
	char *text;
	size_t size;

	if (!outbound_request_text(request, &text, &size, err))
		return -1;
	int fd = memfd_create(PROGRAM, MFD_CLOEXEC);
	if (fd < 0 || !file_write_all(fd, text, size) || lseek(fd, 0, SEEK_SET) < 0) {
		error_set_errno(err, ERROR_UNAVAILABLE, "no memory for a request");
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	outbound_text_destroy(text, size);
	return fd;
}

static bool fork_sender(struct sender_ends *ends, const struct spawn_identity *user, struct sender *out,
    struct error *err)
{
	int answer_fds[2];
	pid_t parent = getpid();

	if (pipe2(answer_fds, O_CLOEXEC))
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot create a pipe");
	ends->answer = answer_fds[1];
	pid_t pid = fork();
	if (!pid)
		become_program(ends, user, parent);
	close(answer_fds[1]);
	int fd = pid > 0 ? pidfd_open(pid, 0) : -1;
	if (fd < 0) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot start " PROGRAM);
		close(answer_fds[0]);
		if (pid > 0 && !kill(pid, SIGKILL))
			waitpid(pid, NULL, 0);
		return false;
	}
	(void)fcntl(answer_fds[0], F_SETFL, O_NONBLOCK);
	*out = (struct sender){ pid, fd, answer_fds[0] };
	return true;
}

bool sender_start(const struct outbound_request *request, const struct spawn_identity *user, struct sender *out,
    struct error *err)
{
	struct sender_ends ends = { .program = sender_open_program(NULL, err) };

	if (ends.program < 0)
		return false;
	ends.request = request_file(request, err);
	bool started = ends.request >= 0 && fork_sender(&ends, user, out, err);
	if (ends.request >= 0)
		close(ends.request);
	close(ends.program);
	return started;
}

/* It has ended, so all of its answer is in the pipe. */
static size_t read_answer(int fd, char *out, size_t room)
{
	size_t size = 0;
	ssize_t got;

	while (size < room && ((got = read(fd, out + size, room - size)) > 0 || (got < 0 && errno == EINTR)))
		size += got > 0 ? (size_t)got : 0;
	return size;
}

void sender_finish(struct sender *sender, struct outbound_answer *out)
{
	char text[OUTBOUND_ANSWER_BYTES_MAX];

	(void)kill(sender->pid, SIGKILL); /* not reaped yet, so the number is still its own */
	while (waitpid(sender->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	outbound_answer_read(text, read_answer(sender->answer_fd, text, sizeof(text)), out);
	close(sender->answer_fd);
	close(sender->fd);
	*sender = (struct sender){ .fd = -1, .answer_fd = -1 };
}

bool sender_ask(const struct outbound_request *request, const struct spawn_identity *user, struct outbound_answer *out,
    struct error *err)
{
	struct sender sender;

	if (!sender_start(request, user, &sender, err))
		return false;
	struct pollfd end = { sender.fd, POLLIN, 0 };
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		continue;
	sender_finish(&sender, out);
	return true;
}
