/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/chef/chef_lock.h"

#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/file.h>

#include <cmocka.h>

static int make_lock(const char *content)
{
	int fd = open(scratch_path("lock"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	return fd;
}

static struct chef_lock probe(void)
{
	struct chef_lock lock;

	chef_lock_probe(scratch_path("lock"), &lock);
	return lock;
}

static void a_lock_is_held_as_long_as_its_owner_has_it_and_names_the_process(void **state)
{
	int fd = make_lock("4711");

	(void)state;
	assert_false(probe().is_held);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_true(probe().is_held);
	assert_int_equal(probe().pid, 4711);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_false(probe().is_held);
	close(fd);
}

static void a_probe_leaves_the_file_and_its_lock_as_they_were(void **state)
{
	int fd = make_lock("4711\n");
	char content[8] = "";

	(void)state;
	probe();
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	probe();
	assert_int_equal(pread(fd, content, sizeof(content), 0), 5);
	assert_string_equal(content, "4711\n");
	close(fd);
}

static void a_file_that_is_missing_is_not_held_and_not_created(void **state)
{
	(void)state;
	unlink(scratch_path("lock"));
	assert_false(probe().is_held);
	assert_int_equal(access(scratch_path("lock"), F_OK), -1);
}

static void content_that_is_no_pid_names_no_process(void **state)
{
	static const char *const contents[] = { "", "x", "-4", "99999999999999999999999", "12 34" };

	(void)state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		int fd = make_lock(contents[i]);
		assert_int_equal(flock(fd, LOCK_EX), 0);
		assert_true(probe().is_held);
		assert_int_equal(probe().pid, 0);
		close(fd);
	}
}

static void a_link_is_not_followed(void **state)
{
	int fd = make_lock("1");

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(rename(scratch_path("lock"), scratch_path("elsewhere")), 0);
	assert_int_equal(symlink("elsewhere", scratch_path("lock")), 0);
	assert_false(probe().is_held);
	close(fd);
	unlink(scratch_path("lock"));
	unlink(scratch_path("elsewhere"));
}

static void a_stack_trace_beside_the_lock_tells_of_a_failed_run(void **state)
{
	close(make_lock("1"));
	(void)state;
	assert_int_equal(probe().failed_ns, 0);
	close(open(scratch_path("cinc-stacktrace.out"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_true(probe().failed_ns > 0);
	unlink(scratch_path("cinc-stacktrace.out"));
	unlink(scratch_path("lock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_held_as_long_as_its_owner_has_it_and_names_the_process),
		cmocka_unit_test(a_probe_leaves_the_file_and_its_lock_as_they_were),
		cmocka_unit_test(a_file_that_is_missing_is_not_held_and_not_created),
		cmocka_unit_test(content_that_is_no_pid_names_no_process),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(a_stack_trace_beside_the_lock_tells_of_a_failed_run),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
