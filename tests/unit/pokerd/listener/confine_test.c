/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/confine.h"

#include "pokerd/listener/syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DESCRIPTORS_MAX = 20, MORE_BYTES = 16 << 20 };

/* 0 if it cannot do in a confined process what it tries. */
static int run_confined(int (*attempt)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (!confine_privileges("nobody", NULL) || !confine_resources(DESCRIPTORS_MAX, MORE_BYTES, NULL))
			_exit(99);
		_exit(attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int start_a_process(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return child < 0 && errno == EAGAIN ? 0 : 1;
}

static int open_many(void)
{
	int fd = -1, last;

	while ((last = open("/dev/null", O_RDONLY)) >= 0)
		fd = last;
	return errno == EMFILE && fd == DESCRIPTORS_MAX - 1 ? 0 : 1;
}

static int take_memory(void)
{
	size_t taken = 0;

	while (taken < 2 * (size_t)MORE_BYTES && malloc(1 << 20))
		taken += 1 << 20;
	return taken >= MORE_BYTES / 2 && taken <= MORE_BYTES ? 0 : 1;
}

static int regain_privileges(void)
{
	return setuid(0) && setgid(0) && geteuid() ? 0 : 1;
}

/* Without the filter of system calls too. */
static void a_confined_process_starts_no_other(void **state)
{
	(void)state;
	assert_int_equal(run_confined(start_a_process), 0);
}

static void descriptors_are_limited(void **state)
{
	(void)state;
	assert_int_equal(run_confined(open_many), 0);
}

static void memory_is_limited_unless_a_sanitizer_needs_it(void **state)
{
	(void)state;
	assert_int_equal(run_confined(take_memory), syscall_filter_is_built() ? 0 : 1 << 8);
}

static void privileges_are_not_regained(void **state)
{
	(void)state;
	assert_int_equal(run_confined(regain_privileges), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_confined_process_starts_no_other),
		cmocka_unit_test(descriptors_are_limited),
		cmocka_unit_test(memory_is_limited_unless_a_sanitizer_needs_it),
		cmocka_unit_test(privileges_are_not_regained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
