/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/syscall_filter.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000, LARGE_BYTES = 8 << 20, NOT_FILTERED = 3, DID_NOT_WORK = 4 };

/* Open before the filter is: a connected TCP socket, one that listens, and a pipe. */
static int connected = -1, listening = -1, pipes[2];

struct attempt {
	const char *name;
	bool (*make)(void); /* in a filtered process; whether the call did what it should */
};

/* ---- what kills ---- */

static bool do_fork(void)
{
	return fork() >= 0;
}

static bool do_vfork(void)
{
	return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) >= 0;
}

static bool do_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0) >= 0;
}

static bool do_execve(void)
{
	return !execl("/bin/true", "true", NULL);
}

static bool do_execveat(void)
{
	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0) >= 0;
}

static bool do_open(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool do_open_missing(void)
{
	return open("/missing", O_RDONLY | O_CREAT, 0600) >= 0;
}

static bool do_openat2(void)
{
	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0) >= 0;
}

static bool do_unlink(void)
{
	return !unlink("/missing");
}

static bool do_chdir(void)
{
	return !chdir("/");
}

static bool do_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool do_socketpair(void)
{
	int pair[2];
	return !socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static bool do_bind(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	return !bind(listening, (const struct sockaddr *)&any, sizeof(any));
}

static bool do_connect(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	return !connect(listening, (const struct sockaddr *)&any, sizeof(any));
}

static bool do_listen(void)
{
	return !listen(listening, 1);
}

/* With TCP Fast Open it would connect. */
static bool do_send_to_an_address(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	return sendto(connected, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&any, sizeof(any)) >= 0;
}

static bool do_attach_a_filter(void)
{
	return !setsockopt(listening, SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 }, sizeof(int));
}

static bool do_kill_parent(void)
{
	return !kill(getppid(), 0);
}

static bool do_kill_itself(void)
{
	return !kill(getpid(), 0);
}

static bool do_tgkill_parent(void)
{
	return !syscall(SYS_tgkill, syscall(SYS_gettid) - 1, syscall(SYS_gettid) - 1, 0);
}

static bool do_pidfd_open(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0) >= 0;
}

static bool do_ptrace(void)
{
	return !ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static bool do_read_the_memory_of_another(void)
{
	return syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0) >= 0;
}

static bool do_map_executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool do_make_memory_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return !mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static bool do_memfd(void)
{
	return syscall(SYS_memfd_create, "x", 0) >= 0;
}

static bool do_prctl(void)
{
	return !prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static bool do_setuid(void)
{
	return !syscall(SYS_setuid, 0);
}

static bool do_setrlimit(void)
{
	return syscall(SYS_prlimit64, 0, 0, NULL, NULL) >= 0;
}

static bool do_unshare(void)
{
	return !syscall(SYS_unshare, CLONE_NEWUSER);
}

static bool do_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 0, NULL) >= 0;
}

static bool do_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) >= 0;
}

static bool do_keyctl(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0) >= 0;
}

static bool do_ioctl_of_a_terminal(void)
{
	return !ioctl(0, TIOCSTI, "x");
}

static bool do_fcntl_owner(void)
{
	return !fcntl(connected, F_SETOWN, getppid());
}

static bool do_unknown(void)
{
	return syscall(100000) >= 0;
}

#ifdef __x86_64__
/* getpid by the numbers of i386. */
static bool do_call_of_another_architecture(void)
{
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result >= 0;
}

static bool do_x32(void)
{
	return syscall(0x40000000 + SYS_getpid) >= 0;
}
#endif

#define ATTEMPT(name) \
	{                 \
#name, name   \
	}
static const struct attempt deadly[] = {
	ATTEMPT(do_fork),
	ATTEMPT(do_vfork),
	ATTEMPT(do_clone3),
	ATTEMPT(do_execve),
	ATTEMPT(do_execveat),
	ATTEMPT(do_open),
	ATTEMPT(do_open_missing),
	ATTEMPT(do_openat2),
	ATTEMPT(do_unlink),
	ATTEMPT(do_chdir),
	ATTEMPT(do_socket),
	ATTEMPT(do_socketpair),
	ATTEMPT(do_bind),
	ATTEMPT(do_connect),
	ATTEMPT(do_listen),
	ATTEMPT(do_send_to_an_address),
	ATTEMPT(do_attach_a_filter),
	ATTEMPT(do_kill_parent),
	ATTEMPT(do_kill_itself),
	ATTEMPT(do_tgkill_parent),
	ATTEMPT(do_pidfd_open),
	ATTEMPT(do_ptrace),
	ATTEMPT(do_read_the_memory_of_another),
	ATTEMPT(do_map_executable_memory),
	ATTEMPT(do_make_memory_executable),
	ATTEMPT(do_memfd),
	ATTEMPT(do_prctl),
	ATTEMPT(do_setuid),
	ATTEMPT(do_setrlimit),
	ATTEMPT(do_unshare),
	ATTEMPT(do_io_uring),
	ATTEMPT(do_bpf),
	ATTEMPT(do_keyctl),
	ATTEMPT(do_ioctl_of_a_terminal),
	ATTEMPT(do_fcntl_owner),
	ATTEMPT(do_unknown),
#ifdef __x86_64__
	ATTEMPT(do_call_of_another_architecture),
	ATTEMPT(do_x32),
#endif
};

/* ---- what quiet tests never show ---- */

static bool read_the_clock_without_the_vdso(void)
{
	struct timespec now;
	return !syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) && !syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) &&
	       !syscall(SYS_gettimeofday, NULL, NULL);
}

static bool restart_nothing(void)
{
	(void)syscall(SYS_restart_syscall);
	return true;
}

static bool get_random_bytes(void)
{
	char bytes[8];
	return syscall(SYS_getrandom, bytes, sizeof(bytes), 0) == sizeof(bytes);
}

static bool move_large_memory(void)
{
	char *bytes = malloc(LARGE_BYTES);

	bytes = realloc(bytes, 2 * (size_t)LARGE_BYTES); /* mremap */
	bool moved = bytes != NULL;
	free(bytes);
	return moved && !madvise(NULL, 0, MADV_DONTNEED);
}

static bool run_out_of_memory(void)
{
	return !malloc(SIZE_MAX / 4);
}

static bool wake_a_futex(void)
{
	static uint32_t word;
	return syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0) == 0;
}

static bool use_the_sockets(void)
{
	int unsent, error = 0;
	socklen_t size = sizeof(error);
	const int on = 1;
	int copy = fcntl(connected, F_DUPFD_CLOEXEC, 0);

	return send(copy, "x", 1, MSG_NOSIGNAL) == 1 && !ioctl(copy, SIOCOUTQ, &unsent) &&
	       !setsockopt(copy, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on)) &&
	       !getsockopt(copy, SOL_SOCKET, SO_ERROR, &error, &size) && !shutdown(copy, SHUT_WR) && !close(copy);
}

static bool name_the_date(void)
{
	time_t now = time(NULL);
	struct tm utc;
	return gmtime_r(&now, &utc) != NULL;
}

static volatile sig_atomic_t was_caught;

static void catch (int number)
{
	(void)number;
	was_caught = 1;
}

/* rt_sigreturn. */
static bool handle_a_signal(void)
{
	signal(SIGUSR1, catch);
	return !syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1) && was_caught;
}

static const struct attempt harmless[] = {
	ATTEMPT(read_the_clock_without_the_vdso),
	ATTEMPT(restart_nothing),
	ATTEMPT(get_random_bytes),
	ATTEMPT(move_large_memory),
	ATTEMPT(run_out_of_memory),
	ATTEMPT(wake_a_futex),
	ATTEMPT(use_the_sockets),
	ATTEMPT(name_the_date),
	ATTEMPT(handle_a_signal),
};
#undef ATTEMPT

/* ---- the tests ---- */

static pid_t start_filtered(bool (*make)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (!syscall_filter_install(NULL))
		_exit(NOT_FILTERED);
	_exit(make() ? 0 : DID_NOT_WORK);
}

static int end_of(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int open_sockets(void **state)
{
	struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(loopback);

	(void)state;
	listening = socket(AF_INET, SOCK_STREAM, 0);
	connected = socket(AF_INET, SOCK_STREAM, 0);
	return bind(listening, (struct sockaddr *)&loopback, size) || listen(listening, 1) ||
	       getsockname(listening, (struct sockaddr *)&loopback, &size) ||
	       connect(connected, (struct sockaddr *)&loopback, size) || pipe(pipes);
}

static void any_other_call_kills(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		int status = end_of(start_filtered(deadly[i].make));
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: %s with %d", deadly[i].name, WIFSIGNALED(status) ? "killed" : "ended",
			    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static void calls_that_are_rarely_made_are_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		int status = end_of(start_filtered(harmless[i].make));
		if (status)
			fail_msg("%s: wait status 0x%x", harmless[i].name, (unsigned)status);
	}
}

static bool abort_it(void)
{
	abort();
}

static void an_abort_is_an_abort(void **state)
{
	(void)state;
	int status = end_of(start_filtered(abort_it));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* After SIGCONT the kernel makes restart_syscall of a poll that has a time limit. */
static bool wait_for_the_pipe(void)
{
	struct pollfd readable = { .fd = pipes[0], .events = POLLIN };
	char byte;

	return poll(&readable, 1, DEADLINE_MS) == 1 && read(pipes[0], &byte, 1) == 1;
}

static char state_of(pid_t pid)
{
	char path[32], text[256] = "", *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	end = strrchr(text, ')');
	assert_non_null(end);
	return end[2];
}

static void await_state(pid_t pid, char wanted)
{
	for (int i = 0; i < DEADLINE_MS && state_of(pid) != wanted; i++)
		(void)poll(NULL, 0, 1);
	assert_int_equal(state_of(pid), wanted);
}

static void a_wait_goes_on_after_a_stop(void **state)
{
	(void)state;
	pid_t pid = start_filtered(wait_for_the_pipe);
	await_state(pid, 'S');
	kill(pid, SIGSTOP);
	await_state(pid, 'T');
	kill(pid, SIGCONT);
	await_state(pid, 'S');
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(end_of(pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_other_call_kills),
		cmocka_unit_test(calls_that_are_rarely_made_are_allowed),
		cmocka_unit_test(an_abort_is_an_abort),
		cmocka_unit_test(a_wait_goes_on_after_a_stop),
	};

	return cmocka_run_group_tests(tests, open_sockets, NULL);
}
