/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/uuid.h"

#include <sys/wait.h>
#include <unistd.h>

static void it_has_the_form_of_version_4(void **state)
{
	(void)state;
	for (int n = 0; n < 200; n++) {
		char text[UUID_TEXT_BYTES];
		uuid_make(text);
		assert_int_equal(strlen(text), 36);
		for (int i = 0; i < 36; i++) {
			bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
			assert_non_null(strchr(is_hyphen ? "-" : i == 14 ? "4" : i == 19 ? "89ab" : "0123456789abcdef", text[i]));
		}
	}
}

static int compare(const void *one, const void *other)
{
	return strcmp(one, other);
}

static void no_uuid_is_generated_twice(void **state)
{
	(void)state;
	enum { COUNT = 5000 };
	static char made[COUNT][UUID_TEXT_BYTES];
	for (int i = 0; i < COUNT; i++)
		uuid_make(made[i]);
	qsort(made, COUNT, sizeof(*made), compare);
	for (int i = 1; i < COUNT; i++)
		assert_string_not_equal(made[i - 1], made[i]);
}

static void only_generated_uuids_are_parsed(void **state)
{
	(void)state;
	static const char *const wrong[] = { "", "-", "8e7a1b3c-0000-4000-8000-00000000000",
		"8e7a1b3c-0000-4000-8000-0000000000000", "8E7a1b3c-0000-4000-8000-000000000000",
		"8e7a1b3c-0000-5000-8000-000000000000", "8e7a1b3c-0000-4000-c000-000000000000",
		"8e7a1b3c00004000-8000-000000000000---", "8e7a1b3c-0000-4000-8000-00000000000g",
		"8e7a1b3c-0000-4000-8000+000000000000" };
	static const unsigned char expected[UUID_BYTES] = { 0x8e, 0x7a, 0x1b, 0x3c, 0, 1, 0x40, 2, 0x9f, 3, 0, 0, 0, 0, 0,
		0x5a };
	unsigned char bytes[UUID_BYTES] = { 0 }, untouched[UUID_BYTES] = { 0 };
	char text[UUID_TEXT_BYTES];
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(uuid_parse(wrong[i], bytes));
	assert_memory_equal(bytes, untouched, UUID_BYTES);
	assert_true(uuid_parse("8e7a1b3c-0001-4002-9f03-00000000005a", bytes));
	assert_memory_equal(bytes, expected, UUID_BYTES);
	for (int i = 0; i < 200; i++) {
		uuid_make(text);
		assert_true(uuid_parse(text, bytes));
	}
}

static void a_child_generates_other_uuids_than_its_parent(void **state)
{
	(void)state;
	char of_parent[UUID_TEXT_BYTES], of_child[UUID_TEXT_BYTES];
	int ends[2];
	uuid_make(of_parent); /* from here on the pool is filled */
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		uuid_make(of_child);
		_exit(write(ends[1], of_child, sizeof(of_child)) == sizeof(of_child) ? 0 : 1);
	}
	uuid_make(of_parent);
	assert_int_equal(read(ends[0], of_child, sizeof(of_child)), sizeof(of_child));
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_not_equal(of_parent, of_child);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_the_form_of_version_4),
		cmocka_unit_test(no_uuid_is_generated_twice),
		cmocka_unit_test(only_generated_uuids_are_parsed),
		cmocka_unit_test(a_child_generates_other_uuids_than_its_parent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
