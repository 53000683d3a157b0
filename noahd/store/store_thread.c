/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/store_thread.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/store/pending_progress.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	PROGRESS_MAX = 64,
	PAGE_CHANGES_MAX = 1000,
	PAGE_BYTES_MAX = 1 << 20,
	/* Younger progress waits for a later batch, since it costs two more pages a batch. */
	PROGRESS_RIDES_MS = 100,
	PROGRESS_ALONE_MS = 1000,
};

enum { JOB_COMMIT, JOB_PAGE, JOB_PROGRESS, JOB_STEPS };

/* A failure that no commit reports: sent to the owner once. */
struct store_failure {
	struct job job;
	struct store_thread *thread;
	struct error err;
};

struct store_thread {
	struct store_thread_options options;
	struct worker *worker;
	const struct store_engine *engine;
	void *state;
	uint64_t revision;
	_Atomic uint64_t oldest; /* as store_thread_oldest tells it */
	struct pending_progress *pending;
	int64_t pending_since_ms; /* 0: nothing is pending */
	bool tidy_again;
	struct store_failure broken; /* not ERROR_NONE: the state of the disk is unknown; nothing is written any more */
	struct store_failure damage; /* not ERROR_NONE: the first damage that was read; commits go on */
};

struct progress_job {
	struct job job;
	struct delivery_progress *progress;
};

/* ---- failures ---------------------------------------------------------------------------------------------------- */

/* On the owner's loop. */
static void failure_arrived(struct job *job)
{
	const struct store_failure *failure = JOB_OF(job, struct store_failure, job);
	const struct store_thread_options *options = &failure->thread->options;

	options->failed(&failure->err, options->context);
}

static bool is_broken(const struct store_thread *thread)
{
	return thread->broken.err.kind != ERROR_NONE;
}

/* An error that leaves the state of the disk unknown fails every later commit, whatever met it. */
static void note_failure(struct store_thread *thread, const struct error *err)
{
	if (err->kind != ERROR_UNAVAILABLE && err->kind != ERROR_CONFLICT)
		thread->broken.err = *err;
}

/* Reported once, whatever read it: noahd verify finds the rest. */
static void report_damage(struct store_thread *thread, const struct error *err)
{
	if (thread->damage.err.kind != ERROR_NONE)
		return;
	thread->damage.err = *err;
	inbox_answer(thread->options.failures, &thread->damage.job);
}

/* A failure of work that no one asked for. Once broken, the thread tries nothing more, so this is reported once. */
static void report_failure(struct store_thread *thread, const struct error *err)
{
	note_failure(thread, err);
	if (is_broken(thread))
		inbox_answer(thread->options.failures, &thread->broken.job);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

static int64_t pending_age_ms(const struct store_thread *thread)
{
	return thread->pending_since_ms ? clock_monotonic_ms() - thread->pending_since_ms : -1;
}

static void forget_pending(struct store_thread *thread)
{
	pending_progress_clear(thread->pending);
	thread->pending_since_ms = 0;
}

static void update_oldest(struct store_thread *thread)
{
	thread->oldest = thread->engine->oldest(thread->state);
}

static bool write_commit(struct store_thread *thread, struct store_commit *commit)
{
	const struct change_list *changes = &commit->changes;
	bool rides = pending_age_ms(thread) >= PROGRESS_RIDES_MS;
	const struct delivery_progress *progress = rides ? pending_progress_view(thread->pending) : NULL;

	if (is_broken(thread)) {
		commit->err = thread->broken.err;
		return false;
	}
	if (!thread->engine->commit(thread->state, commit->base, changes->changes, changes->count, progress,
	        &commit->err)) {
		note_failure(thread, &commit->err);
		return false;
	}
	thread->revision += changes->count;
	if (rides)
		forget_pending(thread);
	return true;
}

static enum job_progress run_commit(struct job *job, void *context)
{
	struct store_commit *commit = JOB_OF(job, struct store_commit, job);
	int64_t start_us = clock_monotonic_us();

	commit->done = write_commit(context, commit);
	commit->commit_us = clock_monotonic_us() - start_us;
	return JOB_DONE;
}

static enum job_progress run_page(struct job *job, void *context)
{
	struct store_page *page = JOB_OF(job, struct store_page, job);
	struct store_thread *thread = context;

	page->done = thread->engine->read_log(thread->state, page->after, PAGE_CHANGES_MAX, PAGE_BYTES_MAX, &page->changes,
	    &page->err);
	page->head = thread->revision;
	if (!page->done && page->err.kind == ERROR_INVALID)
		report_damage(thread, &page->err);
	return JOB_DONE;
}

static enum job_progress run_progress(struct job *job, void *context)
{
	struct progress_job *given = JOB_OF(job, struct progress_job, job);
	struct store_thread *thread = context;

	pending_progress_add(thread->pending, given->progress);
	if (!thread->pending_since_ms)
		thread->pending_since_ms = clock_monotonic_ms();
	free(given);
	return JOB_DONE;
}

static void discard_progress(struct job *job)
{
	struct progress_job *given = JOB_OF(job, struct progress_job, job);

	delivery_progress_destroy(given->progress);
	free(given);
}

static enum job_progress run_step(struct job *job, void *context)
{
	struct store_job *work = JOB_OF(job, struct store_job, job);
	struct store_thread *thread = context;
	bool more = false;

	work->done = work->step(work, thread->engine, thread->state, &thread->revision, &more, &work->err);
	work->revision = thread->revision;
	update_oldest(thread);
	return work->done && more ? JOB_UNFINISHED : JOB_DONE;
}

static const struct job_kind kinds[] = {
	[JOB_COMMIT] = { STORE_COMMITS_MAX, run_commit, NULL },
	[JOB_PAGE] = { STORE_PAGES_MAX, run_page, NULL },
	[JOB_PROGRESS] = { PROGRESS_MAX, run_progress, discard_progress },
	[JOB_STEPS] = { 1, run_step, NULL },
};

/* ---- between jobs ------------------------------------------------------------------------------------------------ */

/* If no batch has come to take it along. After a failure it is kept and tried again a second later. */
static void write_progress_alone(struct store_thread *thread)
{
	struct error err;

	if (!thread->pending_since_ms || is_broken(thread))
		return;
	if (thread->engine->commit(thread->state, thread->revision, NULL, 0, pending_progress_view(thread->pending),
	        &err)) {
		forget_pending(thread);
		return;
	}
	thread->pending_since_ms = clock_monotonic_ms();
	report_failure(thread, &err);
}

static void tidy(struct store_thread *thread)
{
	struct error err;

	thread->tidy_again = false;
	if (is_broken(thread) || thread->engine->tidy(thread->state, &thread->tidy_again, &err))
		return;
	thread->tidy_again = false;
	if (err.kind == ERROR_INVALID)
		report_damage(thread, &err);
	else
		report_failure(thread, &err);
}

/* Before each wait, and so after each job: how long the next one may last. */
static int64_t keep_house(void *context)
{
	struct store_thread *thread = context;

	if (pending_age_ms(thread) >= PROGRESS_ALONE_MS)
		write_progress_alone(thread);
	tidy(thread);
	update_oldest(thread);
	if (thread->tidy_again)
		return 0;
	int64_t age_ms = pending_age_ms(thread);
	if (age_ms < 0 || is_broken(thread))
		return -1;
	return age_ms < PROGRESS_ALONE_MS ? PROGRESS_ALONE_MS - age_ms : 0;
}

static void end(void *context)
{
	struct store_thread *thread = context;

	write_progress_alone(thread);
	worker_end(thread->worker);
}

static void loop_failed(const struct error *err, void *context)
{
	report_failure(context, err);
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

static void destroy(struct store_thread *thread)
{
	worker_destroy(thread->worker);
	thread->engine->close(thread->state);
	pending_progress_destroy(thread->pending);
	free(thread);
}

static bool start_worker(struct store_thread *thread, struct error *err)
{
	const struct worker_options options = {
		.name = "store",
		.kinds = kinds,
		.kind_count = sizeof(kinds) / sizeof(*kinds),
		.at_once = 1, /* housekeeping and a long job go on, even if the next commit is always waiting */
		.stop = end,
		.failed = loop_failed,
		.context = thread,
	};

	thread->worker = worker_create(&options, err);
	if (!thread->worker)
		return false;
	event_loop_before_wait(worker_loop(thread->worker), keep_house, thread);
	return worker_start(thread->worker, err);
}

struct store_thread *store_thread_start(const struct store_thread_options *options, void *take_state, struct error *err)
{
	struct store_thread *thread = memory_zeroed(1, sizeof(*thread));

	thread->options = *options;
	thread->engine = options->engine;
	thread->state = take_state;
	thread->revision = options->revision;
	thread->pending = pending_progress_create();
	thread->tidy_again = true; /* the last process may have left work */
	thread->broken = thread->damage = (struct store_failure){ .job = { .arrived = failure_arrived }, .thread = thread };
	update_oldest(thread);
	if (start_worker(thread, err))
		return thread;
	destroy(thread);
	return NULL;
}

void store_thread_stop(struct store_thread *thread)
{
	if (!thread)
		return;
	worker_stop(thread->worker);
	destroy(thread);
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

/* Within the bounds of the contract. */
static void store_thread_ask(struct store_thread *thread, unsigned kind, struct job *job)
{
	bool is_taken = worker_ask(thread->worker, kind, job);
	assert(is_taken);
	(void)is_taken;
}

void store_thread_commit(struct store_thread *thread, struct store_commit *commit)
{
	store_thread_ask(thread, JOB_COMMIT, &commit->job);
}

bool store_thread_take_back(struct store_thread *thread, struct store_commit *commit)
{
	return worker_take_back(thread->worker, &commit->job);
}

void store_thread_run(struct store_thread *thread, struct store_job *job)
{
	store_thread_ask(thread, JOB_STEPS, &job->job);
}

uint64_t store_thread_oldest(const struct store_thread *thread)
{
	return thread->oldest;
}

bool store_thread_read(struct store_thread *thread, struct store_page *page)
{
	return worker_ask(thread->worker, JOB_PAGE, &page->job);
}

bool store_thread_progress(struct store_thread *thread, struct delivery_progress *take)
{
	struct progress_job *given = memory_zeroed(1, sizeof(*given));

	given->progress = take;
	if (worker_ask(thread->worker, JOB_PROGRESS, &given->job))
		return true;
	free(given);
	return false;
}
