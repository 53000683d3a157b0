/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/store/engines.h"
#include "noahd/store/store_thread.h"
#include "tests/unit/asker.h"

#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* The memory engine, failing on order and telling what it was given. */

enum { DEADLINE_MS = 20000 };

static struct {
	void *inner;                             /* of the memory engine */
	_Atomic int commits_fail, tidy_fails;    /* an enum error_kind; ERROR_NONE: they work */
	atomic_uint alone_count, alone_failures; /* commits of progress without changes */
	atomic_ullong position;                  /* of the last progress written */
	atomic_uint set_count;                   /* its rows */
	atomic_bool is_closed;
} fake;

static bool fake_commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err)
{
	enum error_kind kind = (enum error_kind)atomic_load(&fake.commits_fail);

	if (kind != ERROR_NONE) {
		if (!count)
			atomic_fetch_add(&fake.alone_failures, 1);
		return error_set(err, kind, "as ordered");
	}
	if (!memory_engine.commit(state, base, changes, count, progress, err))
		return false;
	if (progress) {
		atomic_store(&fake.set_count, (unsigned)progress->set_count);
		atomic_store(&fake.position, progress->position);
		if (!count)
			atomic_fetch_add(&fake.alone_count, 1);
	}
	return true;
}

static bool fake_read_log(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
    struct error *err)
{
	return memory_engine.read_log(state, after, count_max, bytes_max, out, err);
}

static uint64_t fake_oldest(const void *state)
{
	return memory_engine.oldest(state);
}

static bool fake_tidy(void *state, bool *out_more, struct error *err)
{
	enum error_kind kind = (enum error_kind)atomic_load(&fake.tidy_fails);

	if (kind != ERROR_NONE)
		return error_set(err, kind, "as ordered");
	return memory_engine.tidy(state, out_more, err);
}

static void fake_close(void *state)
{
	memory_engine.close(state);
	atomic_store(&fake.is_closed, true);
}

static const struct store_engine fake_engine = {
	.name = "fake",
	.close = fake_close,
	.commit = fake_commit,
	.read_log = fake_read_log,
	.tidy = fake_tidy,
	.oldest = fake_oldest,
};

static struct store_thread *thread;
static const struct error *failure; /* the last that was reported */
static size_t failure_count;

static void note_failure(const struct error *err, void *context)
{
	assert_ptr_equal(context, &fake);
	failure = err;
	failure_count++;
	event_loop_stop(asker.loop);
}

static int up(void **state)
{
	const struct store_options options = {
		.events_kept = 1000, .events_kept_max = 1000, .events_bytes_max = UINT64_MAX
	};
	struct error err;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	failure = NULL;
	failure_count = 0;
	assert_true(memory_engine.open(&options, &fake.inner, &err));
	asker_start();
	const struct store_thread_options thread_options = {
		.engine = &fake_engine, .failures = asker.inbox, .failed = note_failure, .context = &fake
	};
	thread = store_thread_start(&thread_options, fake.inner, &err);
	return thread ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	store_thread_stop(thread);
	asker_stop();
	return 0;
}

/* Commits one change after base; must come back. */
static struct store_commit commit(uint64_t base)
{
	struct store_commit given = { .job = ASKER_JOB, .base = base };

	change_list_append(&given.changes, fixture_change(base + 1, CHANGE_UPDATE, "/ephemerals/a", "1"));
	store_thread_commit(thread, &given);
	assert_ptr_equal(asker_wait(), &given.job);
	change_list_finish(&given.changes);
	return given;
}

static struct store_page read_page(uint64_t after)
{
	struct store_page page = { .job = ASKER_JOB, .after = after };

	assert_true(store_thread_read(thread, &page));
	assert_ptr_equal(asker_wait(), &page.job);
	return page;
}

static void give_progress(uint64_t position, const char *watch)
{
	struct delivery_progress *progress = memory_zeroed(1, sizeof(*progress));

	progress->position = progress->needed = position;
	progress->set = memory_zeroed(1, sizeof(*progress->set));
	progress->set[progress->set_count++] =
	    (struct watch_progress){ .path = memory_text(watch), .acknowledged = position };
	assert_true(store_thread_progress(thread, progress));
}

/* Polls until it is so: the thread does not report what it gave the engine. */
static void wait_until(bool (*is_so)(void))
{
	struct pollfd nothing = { .fd = -1 };

	for (int waited_ms = 0; !is_so(); waited_ms += 5) {
		if (waited_ms > DEADLINE_MS)
			fail_msg("it did not happen");
		(void)poll(&nothing, 0, 5);
	}
}

static bool position_is_7(void)
{
	return atomic_load(&fake.position) == 7;
}

static bool has_failed_alone(void)
{
	return atomic_load(&fake.alone_failures) > 0;
}

static void a_commit_comes_back_done(void **state)
{
	struct store_commit first = commit(0), second = commit(1);

	(void)state;
	assert_true(first.done);
	assert_true(second.done);
	assert_true(first.commit_us >= 0);
}

static void a_commit_that_fails_comes_back_with_its_reason_and_the_next_may_work(void **state)
{
	(void)state;
	atomic_store(&fake.commits_fail, ERROR_UNAVAILABLE);
	struct store_commit failed = commit(0);
	assert_false(failed.done);
	assert_int_equal(failed.err.kind, ERROR_UNAVAILABLE);
	atomic_store(&fake.commits_fail, ERROR_NONE);
	assert_int_equal(commit(5).err.kind, ERROR_CONFLICT);
	assert_true(commit(0).done);
}

static void after_an_error_that_leaves_the_disk_unknown_nothing_is_written(void **state)
{
	(void)state;
	atomic_store(&fake.commits_fail, ERROR_INTERNAL);
	assert_int_equal(commit(0).err.kind, ERROR_INTERNAL);
	atomic_store(&fake.commits_fail, ERROR_NONE);
	struct store_commit later = commit(0);
	assert_false(later.done);
	assert_int_equal(later.err.kind, ERROR_INTERNAL);
	assert_string_equal(later.err.text, "as ordered");
}

static void an_error_during_maintenance_is_reported_to_the_next_commit(void **state)
{
	(void)state;
	atomic_store(&fake.tidy_fails, ERROR_INTERNAL);
	struct store_commit told = commit(0);
	const int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	for (uint64_t base = 1; told.done && clock_monotonic_ms() < until_ms; base++)
		told = commit(base);
	assert_false(told.done);
	assert_int_equal(told.err.kind, ERROR_INTERNAL);
}

/* So far. */
static size_t reported_failures(void)
{
	asker_look();
	return failure_count;
}

static const struct error *wait_for_failure(void)
{
	while (!failure_count)
		asker_run();
	return failure;
}

static void an_error_during_maintenance_is_reported_without_a_write(void **state)
{
	(void)state;
	assert_int_equal(reported_failures(), 0);
	atomic_store(&fake.tidy_fails, ERROR_INTERNAL);
	(void)read_page(0);
	assert_string_equal(wait_for_failure()->text, "as ordered");
	assert_int_equal(reported_failures(), 1);
}

static void an_error_of_progress_alone_is_reported_without_a_write(void **state)
{
	(void)state;
	atomic_store(&fake.commits_fail, ERROR_INTERNAL);
	give_progress(7, "/watches/a");
	assert_int_equal(wait_for_failure()->kind, ERROR_INTERNAL);
}

static void a_full_disk_during_maintenance_stops_no_write(void **state)
{
	(void)state;
	atomic_store(&fake.tidy_fails, ERROR_UNAVAILABLE);
	assert_true(commit(0).done);
	assert_true(commit(1).done);
	assert_int_equal(reported_failures(), 0);
}

static void a_page_of_the_log_comes_back_with_the_revision(void **state)
{
	(void)state;
	assert_true(commit(0).done);
	assert_true(commit(1).done);
	struct store_page page = read_page(1);
	assert_true(page.done);
	assert_int_equal(page.head, 2);
	assert_int_equal(page.changes.count, 1);
	assert_int_equal(page.changes.changes[0]->revision, 2);
	change_list_finish(&page.changes);
}

static void progress_is_written_alone_if_no_commit_includes_it(void **state)
{
	(void)state;
	give_progress(6, "/watches/a");
	give_progress(7, "/watches/b");
	wait_until(position_is_7);
	assert_int_equal(atomic_load(&fake.alone_count), 1);
	assert_int_equal(atomic_load(&fake.set_count), 2);
}

static void a_commit_includes_progress(void **state)
{
	(void)state;
	give_progress(7, "/watches/a");
	for (uint64_t base = 0; !position_is_7(); base++)
		assert_true(commit(base).done);
	assert_int_equal(atomic_load(&fake.alone_count), 0);
}

static void progress_that_could_not_be_written_is_written_later(void **state)
{
	(void)state;
	atomic_store(&fake.commits_fail, ERROR_UNAVAILABLE);
	give_progress(7, "/watches/a");
	wait_until(has_failed_alone);
	atomic_store(&fake.commits_fail, ERROR_NONE);
	wait_until(position_is_7);
	assert_int_equal(atomic_load(&fake.set_count), 1);
}

/* ---- jobs in steps ----------------------------------------------------------------------------------------------- */

/* Goes on until a revision is there, or for ever; how often it was called. */
static atomic_uint steps;
static uint64_t awaited;

static bool await_revision(struct store_job *job, const struct store_engine *engine, void *state, uint64_t *revision,
    bool *out_more, struct error *err)
{
	(void)job;
	(void)err;
	assert_ptr_equal(engine, &fake_engine);
	assert_ptr_equal(state, fake.inner);
	atomic_fetch_add(&steps, 1);
	*out_more = *revision < awaited;
	return true;
}

static bool fail_at_once(struct store_job *job, const struct store_engine *engine, void *state, uint64_t *revision,
    bool *out_more, struct error *err)
{
	(void)job;
	(void)engine;
	(void)state;
	(void)revision;
	*out_more = true;
	return error_set(err, ERROR_UNAVAILABLE, "as ordered");
}

static bool move_revision(struct store_job *job, const struct store_engine *engine, void *state, uint64_t *revision,
    bool *out_more, struct error *err)
{
	(void)job;
	(void)engine;
	(void)state;
	(void)err;
	*out_more = false;
	*revision = 70;
	return true;
}

static void commits_come_between_the_steps_of_a_job(void **state)
{
	struct store_job job = { .job = ASKER_JOB, .step = await_revision };

	(void)state;
	awaited = 5;
	atomic_store(&steps, 0);
	store_thread_run(thread, &job);
	while (!atomic_load(&steps))
		sched_yield();
	for (uint64_t base = 0; base < awaited; base++)
		assert_true(commit(base).done);
	assert_ptr_equal(asker_wait(), &job.job);
	assert_true(job.done);
	assert_int_equal(job.revision, awaited);
	assert_true(atomic_load(&steps) >= 2);
	asker_look();
	assert_int_equal(asker.begin, asker.end);
}

static void a_job_that_fails_comes_back_with_its_reason_and_the_next_may_work(void **state)
{
	struct store_job fails = { .job = ASKER_JOB, .step = fail_at_once };
	struct store_job works = { .job = ASKER_JOB, .step = move_revision };

	(void)state;
	store_thread_run(thread, &fails);
	assert_ptr_equal(asker_wait(), &fails.job);
	assert_false(fails.done);
	assert_string_equal(fails.err.text, "as ordered");
	store_thread_run(thread, &works);
	assert_ptr_equal(asker_wait(), &works.job);
	assert_true(works.done);
}

static void a_job_may_move_the_revision(void **state)
{
	struct store_job job = { .job = ASKER_JOB, .step = move_revision };

	(void)state;
	store_thread_run(thread, &job);
	assert_ptr_equal(asker_wait(), &job.job);
	assert_int_equal(job.revision, 70);
	struct store_page page = read_page(0);
	assert_int_equal(page.head, 70);
	change_list_finish(&page.changes);
}

static void a_stop_does_not_wait_for_a_job(void **state)
{
	struct store_job job = { .job = ASKER_JOB, .step = await_revision };

	(void)state;
	awaited = UINT64_MAX;
	store_thread_run(thread, &job);
	store_thread_stop(thread);
	thread = NULL;
	assert_true(atomic_load(&fake.is_closed));
}

static void stopping_writes_what_is_pending_and_closes_the_engine(void **state)
{
	(void)state;
	give_progress(7, "/watches/a");
	store_thread_stop(thread);
	thread = NULL;
	assert_int_equal(atomic_load(&fake.position), 7);
	assert_true(atomic_load(&fake.is_closed));
}

static void stopping_finishes_what_was_given(void **state)
{
	struct store_commit given = { .job = ASKER_JOB };
	struct store_page page = { .job = ASKER_JOB };

	(void)state;
	change_list_append(&given.changes, fixture_change(1, CHANGE_UPDATE, "/ephemerals/a", "1"));
	store_thread_commit(thread, &given);
	assert_true(store_thread_read(thread, &page));
	store_thread_stop(thread);
	thread = NULL;
	assert_ptr_equal(asker_wait(), &given.job);
	assert_true(given.done);
	assert_ptr_equal(asker_wait(), &page.job);
	change_list_finish(&page.changes);
	change_list_finish(&given.changes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_commit_comes_back_done),
		TEST(a_commit_that_fails_comes_back_with_its_reason_and_the_next_may_work),
		TEST(after_an_error_that_leaves_the_disk_unknown_nothing_is_written),
		TEST(an_error_during_maintenance_is_reported_to_the_next_commit),
		TEST(an_error_during_maintenance_is_reported_without_a_write),
		TEST(an_error_of_progress_alone_is_reported_without_a_write),
		TEST(a_full_disk_during_maintenance_stops_no_write),
		TEST(a_page_of_the_log_comes_back_with_the_revision),
		TEST(progress_is_written_alone_if_no_commit_includes_it),
		TEST(a_commit_includes_progress),
		TEST(progress_that_could_not_be_written_is_written_later),
		TEST(commits_come_between_the_steps_of_a_job),
		TEST(a_job_that_fails_comes_back_with_its_reason_and_the_next_may_work),
		TEST(a_job_may_move_the_revision),
		TEST(a_stop_does_not_wait_for_a_job),
		TEST(stopping_writes_what_is_pending_and_closes_the_engine),
		TEST(stopping_finishes_what_was_given),
	};

	return cmocka_run_group_tests_name("store_thread", tests, NULL, NULL);
}
