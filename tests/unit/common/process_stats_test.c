/* SPDX-License-Identifier: Apache-2.0 */
#include "common/process_stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static void a_process_has_memory_time_and_descriptors(void **state)
{
	struct process_stats before, after;

	(void)state;
	process_stats_read(&before);
	assert_in_range(before.resident_bytes, 100000, before.virtual_bytes);
	assert_true(before.cpu_seconds > 0);
	assert_in_range(before.open_fds, 3, before.open_fds_max);
	int fd = dup(STDERR_FILENO);
	process_stats_read(&after);
	close(fd);
	assert_int_equal(after.open_fds, before.open_fds + 1);
	assert_true(after.cpu_seconds >= before.cpu_seconds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_has_memory_time_and_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
