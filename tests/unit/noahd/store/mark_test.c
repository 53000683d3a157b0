/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "noahd/store/mark.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file that tells how far a store had come. */

static const struct mark some = {
	.epoch = "21c35c5b-b898-4d3b-ae66-8db5d19fa7b0",
	.revision = UINT64_C(9007199254740993),
	.log = UINT64_C(0xfedcba9876543210),
	.frames = 4294967295,
	.is_checkpointed = true,
};

static char path[64];

static int up(void **state)
{
	(void)state;
	strcpy(path, "/tmp/noah_mark_XXXXXX");
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int down(void **state)
{
	(void)state;
	return unlink(path);
}

static size_t read_bytes(char *bytes, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t size = fread(bytes, 1, room, file);

	assert_int_equal(fclose(file), 0);
	return size;
}

static void write_bytes(const char *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void assert_found(enum mark_finding expected)
{
	struct mark mark;
	enum mark_finding finding;

	assert_true(mark_read(path, &finding, &mark, NULL));
	assert_int_equal(finding, expected);
}

static void assert_reads_as(const struct mark *expected)
{
	struct mark mark;
	enum mark_finding finding;

	assert_true(mark_read(path, &finding, &mark, NULL));
	assert_int_equal(finding, MARK_FOUND);
	assert_string_equal(mark.epoch, expected->epoch);
	assert_int_equal(mark.revision, expected->revision);
	assert_int_equal(mark.log, expected->log);
	assert_int_equal(mark.frames, expected->frames);
	assert_int_equal(mark.is_checkpointed, expected->is_checkpointed);
}

/* Other versions of noahd read it, and so do people. */
static void the_line_has_the_form_that_is_described(void **state)
{
	const struct mark marks[] = {
		some,
		{ .epoch = "short", .revision = 1 },
		{ .revision = UINT64_MAX, .log = UINT64_MAX, .frames = UINT32_MAX, .is_checkpointed = true },
		{ .epoch = "" },
	};
	char bytes[256], expected[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(marks); i++) {
		assert_true(mark_create(path, &marks[i], NULL));
		const size_t size = read_bytes(bytes, sizeof(bytes));
		snprintf(expected, sizeof(expected), "noah-mark 1 %-39.39s %20" PRIu64 " %20" PRIu64 " %10" PRIu32 " %d ",
		    marks[i].epoch, marks[i].revision, marks[i].log, marks[i].frames, marks[i].is_checkpointed);
		uint64_t check = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
		for (const char *byte = expected; *byte; byte++)
			check = (check ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%016" PRIx64 "\n", check);
		assert_int_equal(size, strlen(expected));
		assert_memory_equal(bytes, expected, size);
	}
}

static void what_is_written_is_read(void **state)
{
	struct mark mark = some;

	(void)state;
	assert_true(mark_create(path, &mark, NULL));
	assert_reads_as(&mark);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	for (uint64_t revision = 1; revision; revision = revision << 7 & INT64_MAX) {
		mark = (struct mark){ .epoch = "e", .revision = revision, .frames = (uint32_t)revision };
		assert_true(mark_write(fd, &mark, NULL));
		assert_reads_as(&mark);
	}
	close(fd);
}

static void it_keeps_its_size_and_belongs_to_its_owner(void **state)
{
	char bytes[256];
	struct stat status;

	(void)state;
	assert_true(mark_create(path, &some, NULL));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	size_t size = read_bytes(bytes, sizeof(bytes));
	assert_int_equal(size, status.st_size);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(mark_write(fd, &(struct mark){ .epoch = "" }, NULL) &&
	            mark_write(fd, &(struct mark){ .epoch = "x" }, NULL));
	close(fd);
	assert_int_equal(read_bytes(bytes, sizeof(bytes)), size);
}

static void a_missing_mark_is_distinguished_from_a_damaged_one(void **state)
{
	static const char *const rubbish[] = { "", "\n", "noah-mark 2 ", "rubbish" };
	char bytes[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(rubbish); i++) {
		write_bytes(rubbish[i], strlen(rubbish[i]));
		assert_found(MARK_DAMAGED);
	}
	memset(bytes, 0, sizeof(bytes));
	write_bytes(bytes, sizeof(bytes)); /* longer than any */
	assert_found(MARK_DAMAGED);
	write_bytes(bytes, 124); /* as a power cut may leave it */
	assert_found(MARK_DAMAGED);
	assert_int_equal(unlink(path), 0);
	assert_found(MARK_MISSING);
	write_bytes("", 0);
}

static void a_flipped_bit_or_a_byte_less_anywhere_is_damage(void **state)
{
	char bytes[256];

	(void)state;
	assert_true(mark_create(path, &some, NULL));
	size_t size = read_bytes(bytes, sizeof(bytes));
	for (size_t bit = 0; bit < size * 8; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		write_bytes(bytes, size);
		assert_found(MARK_DAMAGED);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
	}
	for (size_t i = 0; i < size; i++) {
		write_bytes(bytes, i);
		assert_found(MARK_DAMAGED);
	}
	write_bytes(bytes, size);
	assert_reads_as(&some);
}

static void one_that_cannot_be_read_is_an_error(void **state)
{
	struct error err;
	struct mark mark;
	enum mark_finding finding;

	(void)state;
	assert_false(mark_read("/tmp", &finding, &mark, &err));
	assert_non_null(strstr(err.text, "/tmp"));
}

static void a_part_that_was_carried_over_must_be_whole_in_the_log_until_it_is_done(void **state)
{
	static const struct {
		struct mark mark;
		uint64_t log;
		uint32_t frames;
		bool is_torn, is_stale;
	} cases[] = {
		{ { .log = 0 }, 0, 0, false, false },
		{ { .log = 0 }, 7, 9, false, false },
		{ { .log = 7, .frames = 5 }, 7, 5, false, false },
		{ { .log = 7, .frames = 5 }, 7, 6, false, false },
		{ { .log = 7, .frames = 5 }, 7, 4, true, false },
		{ { .log = 7, .frames = 5 }, 7, 0, true, false },
		{ { .log = 7, .frames = 5 }, 0, 0, true, false },
		{ { .log = 7, .frames = 5 }, 8, 9, true, false },
		{ { .log = 7, .frames = 5, .is_checkpointed = true }, 7, 5, false, false },
		{ { .log = 7, .frames = 5, .is_checkpointed = true }, 7, 4, false, true },
		{ { .log = 7, .frames = 5, .is_checkpointed = true }, 0, 0, false, false },
		{ { .log = 7, .frames = 5, .is_checkpointed = true }, 8, 1, false, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(mark_is_torn(&cases[i].mark, cases[i].log, cases[i].frames), cases[i].is_torn);
		assert_int_equal(mark_is_stale_log(&cases[i].mark, cases[i].log, cases[i].frames), cases[i].is_stale);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_line_has_the_form_that_is_described),
		TEST(what_is_written_is_read),
		TEST(it_keeps_its_size_and_belongs_to_its_owner),
		TEST(a_missing_mark_is_distinguished_from_a_damaged_one),
		TEST(a_flipped_bit_or_a_byte_less_anywhere_is_damage),
		TEST(one_that_cannot_be_read_is_an_error),
		TEST(a_part_that_was_carried_over_must_be_whole_in_the_log_until_it_is_done),
	};

	return cmocka_run_group_tests_name("mark", tests, NULL, NULL);
}
