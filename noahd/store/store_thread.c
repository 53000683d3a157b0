/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/store_thread.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/store/pending_progress.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	PROGRESS_BOX = 64,
	PAGE_CHANGES_MAX = 1000,
	PAGE_BYTES_MAX = 1 << 20,
	/* Progress younger than this waits for a later batch: with each one it would put two more pages on the disk. */
	PROGRESS_RIDES_MS = 100,
	PROGRESS_ALONE_MS = 1000,
};

struct store_thread {
	pthread_t thread;
	const struct store_engine *engine;
	void *state;
	uint64_t revision;
	_Atomic uint64_t oldest;      /* as store_thread_oldest tells it */
	struct mailbox *orders;       /* struct store_commit *; &stop_order is the last one */
	struct mailbox *reads;        /* struct store_page * */
	struct mailbox *progress;     /* struct delivery_progress * */
	struct mailbox *failures;     /* &broken, where no commit tells it, and &damage */
	struct mailbox *errands;      /* struct store_errand *, to be done */
	struct mailbox *errands_back; /* and done */
	struct mailbox *commits;      /* where finished ones go */
	atomic_uint pages_under_way;
	struct store_errand *errand; /* the one under way */
	struct pending_progress *pending;
	int64_t pending_since_ms; /* 0: nothing is pending */
	bool is_stopping, tidy_again;
	struct error broken; /* not ERROR_NONE: nobody knows what is on the disk; nothing is written any more */
	struct error damage; /* not ERROR_NONE: what was damaged where it was read first; commits go on */
};

static struct store_commit stop_order;

/* Where the box is roomy enough by its contract. */
static void store_thread_put(struct mailbox *box, void *message)
{
	bool pushed = mailbox_push(box, message);
	assert(pushed);
	(void)pushed;
}

/* ---- the store thread -------------------------------------------------------------------------------------------- */

/* An error that leaves the disk unknown is told to every later commit, whatever it was that met it. */
static void note_failure(struct store_thread *thread, const struct error *err)
{
	if (err->kind != ERROR_UNAVAILABLE && err->kind != ERROR_CONFLICT)
		thread->broken = *err;
}

/* Said once, whoever met it: what else is damaged is for noahd verify. */
static void tell_damage(struct store_thread *thread, const struct error *err)
{
	if (thread->damage.kind != ERROR_NONE)
		return;
	thread->damage = *err;
	store_thread_put(thread->failures, &thread->damage);
}

/* Nobody waits for what failed. Once broken, nothing is tried any more, so this is said once. */
static void tell_failure(struct store_thread *thread, const struct error *err)
{
	note_failure(thread, err);
	if (thread->broken.kind != ERROR_NONE)
		store_thread_put(thread->failures, &thread->broken);
}

static int64_t pending_age_ms(const struct store_thread *thread)
{
	return thread->pending_since_ms ? clock_monotonic_ms() - thread->pending_since_ms : -1;
}

static void forget_pending(struct store_thread *thread)
{
	pending_progress_clear(thread->pending);
	thread->pending_since_ms = 0;
}

static void store_thread_take_progress(struct store_thread *thread)
{
	struct delivery_progress *progress;

	while ((progress = mailbox_pop(thread->progress))) {
		pending_progress_add(thread->pending, progress);
		if (!thread->pending_since_ms)
			thread->pending_since_ms = clock_monotonic_ms();
	}
}

static bool write_commit(struct store_thread *thread, struct store_commit *commit)
{
	const struct change_list *changes = &commit->changes;
	bool rides = pending_age_ms(thread) >= PROGRESS_RIDES_MS;
	const struct delivery_progress *progress = rides ? pending_progress_view(thread->pending) : NULL;

	if (thread->broken.kind != ERROR_NONE) {
		commit->err = thread->broken;
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

static void store_thread_run_commit(struct store_thread *thread, struct store_commit *commit)
{
	int64_t start_us = clock_monotonic_us();

	commit->done = write_commit(thread, commit);
	commit->commit_us = clock_monotonic_us() - start_us;
	store_thread_put(thread->commits, commit);
}

/* One at a time: reads and housekeeping get their turn while the next one is always there. */
static void take_order(struct store_thread *thread)
{
	struct store_commit *order = mailbox_pop(thread->orders);

	if (order == &stop_order)
		thread->is_stopping = true;
	else if (order)
		store_thread_run_commit(thread, order);
}

static void take_reads(struct store_thread *thread)
{
	struct store_page *page;

	while ((page = mailbox_pop(thread->reads))) {
		page->done = thread->engine->read_log(thread->state, page->after, PAGE_CHANGES_MAX, PAGE_BYTES_MAX,
		    &page->changes, &page->err);
		page->head = thread->revision;
		if (!page->done && page->err.kind == ERROR_INVALID)
			tell_damage(thread, &page->err);
		atomic_fetch_sub(&thread->pages_under_way, 1);
		store_thread_put(page->answers, page);
	}
}

/* When no batch has come by to take it along. What cannot be written is kept and tried again a second later. */
static void write_progress_alone(struct store_thread *thread)
{
	struct error err;

	if (!thread->pending_since_ms || thread->broken.kind != ERROR_NONE)
		return;
	if (thread->engine->commit(thread->state, thread->revision, NULL, 0, pending_progress_view(thread->pending),
	        &err)) {
		forget_pending(thread);
		return;
	}
	thread->pending_since_ms = clock_monotonic_ms();
	tell_failure(thread, &err);
}

static void tidy(struct store_thread *thread)
{
	struct error err;

	thread->tidy_again = false;
	if (thread->broken.kind != ERROR_NONE)
		return;
	if (!thread->engine->tidy(thread->state, &thread->tidy_again, &err)) {
		thread->tidy_again = false;
		if (err.kind == ERROR_INVALID)
			tell_damage(thread, &err);
		else
			tell_failure(thread, &err);
	}
}

/* One step of the errand that is under way. */
static void run_errand(struct store_thread *thread)
{
	struct store_errand *errand = thread->errand ? thread->errand : mailbox_pop(thread->errands);
	bool more = false;

	thread->errand = errand;
	if (!errand)
		return;
	errand->done = errand->step(errand, thread->engine, thread->state, &thread->revision, &more, &errand->err);
	errand->revision = thread->revision;
	if (errand->done && more)
		return;
	thread->errand = NULL;
	store_thread_put(thread->errands_back, errand);
}

static int wait_ms(const struct store_thread *thread)
{
	int64_t age_ms = pending_age_ms(thread);

	if (thread->tidy_again || thread->errand)
		return 0;
	if (age_ms < 0 || thread->broken.kind != ERROR_NONE)
		return -1;
	return age_ms < PROGRESS_ALONE_MS ? (int)(PROGRESS_ALONE_MS - age_ms) : 0;
}

static void *store_thread_run(void *context)
{
	struct store_thread *thread = context;
	struct pollfd boxes[] = {
		{ .fd = mailbox_fd(thread->orders), .events = POLLIN },
		{ .fd = mailbox_fd(thread->reads), .events = POLLIN },
		{ .fd = mailbox_fd(thread->progress), .events = POLLIN },
		{ .fd = mailbox_fd(thread->errands), .events = POLLIN },
	};

	while (!thread->is_stopping) {
		(void)poll(boxes, sizeof(boxes) / sizeof(*boxes), wait_ms(thread));
		store_thread_take_progress(thread);
		take_order(thread);
		if (thread->is_stopping)
			store_thread_take_progress(thread); /* it was handed over before the order to stop, maybe since we looked */
		take_reads(thread);
		if (thread->is_stopping || pending_age_ms(thread) >= PROGRESS_ALONE_MS)
			write_progress_alone(thread);
		tidy(thread);
		run_errand(thread);
		thread->oldest = thread->engine->oldest(thread->state);
	}
	return NULL;
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static void destroy(struct store_thread *thread)
{
	thread->engine->close(thread->state);
	pending_progress_destroy(thread->pending);
	mailbox_destroy(thread->orders);
	mailbox_destroy(thread->reads);
	mailbox_destroy(thread->progress);
	mailbox_destroy(thread->failures);
	mailbox_destroy(thread->errands);
	mailbox_destroy(thread->errands_back);
	free(thread);
}

static bool create_boxes(struct store_thread *thread, struct error *err)
{
	thread->orders = mailbox_create(STORE_COMMITS_MAX + 1, err);
	thread->reads = mailbox_create(STORE_PAGES_MAX, err);
	thread->progress = mailbox_create(PROGRESS_BOX, err);
	thread->failures = mailbox_create(2, err);
	thread->errands = mailbox_create(1, err);
	thread->errands_back = mailbox_create(1, err);
	return thread->orders && thread->reads && thread->progress && thread->failures && thread->errands &&
	       thread->errands_back;
}

/* Signals are for the main thread. */
static bool start_quietly(struct store_thread *thread, struct error *err)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&thread->thread, NULL, store_thread_run, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure)
		return error_set(err, ERROR_INTERNAL, "cannot start the store's thread: %s", strerror(failure));
	return true;
}

struct store_thread *store_thread_start(const struct store_engine *engine, void *take_state, uint64_t revision,
    struct mailbox *commits, struct error *err)
{
	struct store_thread *thread = memory_zeroed(1, sizeof(*thread));

	thread->engine = engine;
	thread->state = take_state;
	thread->revision = revision;
	thread->oldest = engine->oldest(take_state);
	thread->commits = commits;
	thread->pending = pending_progress_create();
	thread->tidy_again = true; /* the last process may have left something to do */
	if (create_boxes(thread, err) && start_quietly(thread, err))
		return thread;
	destroy(thread);
	return NULL;
}

void store_thread_commit(struct store_thread *thread, struct store_commit *commit)
{
	store_thread_put(thread->orders, commit);
}

bool store_thread_take_back(struct store_thread *thread, const struct store_commit *commit)
{
	return mailbox_take_back(thread->orders, commit);
}

void store_thread_errand(struct store_thread *thread, struct store_errand *errand)
{
	store_thread_put(thread->errands, errand);
}

int store_thread_errand_fd(const struct store_thread *thread)
{
	return mailbox_fd(thread->errands_back);
}

struct store_errand *store_thread_errand_back(struct store_thread *thread)
{
	return mailbox_pop(thread->errands_back);
}

int store_thread_failure_fd(const struct store_thread *thread)
{
	return mailbox_fd(thread->failures);
}

const struct error *store_thread_failure(struct store_thread *thread)
{
	return mailbox_pop(thread->failures);
}

uint64_t store_thread_oldest(const struct store_thread *thread)
{
	return thread->oldest;
}

bool store_thread_read(struct store_thread *thread, struct store_page *page)
{
	if (atomic_fetch_add(&thread->pages_under_way, 1) < STORE_PAGES_MAX) {
		store_thread_put(thread->reads, page);
		return true;
	}
	atomic_fetch_sub(&thread->pages_under_way, 1);
	return false;
}

bool store_thread_progress(struct store_thread *thread, struct delivery_progress *take)
{
	return mailbox_push(thread->progress, take);
}

void store_thread_stop(struct store_thread *thread)
{
	if (!thread)
		return;
	store_thread_commit(thread, &stop_order);
	pthread_join(thread->thread, NULL);
	destroy(thread);
}
