/* SPDX-License-Identifier: Apache-2.0 */
/* Journals that are torn, damaged, of another format, or none. */
#include "tests/unit/pokerd/journal/journal_fixture.h"

#include "common/file.h"
#include "tests/unit/scratch.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void a_torn_tail_of_any_length_costs_only_the_record_it_belongs_to(void **state)
{
	struct journal *journal = *state;

	accept_poke(journal, "kept");
	off_t good = file_size();
	accept_poke(journal, "torn");
	off_t whole = file_size();
	for (off_t size = whole - 1; size > good; size--) {
		journal_close(journal);
		unlink(scratch_path("journal"));
		journal = open_journal();
		accept_poke(journal, "kept");
		accept_poke(journal, "torn");
		assert_int_equal(truncate(scratch_path("journal"), size), 0);
		reopen(&journal);
		assert_string_equal(waiting(journal), "kept ");
		assert_int_equal(damage.tail_bytes, size - good);
		accept_poke(journal, "torn");
		reopen(&journal);
		assert_string_equal(waiting(journal), "kept torn ");
		assert_int_equal(damage.tail_bytes, 0);
	}
	*state = journal;
}

/* Accepts two and changes a byte of the first. */
static void damage_first(struct journal *journal)
{
	accept_poke(journal, "first");
	off_t at = file_size() - 2;
	accept_poke(journal, "second");
	int fd = open(scratch_path("journal"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "X", 1, at), 1);
	close(fd);
}

static void a_damaged_record_is_skipped_and_reported(void **state)
{
	struct journal *journal = *state;

	damage_first(journal);
	reopen(&journal);
	*state = journal;
	assert_int_equal(damage.records, 1);
	assert_int_equal(damage.tail_bytes, 0);
	assert_string_equal(waiting(journal), "second ");
}

static void whatever_byte_of_a_record_changes_the_pokes_behind_it_are_still_there(void **state)
{
	struct journal *journal = *state;
	off_t from, to = 0;

	for (int i = 0; !i || from + i < to; i++) {
		journal_close(journal);
		unlink(scratch_path("journal"));
		journal = open_journal();
		accept_poke(journal, "first");
		from = file_size();
		accept_poke(journal, "second");
		to = file_size();
		accept_poke(journal, "third");
		accept_poke(journal, "fourth");
		flip(from + i, (char)(1 << i % 8));
		reopen(&journal);
		assert_string_equal(waiting(journal), "first third fourth ");
		assert_int_equal(damage.records, 1);
		assert_int_equal(damage.tail_bytes, 0);
		reopen(&journal);
		assert_string_equal(waiting(journal), "first third fourth ");
		assert_int_equal(damage.records, 0);
	}
	*state = journal;
}

static void a_damaged_magic_costs_nothing(void **state)
{
	struct journal *journal = *state;

	accept_poke(journal, "first");
	flip(3, 16);
	reopen(&journal);
	assert_string_equal(waiting(journal), "first ");
	assert_true(damage.is_kept);
	reopen(&journal);
	*state = journal;
	assert_string_equal(waiting(journal), "first ");
	assert_int_equal(damage.records, 0);
}

static void a_stretch_of_zeros_costs_only_the_records_in_it(void **state)
{
	static const char zeros[64];
	struct journal *journal = *state;

	accept_poke(journal, "first");
	off_t at = file_size();
	accept_poke(journal, "second");
	accept_poke(journal, "third");
	int fd = open(scratch_path("journal"), O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, zeros, sizeof(zeros), at), sizeof(zeros));
	close(fd);
	reopen(&journal);
	*state = journal;
	assert_string_equal(waiting(journal), "first third ");
	assert_true(damage.is_kept);
}

/* As the first format had it: digest of what follows, size, content. */
static size_t put_format_1(char *to, const char *content)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t size = strlen(content);

	for (int i = 0; i < 4; i++)
		to[8 + i] = (char)(size >> 8 * i);
	memcpy(to + 12, content, size);
	assert_true(EVP_Digest(to + 8, 4 + size, digest, NULL, EVP_sha256(), NULL));
	memcpy(to, digest, 8);
	return 12 + size;
}

/* Returns where the second record begins. */
static off_t write_format_1(struct journal *journal)
{
	static const char *const records[] = {
		"{\"kind\":\"past\",\"id\":\"old\",\"state\":\"done\",\"at\":1000000000}\n",
		"{\"kind\":\"poke\",\"id\":\"a\",\"state\":\"queued\",\"at\":1000000000,\"path\":\"/"
		"\",\"key\":\"noah\"}\n{\"n\":1}",
		"{\"kind\":\"poke\",\"id\":\"b\",\"state\":\"queued\",\"at\":1000000001,\"path\":\"/"
		"\",\"key\":\"noah\"}\n{\"n\":2}",
		"{\"kind\":\"start\",\"run\":\"run-1\",\"at\":1000000002,\"pokes\":[\"a\"]}\n",
	};
	static const char magic[] = "pokerd journal 1\n";
	size_t size = sizeof(magic) - 1, second = 0;
	char bytes[2048];

	memcpy(bytes, magic, size);
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		second = i == 1 ? size : second;
		size += put_format_1(bytes + size, records[i]);
	}
	journal_close(journal);
	int fd = open(scratch_path("journal"), O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	return (off_t)second;
}

static void a_journal_of_the_first_format_is_converted(void **state)
{
	struct error err;
	struct poke poke;

	write_format_1(*state);
	struct journal *journal = open_journal();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(damage.records + damage.tail_bytes, 0);
		assert_string_equal(state_of(journal, "old"), "done");
		assert_string_equal(state_of(journal, "a"), "running");
		assert_string_equal(journal_run(journal)->id, "run-1");
		assert_string_equal(journal_run(journal)->boot, "");
		assert_string_equal(waiting(journal), "b ");
		assert_true(journal_read(journal, "b", &poke, &err));
		assert_string_equal(poke.body, "{\"n\":2}");
		assert_int_equal(poke.at_ms, 1000000001);
		poke_finish(&poke);
		reopen(&journal);
	}
	*state = journal;
	char *bytes;
	size_t size;
	assert_true(file_read(scratch_path("journal"), 4096, FILE_PUBLIC, &bytes, &size, &err));
	assert_memory_equal(bytes, "pokerd journal 2\n", 17);
	free(bytes);
	monotonic_ms += 96 * (int64_t)HOUR; /* it had no running time: what it knew is remembered from now on */
	assert_true(journal_tidy(journal, &err));
	assert_string_equal(state_of(journal, "old"), "done");
}

static void a_damaged_journal_of_the_first_format_is_kept(void **state)
{
	off_t second = write_format_1(*state);
	struct stat status;

	flip(second + 20, 1);
	*state = open_journal();
	assert_int_equal(damage.records, 1);
	assert_true(damage.is_kept);
	assert_int_equal(stat(scratch_path("journal.damaged"), &status), 0);
	assert_string_equal(waiting(*state), "b ");
	flip(write_format_1(*state) + 11, 1); /* of the size */
	*state = open_journal();
	assert_int_equal(damage.records, 0);
	assert_true(damage.tail_bytes > 0);
	assert_string_equal(state_of(*state, "old"), "done");
}

static void a_journal_of_the_first_format_stays_where_there_is_no_room_to_convert_it(void **state)
{
	struct journal_options options = { .state_directory = scratch_folder, .monotonic_ms = read_clock, .boot = boot };
	struct journal *journal;
	struct error err;

	write_format_1(*state);
	off_t size = file_size();
	limit_file_size(1);
	bool opened = journal_open(&options, &journal, &damage, &err);
	limit_file_size(RLIM_INFINITY);
	assert_false(opened);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_int_equal(file_size(), size);
	*state = open_journal();
	assert_string_equal(waiting(*state), "b ");
}

static void a_damaged_journal_is_kept_as_it_was(void **state)
{
	struct journal *journal = *state;
	struct stat status;

	damage_first(journal);
	off_t size = file_size();
	reopen(&journal);
	*state = journal;
	assert_true(damage.is_kept);
	assert_true(file_size() < size);
	assert_int_equal(stat(scratch_path("journal.damaged"), &status), 0);
	assert_int_equal(status.st_size, size);
}

static void a_record_that_cannot_be_read_later_is_lost_and_the_others_are_not(void **state)
{
	struct journal *journal = *state;

	damage_first(journal);
	assert_string_equal(waiting(journal), "second ");
	assert_string_equal(lost, "first ");
	assert_string_equal(state_of(journal, "first"), "lost");
	reopen(&journal);
	*state = journal;
	assert_string_equal(state_of(journal, "first"), "lost");
}

static void an_unreadable_record_does_not_keep_the_file_from_being_rewritten(void **state)
{
	struct journal *journal = *state;
	struct error err;

	accept_many(journal, 0, 150);
	damage_first(journal);
	assert_true(journal_tidy(journal, &err));
	assert_string_equal(lost, "first ");
	assert_string_equal(waiting(journal), "second ");
	reopen(&journal);
	*state = journal;
	assert_int_equal(damage.records, 0);
	assert_string_equal(state_of(journal, "first"), "lost");
	assert_string_equal(waiting(journal), "second ");
}

static void zeros_that_a_power_cut_left_behind_are_cut_off(void **state)
{
	struct journal *journal = *state;

	accept_poke(journal, "kept");
	assert_int_equal(truncate(scratch_path("journal"), file_size() + 4096), 0);
	reopen(&journal);
	*state = journal;
	assert_int_equal(damage.tail_bytes, 4096);
	assert_string_equal(waiting(journal), "kept ");
}

static void a_file_that_is_not_a_journal_or_a_newer_one_is_refused_unchanged(void **state)
{
	static const char *const texts[] = { "", "pokerd", "something else altogether", "pokerd journal 3\n" };
	struct journal_options options = { .state_directory = scratch_folder, .monotonic_ms = read_clock };
	struct journal *journal;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		scratch_write("journal", texts[i], 0600);
		assert_false(journal_open(&options, &journal, &damage, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_int_equal(file_size(), strlen(texts[i]));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, journal_fixture_create, journal_fixture_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_torn_tail_of_any_length_costs_only_the_record_it_belongs_to),
		TEST(a_damaged_record_is_skipped_and_reported),
		TEST(whatever_byte_of_a_record_changes_the_pokes_behind_it_are_still_there),
		TEST(a_damaged_magic_costs_nothing),
		TEST(a_stretch_of_zeros_costs_only_the_records_in_it),
		TEST(a_journal_of_the_first_format_is_converted),
		TEST(a_damaged_journal_of_the_first_format_is_kept),
		TEST(a_journal_of_the_first_format_stays_where_there_is_no_room_to_convert_it),
		TEST(a_damaged_journal_is_kept_as_it_was),
		TEST(a_record_that_cannot_be_read_later_is_lost_and_the_others_are_not),
		TEST(an_unreadable_record_does_not_keep_the_file_from_being_rewritten),
		TEST(zeros_that_a_power_cut_left_behind_are_cut_off),
		TEST(a_file_that_is_not_a_journal_or_a_newer_one_is_refused_unchanged),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
