/* SPDX-License-Identifier: Apache-2.0 */
/* What the queue remembers beside the pokes, and the records of versions to come. */
#include "tests/unit/pokerd/journal/journal_fixture.h"

#include "pokerd/journal/journal_record.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void check_gates(struct journal *journal, int n, int64_t expected_age_ms)
{
	int64_t age_ms = -1;
	const json_t *memory = journal_gates(journal, &age_ms);

	assert_non_null(memory);
	assert_int_equal(json_integer_value(json_object_get(memory, "n")), n);
	assert_int_equal(age_ms, expected_age_ms);
}

static void set_gates_to(struct journal *journal, int n)
{
	json_t *memory = json_pack("{s:i}", "n", n);
	struct error err;

	if (!journal_set_gates(journal, memory, &err))
		fail_msg("%s", err.text);
	json_decref(memory);
}

/* Makes the journal write its file anew. */
static void rewrite_file(struct journal *journal)
{
	static int many = 0;
	off_t before;

	accept_many(journal, many, 300);
	many += 300;
	before = file_size();
	assert_true(journal_tidy(journal, NULL));
	assert_true(file_size() < before);
}

static void a_new_journal_remembers_nothing(void **state)
{
	int64_t age_ms;

	assert_null(journal_gates(*state, &age_ms));
}

static void the_last_is_remembered_over_restarts_and_rewriting_with_its_age(void **state)
{
	struct journal *journal = *state;

	set_gates_to(journal, 1);
	set_gates_to(journal, 2);
	monotonic_ms += 500;
	check_gates(journal, 2, 500);
	rewrite_file(journal);
	check_gates(journal, 2, 500);
	reopen(&journal);
	*state = journal;
	monotonic_ms += 250;
	check_gates(journal, 2, 750);
}

static void across_a_boot_only_the_running_time_makes_it_older(void **state)
{
	struct journal *journal = *state;

	set_gates_to(journal, 3);
	monotonic_ms += 4000;
	accept_poke(journal, "dated"); /* the last that is known of the running time */
	monotonic_ms += 70000;
	boot = "the next one";
	monotonic_ms = 20;
	reopen(&journal);
	*state = journal;
	check_gates(journal, 3, 4000);
	monotonic_ms += 10;
	check_gates(journal, 3, 4010);
}

static void a_start_and_an_end_say_what_is_remembered_from_then_on(void **state)
{
	struct journal *journal = *state;
	json_t *started = json_pack("{s:i}", "n", 4), *ended = json_pack("{s:i}", "n", 5);
	struct run_pokes pokes = { 0 };
	const struct journal_beginning beginning = { "run-1", &pokes, NOW, starts, started };

	set_gates_to(journal, 3);
	accept_many(journal, 5000, 300); /* so that opening writes the file anew */
	assert_true(journal_start(journal, &beginning, NULL));
	reopen(&journal);
	check_gates(journal, 4, 0);
	assert_non_null(journal_run(journal));
	journal_end(journal, JOURNAL_NOT_BEGUN, ended);
	reopen(&journal);
	*state = journal;
	check_gates(journal, 5, 0);
	assert_null(journal_run(journal));
	json_decref(started);
	json_decref(ended);
}

static void append_unknown(const char *body)
{
	json_t *head = json_pack("{s:s, s:s}", "kind", "of tomorrow", "state", "odd");
	size_t size;
	char *bytes = journal_record_encode(head, body, strlen(body), &size);
	int fd = open(scratch_path("journal"), O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	free(bytes);
	json_decref(head);
}

static bool file_has(const char *text)
{
	int fd = open(scratch_path("journal"), O_RDONLY | O_CLOEXEC);
	off_t size = file_size();
	char *bytes = malloc((size_t)size);

	assert_int_equal(read(fd, bytes, (size_t)size), size);
	close(fd);
	bool has = memmem(bytes, (size_t)size, text, strlen(text));
	free(bytes);
	return has;
}

static void records_of_a_newer_version_are_kept_when_the_file_is_written_anew(void **state)
{
	struct journal *journal = *state;

	append_unknown("first unknown");
	append_unknown("second unknown");
	for (int i = 0; i < 2; i++) {
		reopen(&journal);
		rewrite_file(journal);
		assert_true(file_has("first unknown") && file_has("second unknown"));
	}
	*state = journal;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, journal_fixture_create, journal_fixture_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_journal_remembers_nothing),
		TEST(the_last_is_remembered_over_restarts_and_rewriting_with_its_age),
		TEST(across_a_boot_only_the_running_time_makes_it_older),
		TEST(a_start_and_an_end_say_what_is_remembered_from_then_on),
		TEST(records_of_a_newer_version_are_kept_when_the_file_is_written_anew),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
