/* SPDX-License-Identifier: Apache-2.0 */
#include "common/listen_fds.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIRST = 3 };

/* What a test passes; each case runs in a child of its own, whose descriptors from 3 on are these. */
enum passed { LISTENING_IPV4, LISTENING_IPV6, LISTENING_UNIX, BOUND, DATAGRAMS, A_PIPE, NOTHING };

static int listening(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);
	return fd >= 0 && listen(fd, 1) == 0 ? fd : -1;
}

static int listening_unix(void)
{
	const struct sockaddr autobind = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, &autobind, sizeof(sa_family_t)) == 0 && listen(fd, 1) == 0 ? fd : -1;
}

static int open_passed(enum passed what)
{
	int pipes[2];

	switch (what) {
	case LISTENING_IPV4:
		return listening(AF_INET);
	case LISTENING_IPV6:
		return listening(AF_INET6);
	case LISTENING_UNIX:
		return listening_unix();
	case BOUND:
		return socket(AF_INET, SOCK_STREAM, 0);
	case DATAGRAMS:
		return socket(AF_INET, SOCK_DGRAM, 0);
	case A_PIPE:
		return pipe(pipes) ? -1 : pipes[0];
	default:
		return -1;
	}
}

static void set_variables(const char *pid, const char *count)
{
	char own[16];

	snprintf(own, sizeof(own), "%d", (int)getpid());
	setenv("LISTEN_PID", pid ? pid : own, 1);
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_FDNAMES", "pokes", 1);
}

/* In a child: 0 if it all was as it should be. */
static int is_taken(const enum passed *what, size_t count)
{
	char number[8];
	int fds[LISTEN_FDS_MAX];
	size_t taken = 99;

	for (size_t i = 0; i < count; i++)
		if (dup2(open_passed(what[i]), 20 + (int)i) < 0)
			return 1;
	for (size_t i = 0; i < count; i++)
		dup2(20 + (int)i, FIRST + (int)i);
	snprintf(number, sizeof(number), "%zu", count);
	set_variables(NULL, number);
	if (!listen_fds_take(fds, &taken, NULL) || taken != count)
		return 2;
	for (size_t i = 0; i < count; i++)
		if (fds[i] != FIRST + (int)i || fcntl(fds[i], F_GETFD) != FD_CLOEXEC || !(fcntl(fds[i], F_GETFL) & O_NONBLOCK))
			return 3;
	return getenv("LISTEN_PID") || getenv("LISTEN_FDS") || getenv("LISTEN_FDNAMES") ? 4 : 0;
}

static int is_refused(enum passed what)
{
	struct error err = { 0 };
	int fds[LISTEN_FDS_MAX] = { 77 };
	size_t taken = 99;

	close(FIRST);
	close(FIRST + 1);
	if (dup2(open_passed(LISTENING_IPV4), 20) < 0 || dup2(20, FIRST) < 0)
		return 1;
	if (what != NOTHING && (dup2(open_passed(what), 21) < 0 || dup2(21, FIRST + 1) < 0))
		return 1;
	set_variables(NULL, "2");
	if (listen_fds_take(fds, &taken, &err))
		return 2;
	return err.kind == ERROR_INVALID && strstr(err.text, "descriptor 4") && taken == 99 && fds[0] == 77 ? 0 : 3;
}

static void in_child(int (*check)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int takes_both(void)
{
	static const enum passed what[] = { LISTENING_IPV6, LISTENING_IPV4 };
	return is_taken(what, 2);
}

static void listening_sockets_of_both_families_are_taken(void **state)
{
	(void)state;
	in_child(takes_both);
}

static int refuses_unix(void)
{
	return is_refused(LISTENING_UNIX);
}
static int refuses_bound(void)
{
	return is_refused(BOUND);
}
static int refuses_datagrams(void)
{
	return is_refused(DATAGRAMS);
}
static int refuses_a_pipe(void)
{
	return is_refused(A_PIPE);
}
static int refuses_nothing(void)
{
	return is_refused(NOTHING);
}

static void anything_else_is_refused(void **state)
{
	(void)state;
	in_child(refuses_unix);
	in_child(refuses_bound);
	in_child(refuses_datagrams);
	in_child(refuses_a_pipe);
	in_child(refuses_nothing);
}

static void a_malformed_number_is_refused(void **state)
{
	static const char *const counts[] = { "", "x", "-1", "17", "1x" };
	int fds[LISTEN_FDS_MAX];
	size_t count;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		set_variables(NULL, counts[i]);
		assert_false(listen_fds_take(fds, &count, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, "LISTEN_FDS"));
	}
}

static void sockets_for_another_process_are_not_taken(void **state)
{
	static const char *const pids[] = { "1", "", "x", "0" };
	int fds[LISTEN_FDS_MAX];
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(pids) / sizeof(*pids); i++) {
		set_variables(pids[i], "1");
		assert_true(listen_fds_take(fds, &count, NULL));
		assert_int_equal(count, 0);
	}
	unsetenv("LISTEN_PID");
	assert_true(listen_fds_take(fds, &count, NULL));
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listening_sockets_of_both_families_are_taken),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_malformed_number_is_refused),
		cmocka_unit_test(sockets_for_another_process_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
