/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/file_draft.h"
#include "tests/unit/scratch.h"

static bool is_there(const char *name)
{
	return access(scratch_path(name), F_OK) == 0;
}

static void assert_holds(const char *name, const char *text)
{
	char *found;
	size_t size;

	assert_true(file_read(scratch_path(name), 1 << 20, FILE_SECRET, &found, &size, NULL));
	assert_string_equal(found, text);
	free(found);
	unlink(scratch_path(name));
}

static void a_draft_appears_complete_and_only_for_its_owner(void **state)
{
	struct file_draft draft;
	struct error err;

	(void)state;
	assert_true(file_draft_open(scratch_path("a"), &draft, &err));
	assert_true(file_write_all(draft.fd, "text", 4));
	assert_false(is_there("a"));
	assert_true(file_draft_place(&draft, &err));
	assert_false(is_there("a.new"));
	assert_holds("a", "text");
}

static void a_draft_that_is_dropped_leaves_nothing(void **state)
{
	struct file_draft draft;
	struct error err;

	(void)state;
	assert_true(file_draft_open(scratch_path("a"), &draft, &err));
	file_draft_drop(&draft);
	file_draft_drop(&draft);
	assert_false(is_there("a") || is_there("a.new"));
}

static void a_file_that_exists_is_never_replaced(void **state)
{
	struct file_draft draft;
	struct error err;

	(void)state;
	scratch_write("a", "dear", 0600);
	assert_false(file_draft_open(scratch_path("a"), &draft, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	unlink(scratch_path("a"));
	assert_true(file_draft_open(scratch_path("a"), &draft, &err));
	scratch_write("a", "quicker", 0600);
	assert_false(file_draft_place(&draft, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_false(is_there("a.new"));
	assert_holds("a", "quicker");
	assert_int_equal(symlink("nowhere", scratch_path("a")), 0);
	assert_false(file_draft_open(scratch_path("a"), &draft, &err));
	unlink(scratch_path("a"));
}

static void the_rest_of_a_crash_is_replaced(void **state)
{
	struct file_draft draft;
	struct error err;

	(void)state;
	scratch_write("a.new", "half of it", 0644);
	assert_true(file_draft_open(scratch_path("a"), &draft, &err));
	assert_true(file_draft_place(&draft, &err));
	assert_holds("a", "");
}

static void all_of_another_file_is_copied(void **state)
{
	enum { BYTES = 700001 };
	char *text = malloc(BYTES + 1);
	struct file_draft draft;
	struct error err;

	(void)state;
	for (size_t i = 0; i < BYTES; i++)
		text[i] = (char)('a' + i % 23);
	text[BYTES] = '\0';
	scratch_write("from", text, 0600);
	assert_true(file_draft_open(scratch_path("a"), &draft, &err));
	assert_true(file_draft_copy(&draft, scratch_path("from"), &err));
	assert_true(file_draft_place(&draft, &err));
	assert_holds("a", text);
	unlink(scratch_path("from"));
	free(text);
}

static void a_file_that_cannot_be_written_or_read_is_named(void **state)
{
	struct file_draft draft;
	struct error err;

	(void)state;
	assert_false(file_draft_open("/nonexistent/a", &draft, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_non_null(strstr(err.text, "/nonexistent/a.new"));
	assert_true(file_draft_open(scratch_path("a"), &draft, &err));
	assert_false(file_draft_copy(&draft, scratch_path("none"), &err));
	assert_non_null(strstr(err.text, "none"));
	file_draft_drop(&draft);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft_appears_complete_and_only_for_its_owner),
		cmocka_unit_test(a_draft_that_is_dropped_leaves_nothing),
		cmocka_unit_test(a_file_that_exists_is_never_replaced),
		cmocka_unit_test(the_rest_of_a_crash_is_replaced),
		cmocka_unit_test(all_of_another_file_is_copied),
		cmocka_unit_test(a_file_that_cannot_be_written_or_read_is_named),
	};

	return cmocka_run_group_tests_name("file_draft", tests, scratch_open, scratch_close);
}
