/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/journal/journal_fixture.h"
#include "common/file.h"
#include "pokerd/journal/journal_record.h"
#include "tests/unit/scratch.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static void an_accepted_poke_is_pending_and_complete_after_a_crash(void **state)
{
	static const char body[] = "{\"text\":\"\xc3\xa9\n\\u0000\"}\n\n";
	struct journal *journal = *state;
	struct poke poke;
	struct error err;

	accept_body(journal, "msg_1", body, sizeof(body) - 1);
	reopen(&journal);
	*state = journal;
	assert_string_equal(waiting(journal), "msg_1 ");
	assert_true(journal_read(journal, "msg_1", &poke, &err));
	assert_string_equal(poke.id, "msg_1");
	assert_string_equal(poke.path, "/");
	assert_string_equal(poke.key, "noah");
	assert_int_equal(poke.at_ms, NOW);
	assert_int_equal(poke.body_size, sizeof(body) - 1);
	assert_memory_equal(poke.body, body, sizeof(body) - 1);
	poke_finish(&poke);
}

static void a_poke_goes_from_queued_to_running_to_done(void **state)
{
	accept_poke(*state, "msg_1");
	assert_string_equal(state_of(*state, "msg_1"), "queued");
	start_run(*state, "run-1", "msg_1", NULL);
	assert_string_equal(state_of(*state, "msg_1"), "running");
	assert_string_equal(journal_run(*state)->id, "run-1");
	assert_string_equal(waiting(*state), "");
	journal_end(*state, JOURNAL_DONE, NULL);
	assert_string_equal(state_of(*state, "msg_1"), "done");
	assert_null(journal_run(*state));
}

static void each_step_is_still_known_after_a_crash(void **state)
{
	struct journal *journal = *state;

	accept_poke(journal, "a");
	accept_poke(journal, "b");
	accept_poke(journal, "c");
	start_run(journal, "run-1", "a", "b");
	reopen(&journal);
	assert_string_equal(journal_run(journal)->id, "run-1");
	assert_string_equal(state_of(journal, "b"), "running");
	assert_string_equal(waiting(journal), "c ");
	journal_end(journal, JOURNAL_FAILED, NULL);
	journal_ignore(journal, "c");
	journal_ignore(journal, "unwanted");
	reopen(&journal);
	*state = journal;
	assert_null(journal_run(journal));
	assert_string_equal(state_of(journal, "a"), "failed");
	assert_string_equal(state_of(journal, "c"), "ignored");
	assert_string_equal(state_of(journal, "unwanted"), "ignored");
	assert_string_equal(waiting(journal), "");
}

static void the_pokes_of_a_run_that_never_began_are_pending_again(void **state)
{
	accept_poke(*state, "a");
	accept_poke(*state, "b");
	start_run(*state, "run-1", "a", "b");
	journal_end(*state, JOURNAL_NOT_BEGUN, NULL);
	assert_string_equal(waiting(*state), "a b ");
	assert_null(journal_run(*state));
}

static const char *attempt_of(struct journal *journal, const char *id)
{
	struct run_pokes pokes = { 0 };

	run_pokes_append(&pokes, id, "");
	const char *run_id = journal_attempt_of(journal, &pokes);
	run_pokes_finish(&pokes);
	return run_id ? run_id : "none";
}

static void the_pokes_of_a_lost_run_wait_again_and_the_next_run_knows_it(void **state)
{
	struct journal *journal = *state;
	struct error err;

	accept_many(journal, 0, 150);
	accept_poke(journal, "a");
	accept_poke(journal, "b");
	start_run(journal, "run-1", "a", NULL);
	assert_int_equal(journal_end(journal, JOURNAL_AGAIN, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_null(journal_run(journal));
		assert_string_equal(waiting(journal), "a b ");
		assert_string_equal(attempt_of(journal, "a"), "run-1");
		assert_string_equal(attempt_of(journal, "b"), "none");
		if (i == 1)
			assert_true(journal_tidy(journal, &err)); /* written anew */
		reopen(&journal);
	}
	*state = journal;
	start_run(journal, "run-2", "a", "b");
	journal_end(journal, JOURNAL_DONE, NULL);
	assert_string_equal(attempt_of(journal, "a"), "none");
	assert_string_equal(state_of(journal, "a"), "done");
}

static void a_poke_whose_runs_are_lost_again_and_again_is_given_up(void **state)
{
	struct journal *journal = *state;
	char run_id[16];

	accept_poke(journal, "a");
	for (int i = 1; i <= JOURNAL_ATTEMPTS_MAX; i++) {
		assert_string_equal(waiting(journal), "a ");
		snprintf(run_id, sizeof(run_id), "run-%d", i);
		start_run(journal, run_id, "a", NULL);
		reopen(&journal);
		assert_int_equal(journal_end(journal, JOURNAL_AGAIN, NULL), i == JOURNAL_ATTEMPTS_MAX);
		reopen(&journal);
	}
	*state = journal;
	assert_string_equal(waiting(journal), "");
	assert_string_equal(state_of(journal, "a"), "lost");
}

static void a_run_is_known_with_its_pokes_and_the_boot_it_was_started_under(void **state)
{
	struct journal *journal = *state;
	char ids[64] = "";

	accept_poke(journal, "a");
	accept_poke(journal, "b");
	accept_poke(journal, "c");
	start_run(journal, "run-1", "a", "c");
	reopen(&journal);
	*state = journal;
	assert_string_equal(journal_run(journal)->boot, "this-boot");
	journal_running(journal, append_id, ids);
	assert_string_equal(ids, "a c ");
}

static void check_starts(struct journal *journal, int64_t full_ms)
{
	assert_int_equal(journal_starts(journal).full_ms, full_ms);
	assert_int_equal(journal_starts(journal).interval_ms, full_ms ? 1000 : 0);
}

static void what_starts_have_used_up_is_known_after_a_restart(void **state)
{
	struct journal *journal = *state;
	struct error err;

	check_starts(journal, 0);
	accept_poke(journal, "a");
	monotonic_ms = 50000;
	starts = (struct run_queue_starts){ 53000, 1000 };
	start_run(journal, "run-1", "a", NULL);
	monotonic_ms = 51000;
	reopen(&journal);
	check_starts(journal, 53000);
	assert_true(journal_tidy(journal, &err));
	journal_end(journal, JOURNAL_AGAIN, NULL);
	monotonic_ms = 60000;
	starts = (struct run_queue_starts){ 63000, 1000 };
	start_run(journal, "run-2", "a", NULL);
	check_starts(journal, 63000);
	reopen(&journal);
	*state = journal;
	journal_end(journal, JOURNAL_NOT_BEGUN, NULL); /* it does not count */
	check_starts(journal, 53000);
}

static void a_boot_counts_as_having_taken_no_time(void **state)
{
	struct journal *journal = *state;

	accept_poke(journal, "a");
	monotonic_ms = 50000;
	starts = (struct run_queue_starts){ 53000, 1000 };
	start_run(journal, "run-1", "a", NULL);
	for (int i = 0; i < 2; i++) {
		boot = i ? "third-boot" : "second-boot";
		monotonic_ms = i ? 90000 : 10;
		reopen(&journal);
		check_starts(journal, monotonic_ms + 3000);
	}
	*state = journal;
}

static void without_space_a_poke_is_unavailable_and_the_file_is_unchanged(void **state)
{
	struct poke poke = { "refused", "/", "noah", "{}", 2, NOW };
	struct journal *journal = *state;
	struct error err;

	accept_poke(journal, "kept");
	off_t size = file_size();
	limit_file_size((rlim_t)size + 20);
	bool accepted = journal_accept(journal, &poke, POKE_QUEUED, &err);
	limit_file_size(RLIM_INFINITY);
	assert_false(accepted);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_int_equal(file_size(), size);
	assert_string_equal(state_of(journal, "refused"), "unknown");
	accept_poke(journal, "refused");
	reopen(&journal);
	*state = journal;
	assert_int_equal(damage.records + damage.tail_bytes, 0);
	assert_string_equal(waiting(journal), "kept refused ");
}

static void an_end_that_found_no_space_is_written_later(void **state)
{
	struct journal *journal = *state;
	struct error err;

	accept_poke(journal, "a");
	start_run(journal, "run-1", "a", NULL);
	limit_file_size(1);
	journal_end(journal, JOURNAL_DONE, NULL);
	bool tidied = journal_tidy(journal, &err);
	limit_file_size(RLIM_INFINITY);
	assert_false(tidied);
	assert_string_equal(state_of(journal, "a"), "done");
	assert_true(journal_tidy(journal, &err));
	reopen(&journal);
	*state = journal;
	assert_string_equal(state_of(journal, "a"), "done");
	assert_null(journal_run(journal));
}

static void ids_are_known_for_as_long_as_they_are_remembered(void **state)
{
	struct error err;

	accept_poke(*state, "old");
	accept_poke(*state, "waits");
	start_run(*state, "run-1", "old", NULL);
	monotonic_ms += HOUR;
	journal_end(*state, JOURNAL_DONE, NULL);
	monotonic_ms += 96 * (int64_t)HOUR;
	assert_true(journal_tidy(*state, &err));
	assert_string_equal(state_of(*state, "old"), "done");
	monotonic_ms++;
	assert_true(journal_tidy(*state, &err));
	assert_string_equal(state_of(*state, "old"), "unknown");
	assert_string_equal(state_of(*state, "waits"), "queued");
}

static void only_the_time_that_pokerd_runs_makes_ids_old(void **state)
{
	struct journal *journal = *state;
	struct error err;

	journal_ignore(journal, "old");
	for (int hour = 0; hour < 96; hour++) {
		monotonic_ms += HOUR;
		assert_true(journal_tidy(journal, &err));
		journal_close(journal);
		monotonic_ms = hour % 2 ? 0 : 1000 * (int64_t)HOUR; /* booted; or stopped for weeks */
		journal = open_journal();
		assert_string_equal(state_of(journal, "old"), "ignored");
	}
	*state = journal;
	monotonic_ms++;
	assert_true(journal_tidy(journal, &err));
	assert_string_equal(state_of(journal, "old"), "unknown");
}

static void check_ignored(struct journal *journal, int count)
{
	char id[16];

	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "m_%d", i);
		assert_string_equal(state_of(journal, id), "ignored");
	}
}

static void however_many_ids_come_all_are_known_and_none_is_refused(void **state)
{
	enum { COUNT = 3 * JOURNAL_PAST_MAX };
	struct journal *journal = *state;
	struct error err;
	char id[16];

	accept_poke(journal, "waits");
	for (int i = 0; i < COUNT; i++) {
		snprintf(id, sizeof(id), "m_%d", i);
		journal_ignore(journal, id);
		if (i == COUNT / 2)
			reopen(&journal); /* files and journal may have the same ids then */
	}
	check_ignored(journal, COUNT);
	accept_poke(journal, "one_more");
	assert_true(journal_tidy(journal, &err));
	assert_in_range(file_size(), 1, 2 * JOURNAL_PAST_MAX * 64);
	reopen(&journal);
	*state = journal;
	check_ignored(journal, COUNT);
	assert_string_equal(waiting(journal), "waits one_more ");
	monotonic_ms += 97 * (int64_t)HOUR;
	assert_true(journal_tidy(journal, &err));
	assert_string_equal(state_of(journal, "m_0"), "unknown");
	assert_string_equal(state_of(journal, "m_40000"), "unknown");
	assert_string_equal(state_of(journal, "waits"), "queued");
}

/* Each as long as an id can be, so that not all fit into one record. */
static void make_long_id(int number, char out[4096])
{
	memset(out, 'x', 4095);
	out[4095] = '\0';
	snprintf(out, 16, "m_%06d", number);
	out[8] = '_';
}

static void a_run_of_more_pokes_than_one_record_can_name_is_known_with_all(void **state)
{
	enum { COUNT = 600 };
	struct journal *journal = *state;
	const struct journal_beginning beginning = { "run-1", &(struct run_pokes){ 0 }, NOW, starts, NULL };
	struct run_pokes *pokes = (struct run_pokes *)beginning.pokes;
	char id[4096];
	struct error err;

	for (int i = 0; i < COUNT; i++) {
		make_long_id(i, id);
		accept_poke(journal, id);
		run_pokes_append(pokes, id, "");
	}
	assert_true(journal_start(journal, &beginning, &err));
	for (int i = 0; i < 3; i++) {
		reopen(&journal);
		make_long_id(COUNT - 1, id);
		assert_string_equal(state_of(journal, id), "running");
		assert_string_equal(waiting(journal), "");
	}
	journal_end(journal, JOURNAL_DONE, NULL);
	reopen(&journal);
	*state = journal;
	for (int i = 0; i < COUNT; i++) {
		make_long_id(i, id);
		assert_string_equal(state_of(journal, id), "done");
	}
	run_pokes_finish(pokes);
}

static void the_file_stays_bounded_and_keeps_pending_pokes(void **state)
{
	struct journal *journal = *state;
	struct poke poke;
	struct error err;

	accept_poke(journal, "first");
	accept_many(journal, 0, 150);
	accept_poke(journal, "middle");
	start_run(journal, "run-9", "middle", NULL);
	assert_true(file_size() > 1 << 20);
	assert_true(journal_tidy(journal, &err));
	assert_true(file_size() < 100000);
	assert_true(journal_read(journal, "middle", &poke, &err));
	assert_string_equal(poke.body, "{\"n\":1}");
	poke_finish(&poke);
	reopen(&journal);
	*state = journal;
	assert_string_equal(waiting(journal), "first ");
	assert_string_equal(journal_run(journal)->id, "run-9");
	assert_string_equal(state_of(journal, "middle"), "running");
	assert_string_equal(state_of(journal, "msg_149"), "done");
}

/* Returns how many pokes, all waiting, have made it full. */
static int fill(struct journal *journal)
{
	static char body[1 << 20];
	struct poke poke = { NULL, "/", "noah", body, sizeof(body), NOW };
	bool accepted = true;
	char id[16];
	int count;

	memset(body, 'x', sizeof(body));
	for (count = 0; accepted; count++) {
		snprintf(id, sizeof(id), "m_%d", count);
		poke.id = id;
		accepted = journal_accept(journal, &poke, POKE_QUEUED, NULL);
	}
	return count - 1;
}

static void a_full_file_accepts_pokes_again_when_none_is_pending(void **state)
{
	int count = fill(*state);
	char id[16];

	assert_in_range(count, JOURNAL_BYTES_MAX >> 21, JOURNAL_BYTES_MAX >> 20);
	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "m_%d", i);
		journal_ignore(*state, id);
	}
	accept_poke(*state, "next");
	assert_in_range(file_size(), 1, 1 << 20);
	assert_string_equal(state_of(*state, "m_0"), "ignored");
}

static void records_of_an_unknown_kind_are_skipped_silently(void **state)
{
	struct journal *journal = *state;
	json_t *head = json_pack("{s:s}", "kind", "hold");
	size_t size;
	char *bytes = journal_record_encode(head, "why", 3, &size);
	int fd = open(scratch_path("journal"), O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	free(bytes);
	json_decref(head);
	reopen(&journal);
	*state = journal;
	assert_int_equal(damage.records + damage.tail_bytes, 0);
}

static void reading_a_poke_that_is_not_pending_is_not_found(void **state)
{
	struct poke poke;
	struct error err;

	assert_false(journal_read(*state, "nobody", &poke, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, journal_fixture_create, journal_fixture_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_accepted_poke_is_pending_and_complete_after_a_crash),
		TEST(a_poke_goes_from_queued_to_running_to_done),
		TEST(each_step_is_still_known_after_a_crash),
		TEST(the_pokes_of_a_run_that_never_began_are_pending_again),
		TEST(the_pokes_of_a_lost_run_wait_again_and_the_next_run_knows_it),
		TEST(a_poke_whose_runs_are_lost_again_and_again_is_given_up),
		TEST(a_run_is_known_with_its_pokes_and_the_boot_it_was_started_under),
		TEST(what_starts_have_used_up_is_known_after_a_restart),
		TEST(a_boot_counts_as_having_taken_no_time),
		TEST(without_space_a_poke_is_unavailable_and_the_file_is_unchanged),
		TEST(an_end_that_found_no_space_is_written_later),
		TEST(ids_are_known_for_as_long_as_they_are_remembered),
		TEST(only_the_time_that_pokerd_runs_makes_ids_old),
		TEST(however_many_ids_come_all_are_known_and_none_is_refused),
		TEST(a_run_of_more_pokes_than_one_record_can_name_is_known_with_all),
		TEST(the_file_stays_bounded_and_keeps_pending_pokes),
		TEST(a_full_file_accepts_pokes_again_when_none_is_pending),
		TEST(records_of_an_unknown_kind_are_skipped_silently),
		TEST(reading_a_poke_that_is_not_pending_is_not_found),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
