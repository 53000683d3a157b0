/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/sender.h"

#include "common/file.h"
#include "common/memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder with sbin/pokerd, as installed, and programs that print their own path. */
struct fixture {
	char folder[32];
	char *executable, *installed, *beside;
};

static void make_program(const char *path)
{
	struct error err;

	assert_true(file_replace(path, path, strlen(path), 0755, &err));
}

static void make_folder(const char *folder, const char *name)
{
	char *path = memory_format("%s/%s", folder, name);

	assert_return_code(mkdir(path, 0755), 0);
	free(path);
}

static int set_up(void **state)
{
	struct fixture *fixture = memory_zeroed(1, sizeof(*fixture));

	memcpy(fixture->folder, "/tmp/sender-XXXXXX", sizeof("/tmp/sender-XXXXXX"));
	assert_non_null(mkdtemp(fixture->folder));
	make_folder(fixture->folder, "sbin");
	make_folder(fixture->folder, "lib");
	make_folder(fixture->folder, "lib/noah");
	fixture->executable = memory_format("%s/sbin/pokerd", fixture->folder);
	fixture->installed = memory_format("%s/sbin/../lib/noah/pokerd-report", fixture->folder);
	fixture->beside = memory_format("%s/sbin/pokerd-report", fixture->folder);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	static const char *const rest[] = { "lib/noah", "lib", "sbin", "" };

	(void)unlink(fixture->installed);
	(void)unlink(fixture->beside);
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++) {
		char *path = memory_format("%s/%s", fixture->folder, rest[i]);
		(void)rmdir(path);
		free(path);
	}
	free(fixture->executable);
	free(fixture->installed);
	free(fixture->beside);
	free(fixture);
	return 0;
}

static void assert_opens(const struct fixture *fixture, const char *path)
{
	struct stat opened, wanted;
	struct error err;

	int fd = sender_open_program(fixture->executable, &err);
	assert_true(fd >= 0);
	assert_return_code(fstat(fd, &opened), 0);
	assert_return_code(stat(path, &wanted), 0);
	assert_true(opened.st_ino == wanted.st_ino);
	close(fd);
}

static void assert_refuses(const struct fixture *fixture, enum error_kind kind, const char *says)
{
	struct error err;

	assert_int_equal(sender_open_program(fixture->executable, &err), -1);
	assert_int_equal(err.kind, kind);
	if (!strstr(err.text, says))
		fail_msg("%s does not say %s", err.text, says);
}

static void the_program_is_looked_for_in_lib_noah_then_beside_pokerd(void **state)
{
	struct fixture *fixture = *state;

	assert_refuses(fixture, ERROR_NOT_FOUND, "sbin/pokerd-report");
	make_program(fixture->beside);
	assert_opens(fixture, fixture->beside);
	make_program(fixture->installed);
	assert_opens(fixture, fixture->installed);
}

static void a_program_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0777 };
	struct fixture *fixture = *state;

	make_program(fixture->beside);
	make_program(fixture->installed);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_return_code(chmod(fixture->installed, modes[i]), 0);
		assert_refuses(fixture, ERROR_DENIED, "chmod go-w");
	}
}

static void a_program_of_another_user_is_refused(void **state)
{
	struct fixture *fixture = *state;

	make_program(fixture->installed);
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_return_code(chown(fixture->installed, 65534, 0), 0);
	assert_refuses(fixture, ERROR_DENIED, "belongs to user 65534");
}

static void a_folder_of_that_name_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_return_code(mkdir(fixture->installed, 0755), 0);
	assert_refuses(fixture, ERROR_DENIED, "not a regular file");
	assert_return_code(rmdir(fixture->installed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_program_is_looked_for_in_lib_noah_then_beside_pokerd, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_program_that_others_may_write_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_program_of_another_user_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_folder_of_that_name_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
