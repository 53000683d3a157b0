/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { MAX = 100000 };

static void assert_refused(const char *path, size_t max, enum file_secrecy secrecy, enum error_kind kind,
    const char *words)
{
	struct error err;
	char *bytes = NULL;
	size_t size = 99;
	assert_false(file_read(path, max, secrecy, &bytes, &size, &err));
	assert_null(bytes);
	assert_int_equal(size, 99);
	assert_int_equal(err.kind, kind);
	assert_non_null(strstr(err.text, words));
	assert_non_null(strstr(err.text, path));
	assert_false(file_check(path, max, secrecy, &err));
	assert_int_equal(err.kind, kind);
}

static void a_file_is_read_whole_and_ends_with_a_nul(void **state)
{
	(void)state;
	static char written[50000];
	memset(written, 'x', sizeof(written));
	const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 4097, 50000 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const char *path = scratch_write_bytes("whole", written, sizes[i], 0644);
		char *bytes;
		size_t size;
		assert_true(file_read(path, MAX, FILE_PUBLIC, &bytes, &size, NULL));
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(bytes, written, size);
		assert_int_equal(bytes[size], '\0');
		free(bytes);
	}
}

static void files_without_a_size_are_read_too(void **state)
{
	(void)state;
	char *bytes;
	size_t size;
	assert_true(file_read("/proc/self/status", MAX, FILE_PUBLIC, &bytes, &size, NULL));
	assert_true(size > 100);
	free(bytes);
	struct error err;
	assert_false(file_read("/proc/self/status", 10, FILE_PUBLIC, &bytes, &size, &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
}

static void a_path_that_is_too_large_missing_or_not_a_file_is_refused(void **state)
{
	(void)state;
	assert_refused(scratch_write("large", "12345", 0644), 4, FILE_PUBLIC, ERROR_TOO_LARGE, "larger than 4 bytes");
	assert_refused(scratch_path("missing"), MAX, FILE_PUBLIC, ERROR_NOT_FOUND, "No such file");
	assert_refused(scratch_folder, MAX, FILE_PUBLIC, ERROR_INVALID, "not a regular file");
	assert_refused("/dev/null", MAX, FILE_PUBLIC, ERROR_INVALID, "not a regular file");
	const char *fifo = scratch_path("fifo");
	assert_int_equal(mkfifo(fifo, 0600), 0); /* must not wait for a writer */
	assert_refused(fifo, MAX, FILE_PUBLIC, ERROR_INVALID, "not a regular file");
}

static void a_file_of_exactly_the_largest_size_is_read(void **state)
{
	(void)state;
	char *bytes;
	size_t size;
	assert_true(file_read(scratch_write("exact", "1234", 0644), 4, FILE_PUBLIC, &bytes, &size, NULL));
	free(bytes);
}

static void a_secret_is_read_if_only_its_owner_can(void **state)
{
	(void)state;
	char *bytes;
	size_t size;
	const char *path = scratch_write("secret", "key", 0400);
	assert_true(file_check(path, MAX, FILE_SECRET, NULL));
	assert_true(file_read(path, MAX, FILE_SECRET, &bytes, &size, NULL));
	assert_string_equal(bytes, "key");
	free(bytes);
}

static void a_secret_that_others_can_use_is_refused(void **state)
{
	(void)state;
	const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0644, 0777 };
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		assert_refused(scratch_write("open", "key", modes[i]), MAX, FILE_SECRET, ERROR_DENIED, "chmod 600");
}

static void a_secret_behind_a_symbolic_link_is_refused(void **state)
{
	(void)state;
	const char *target = scratch_write("target", "key", 0600), *link = scratch_path("link");
	assert_int_equal(symlink(target, link), 0);
	assert_refused(link, MAX, FILE_SECRET, ERROR_DENIED, "symbolic link");
	assert_true(file_check(link, MAX, FILE_PUBLIC, NULL));
}

static void a_secret_of_another_user_is_refused(void **state)
{
	(void)state;
	const char *path = scratch_write("foreign", "key", 0600);
	if (chown(path, 12345, 12345)) {
		print_message("only root can give a file away\n");
		skip();
	}
	assert_refused(path, MAX, FILE_SECRET, ERROR_DENIED, "belongs to user 12345");
}

static void a_file_that_others_can_change_is_not_trusted(void **state)
{
	(void)state;
	const enum file_secrecy kinds[] = { FILE_TRUSTED, FILE_OURS };
	const mode_t bad[] = { 0664, 0646, 0622, 0777 }, good[] = { 0644, 0600, 0755, 0444 };
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
			assert_refused(scratch_write("open", "x", bad[i]), MAX, kinds[kind], ERROR_DENIED, "chmod go-w");
		for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
			assert_true(file_check(scratch_write("open", "x", good[i]), MAX, kinds[kind], NULL));
	}
	const char *link = scratch_path("trusted-link");
	assert_int_equal(symlink(scratch_write("target", "x", 0644), link), 0);
	assert_true(file_check(link, MAX, FILE_TRUSTED, NULL));
	assert_refused(link, MAX, FILE_OURS, ERROR_DENIED, "symbolic link");
	assert_int_equal(chmod(scratch_path("target"), 0666), 0);
	assert_refused(link, MAX, FILE_TRUSTED, ERROR_DENIED, "chmod go-w");
}

static void a_file_of_another_user_is_not_trusted(void **state)
{
	(void)state;
	const struct passwd *user = getpwnam("nobody");
	const char *path = scratch_write("foreign-public", "x", 0644);
	if (!user || chown(path, user->pw_uid, user->pw_gid)) {
		print_message("only root can give a file away\n");
		skip();
	}
	file_trust_user("nobody"); /* for secrets only: it could change what we do */
	assert_refused(path, MAX, FILE_TRUSTED, ERROR_DENIED, "chown 0 ");
	assert_refused(path, MAX, FILE_OURS, ERROR_DENIED, "chown 0 ");
	assert_true(file_check(path, MAX, FILE_PUBLIC, NULL));
}

static void a_folder_that_others_can_change_or_that_is_a_link_is_refused(void **state)
{
	(void)state;
	struct error err;
	const char *folder = scratch_path("checked-folder"), *link = scratch_path("folder-link");
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_true(file_check_folder(folder, &err));
	assert_int_equal(symlink(folder, link), 0);
	assert_false(file_check_folder(link, &err));
	assert_non_null(strstr(err.text, "symbolic link"));
	assert_int_equal(chmod(folder, 0775), 0);
	assert_false(file_check_folder(folder, &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_non_null(strstr(err.text, "chmod go-w"));
	assert_false(file_check_folder(scratch_write("plain", "x", 0644), &err));
	assert_false(file_check_folder(scratch_path("missing"), &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void root_accepts_a_secret_of_the_user_that_it_trusts(void **state)
{
	(void)state;
	const struct passwd *user = getpwnam("nobody");
	const char *path = scratch_write("entrusted", "key", 0600);
	if (!user || chown(path, user->pw_uid, user->pw_gid)) {
		print_message("only root can give a file away\n");
		skip();
	}
	file_trust_user("no-such-user");
	assert_refused(path, MAX, FILE_SECRET, ERROR_DENIED, "belongs to user");
	file_trust_user("nobody");
	assert_true(file_check(path, MAX, FILE_SECRET, NULL));
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_refused(path, MAX, FILE_SECRET, ERROR_DENIED, "belongs to user 12345");
	assert_int_equal(chmod(path, 0640), 0);
	file_trust_user("nobody");
	assert_refused(path, MAX, FILE_SECRET, ERROR_DENIED, "chmod 600");
}

static void assert_holds(const char *path, const char *expected, mode_t mode)
{
	struct stat status;
	char *bytes;
	size_t size;
	assert_true(file_read(path, MAX, FILE_PUBLIC, &bytes, &size, NULL));
	assert_string_equal(bytes, expected);
	free(bytes);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, mode);
}

static void replacing_creates_a_file_and_then_changes_it(void **state)
{
	(void)state;
	const char *path = scratch_path("replaced");
	mode_t mask = umask(077);
	assert_true(file_replace(path, "one", 3, 0644, NULL));
	assert_holds(path, "one", 0644);
	assert_true(file_replace(path, "", 0, 0600, NULL));
	assert_holds(path, "", 0600);
	umask(mask);
}

static void the_rest_of_a_crash_is_no_obstacle(void **state)
{
	(void)state;
	scratch_write("after-crash.new", "half", 0600);
	const char *path = scratch_path("after-crash");
	assert_true(file_replace(path, "whole", 5, 0600, NULL));
	assert_holds(path, "whole", 0600);
	assert_int_equal(access(scratch_path("after-crash.new"), F_OK), -1);
}

static void a_name_without_a_folder_is_in_the_current_one(void **state)
{
	(void)state;
	char *here = getcwd(NULL, 0);
	assert_int_equal(chdir(scratch_folder), 0);
	assert_true(file_replace("plain", "x", 1, 0600, NULL));
	assert_int_equal(chdir(here), 0);
	free(here);
	assert_holds(scratch_path("plain"), "x", 0600);
}

static void if_it_cannot_be_written_the_old_file_stays(void **state)
{
	(void)state;
	const char *path = scratch_write("kept", "old", 0600);
	struct rlimit unlimited, small = { 1, 1 };
	struct error err;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	small.rlim_max = unlimited.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_false(file_replace(path, "newer", 5, 0600, &err));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	assert_non_null(strstr(err.text, "kept.new"));
	assert_holds(path, "old", 0600);
	assert_int_equal(access(scratch_path("kept.new"), F_OK), -1);
}

static void a_missing_folder_is_reported(void **state)
{
	(void)state;
	struct error err;
	assert_false(file_replace(scratch_path("nowhere/file"), "x", 1, 0600, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void everything_is_written_through_a_small_pipe(void **state)
{
	(void)state;
	enum { SIZE = 1 << 20 };
	int ends[2];
	char *bytes = test_malloc(SIZE);
	memset(bytes, 'y', SIZE);
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(!file_write_all(ends[1], bytes, SIZE));
	}
	close(ends[1]);
	size_t total = 0;
	for (ssize_t got; (got = read(ends[0], bytes, 999)) > 0;)
		total += (size_t)got;
	assert_int_equal(total, SIZE);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
	assert_false(file_write_all(ends[0], "x", 1));
	test_free(bytes);
}

static void a_folder_is_created_once(void **state)
{
	(void)state;
	struct error err;
	struct stat status;
	const char *path = scratch_path("folder");
	mode_t mask = umask(077);

	assert_true(file_make_folder(path, 0711, &err));
	umask(mask);
	assert_true(file_make_folder(path, 0700, &err));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0711);
	assert_false(file_make_folder(scratch_write("file", "", 0600), 0700, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_false(file_make_folder(scratch_path("no/folder"), 0700, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void a_lock_has_one_owner(void **state)
{
	(void)state;
	struct error err;
	const char *path = scratch_path("lock");
	int first = file_lock(path, &err);
	assert_true(first >= 0);
	assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(file_lock(path, &err), -1);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.text, path));
	close(first);
	int second = file_lock(path, &err);
	assert_true(second >= 0);
	close(second);
	assert_int_equal(file_lock(scratch_path("no/lock"), &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_and_ends_with_a_nul),
		cmocka_unit_test(files_without_a_size_are_read_too),
		cmocka_unit_test(a_path_that_is_too_large_missing_or_not_a_file_is_refused),
		cmocka_unit_test(a_file_of_exactly_the_largest_size_is_read),
		cmocka_unit_test(a_secret_is_read_if_only_its_owner_can),
		cmocka_unit_test(a_secret_that_others_can_use_is_refused),
		cmocka_unit_test(a_secret_behind_a_symbolic_link_is_refused),
		cmocka_unit_test(a_secret_of_another_user_is_refused),
		cmocka_unit_test(a_file_that_others_can_change_is_not_trusted),
		cmocka_unit_test(a_folder_that_others_can_change_or_that_is_a_link_is_refused),
		cmocka_unit_test(root_accepts_a_secret_of_the_user_that_it_trusts),
		cmocka_unit_test(a_file_of_another_user_is_not_trusted),
		cmocka_unit_test(replacing_creates_a_file_and_then_changes_it),
		cmocka_unit_test(the_rest_of_a_crash_is_no_obstacle),
		cmocka_unit_test(a_name_without_a_folder_is_in_the_current_one),
		cmocka_unit_test(if_it_cannot_be_written_the_old_file_stays),
		cmocka_unit_test(a_missing_folder_is_reported),
		cmocka_unit_test(everything_is_written_through_a_small_pipe),
		cmocka_unit_test(a_folder_is_created_once),
		cmocka_unit_test(a_lock_has_one_owner),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
