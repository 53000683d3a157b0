/* SPDX-License-Identifier: Apache-2.0 */
#include "common/worker.h"

#include "common/memory.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct worker {
	struct worker_options options;
	struct event_loop *loop;
	struct inbox *inbox;
	struct job *unfinished; /* the worker's thread's */
	struct job stop_job;
	bool is_started, is_ending, is_stopped;
	pthread_t thread;
	atomic_uint under_way[]; /* of each kind: given and not done */
};

/* ---- the worker's thread ----------------------------------------------------------------------------------------- */

/* run frees a job without answers, so it must not be touched afterwards unless it is unfinished. */
static void worker_run(struct worker *worker, struct job *job)
{
	const unsigned kind = job->kind;
	struct inbox *answers = job->answers;

	if (worker->options.kinds[kind].run(job, worker->options.context) == JOB_UNFINISHED) {
		DL_APPEND2(worker->unfinished, job, previous, next);
		return;
	}
	atomic_fetch_sub(&worker->under_way[kind], 1);
	if (answers) {
		job->arrived = job->answered;
		inbox_answer(answers, job);
	}
}

static void job_arrived(struct job *job)
{
	worker_run(job->worker, job);
}

/* Before each wait: one step of one unfinished job, so that others get in between. */
static int64_t worker_step(void *context)
{
	struct worker *worker = context;
	struct job *job = worker->unfinished;

	if (!job || worker->is_ending)
		return -1;
	DL_DELETE2(worker->unfinished, job, previous, next);
	worker_run(worker, job);
	return worker->unfinished ? 0 : -1;
}

static void stop_arrived(struct job *job)
{
	struct worker *worker = JOB_OF(job, struct worker, stop_job);

	if (worker->options.stop)
		worker->options.stop(worker->options.context);
	else
		worker_end(worker);
}

void worker_end(struct worker *worker)
{
	worker->is_ending = true;
	event_loop_stop(worker->loop);
}

static void *worker_main(void *context)
{
	struct worker *worker = context;
	struct error err;

	if (worker->options.begin)
		worker->options.begin(worker->options.context);
	if (!event_loop_run(worker->loop, &err) && worker->options.failed)
		worker->options.failed(&err, worker->options.context);
	return NULL;
}

/* ---- any thread -------------------------------------------------------------------------------------------------- */

bool worker_ask(struct worker *worker, unsigned kind, struct job *job)
{
	assert(kind < worker->options.kind_count);
	if (atomic_fetch_add(&worker->under_way[kind], 1) < worker->options.kinds[kind].max) {
		job->worker = worker;
		job->kind = kind;
		job->arrived = job_arrived;
		if (inbox_ask(worker->inbox, job))
			return true;
	}
	atomic_fetch_sub(&worker->under_way[kind], 1);
	return false;
}

bool worker_take_back(struct worker *worker, struct job *job)
{
	if (!inbox_take_back(worker->inbox, job))
		return false;
	atomic_fetch_sub(&worker->under_way[job->kind], 1);
	return true;
}

struct event_loop *worker_loop(const struct worker *worker)
{
	return worker->loop;
}

struct inbox *worker_inbox(const struct worker *worker)
{
	return worker->inbox;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

struct worker *worker_create(const struct worker_options *options, struct error *err)
{
	struct worker *worker = memory_zeroed(1, sizeof(*worker) + options->kind_count * sizeof(worker->under_way[0]));

	worker->options = *options;
	worker->stop_job = (struct job){ .arrived = stop_arrived, .worker = worker };
	worker->loop = event_loop_create(err);
	worker->inbox = worker->loop ? inbox_create(worker->loop, options->at_once, err) : NULL;
	if (worker->inbox) {
		event_loop_before_wait(worker->loop, worker_step, worker);
		return worker;
	}
	worker_destroy(worker);
	return NULL;
}

bool worker_start(struct worker *worker, struct error *err)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure)
		return error_set(err, ERROR_INTERNAL, "cannot start the %s thread: %s", worker->options.name,
		    strerror(failure));
	worker->is_started = true;
	(void)pthread_setname_np(worker->thread, worker->options.name);
	return true;
}

/* The inbox may also hold answers to the worker's own questions, which belong to their owners. */
static void worker_discard(struct worker *worker, struct job *job)
{
	if (job->worker == worker && job != &worker->stop_job && worker->options.kinds[job->kind].discard)
		worker->options.kinds[job->kind].discard(job);
}

void worker_stop(struct worker *worker)
{
	struct job *job, *following;

	if (!worker || worker->is_stopped)
		return;
	inbox_close(worker->inbox, &worker->stop_job);
	if (worker->is_started)
		pthread_join(worker->thread, NULL);
	worker->is_stopped = true;
	while ((job = inbox_pop(worker->inbox)))
		worker_discard(worker, job);
	DL_FOREACH_SAFE2 (worker->unfinished, job, following, next)
		worker_discard(worker, job);
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	inbox_destroy(worker->inbox);
	event_loop_destroy(worker->loop);
	free(worker);
}
