/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/status_token.h"

#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TOKEN_BYTES_MAX = 512 };

static char path[sizeof(scratch_folder) + 16];

static void write_file(const char *bytes, size_t size, mode_t mode)
{
	snprintf(path, sizeof(path), "%s/token", scratch_folder);
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void only_the_token_fits(void **state)
{
	static const char *const files[] = { "a-token", "a-token\n", "a-token\r\n" };
	static const char *const wrong[] = { "", "a", "a-toke", "a-token ", "a-token\n", "A-token", "b-token", "a-tokena" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct status_token token = { 0 };
		write_file(files[i], strlen(files[i]), 0600);
		assert_true(status_token_read(path, &token, NULL));
		assert_true(status_token_fits(&token, "a-token"));
		for (size_t j = 0; j < sizeof(wrong) / sizeof(*wrong); j++)
			assert_false(status_token_fits(&token, wrong[j]));
		status_token_wipe(&token);
		assert_false(status_token_fits(&token, "a-token"));
	}
}

static void without_a_token_nothing_fits(void **state)
{
	struct status_token token = { 0 };

	(void)state;
	assert_false(status_token_fits(&token, ""));
	assert_false(status_token_fits(&token, "a-token"));
}

static void a_file_with_anything_else_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = { { "", 0 }, { "\n", 1 }, { "a b\n", 4 }, { "a\nb\n", 4 }, { " a\n", 3 }, { "a\0b\n", 4 }, { "a\0", 2 },
		{ "\xc3\xa9\n", 3 }, { "a\t", 2 } };
	char longest[TOKEN_BYTES_MAX + 1];
	struct status_token token = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_file(rows[i].bytes, rows[i].size, 0600);
		assert_false(status_token_read(path, &token, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_false(token.is_set);
	}
	memset(longest, 'x', sizeof(longest));
	write_file(longest, TOKEN_BYTES_MAX + 1, 0600);
	assert_false(status_token_read(path, &token, &err));
	write_file(longest, TOKEN_BYTES_MAX, 0600);
	assert_true(status_token_read(path, &token, &err));
}

static void a_file_that_others_can_read_is_refused(void **state)
{
	struct status_token token = { 0 };
	struct error err;

	(void)state;
	write_file("a-token\n", 8, 0640);
	assert_false(status_token_read(path, &token, &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	unlink(path);
	assert_false(status_token_read(path, &token, &err));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_token_fits),
		cmocka_unit_test(without_a_token_nothing_fits),
		cmocka_unit_test(a_file_with_anything_else_is_refused),
		cmocka_unit_test(a_file_that_others_can_read_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
