/* worker.h - a thread that does jobs for others, each of which comes back to the loop that asked. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_WORKER_H
#define COMMON_WORKER_H

#include "common/error.h"
#include "common/event_loop.h"
#include "common/inbox.h"

#include <stddef.h>

struct worker;

enum job_progress {
	JOB_DONE,
	JOB_UNFINISHED, /* run is called again, after others */
};

/* A kind of job: a row of the worker's table, named by its index. */
struct job_kind {
	unsigned max; /* how many may be under way at once, independent of other kinds; one more is refused */
	/* Worker's thread. context: the worker's. Frees a job without answers once it is done. */
	enum job_progress (*run)(struct job *job, void *context);
	/* Any thread, at the end: frees a job without answers that was not done. NULL if every job has answers. */
	void (*discard)(struct job *job);
};

/* What it points to is borrowed until worker_destroy. */
struct worker_options {
	const char *name; /* of the thread, for top and gdb; at most 15 bytes */
	const struct job_kind *kinds;
	size_t kind_count;
	size_t at_once; /* as inbox_create */
	/* The others are called on the worker's thread; each may be NULL. */
	void (*begin)(void *context); /* before anything else */
	/* After all jobs that were asked before worker_stop; calls worker_end, now or later. NULL: the thread ends at
	   once. */
	void (*stop)(void *context);
	void (*failed)(const struct error *err, void *context); /* the loop has failed: no more jobs run */
	void *context;
};

/* The thread does not run yet; jobs may be asked, and wait for the start. */
struct worker *worker_create(const struct worker_options *options, struct error *err);
/* All signals are blocked in the thread: they are for the main thread. SIGPIPE is among them: the thread may write to
   sockets. */
bool worker_start(struct worker *worker, struct error *err);

/* For descriptors, timers and hooks of the worker's thread: added before the start, or there. */
struct event_loop *worker_loop(const struct worker *worker);
/* Where answers for the worker's thread come back. */
struct inbox *worker_inbox(const struct worker *worker);

/* Any thread; never blocks. Jobs begin in the order asked. False, with the job still the caller's: its kind has reached
   its max, or the worker has been told to stop. */
bool worker_ask(struct worker *worker, unsigned kind, struct job *job);
/* The thread that asked. True: the job had not begun, and belongs to the caller again. */
bool worker_take_back(struct worker *worker, struct job *job);

/* Worker's thread, after options.stop: the thread ends with this round of its loop. */
void worker_end(struct worker *worker);

/* Waits for the thread to end. Every job asked before has run, unless the thread never started or has failed. A job
   that has not run, or is unfinished, does not come back: it is discarded, or belongs to its owner again. Later ones
   are refused. NULL is fine. */
void worker_stop(struct worker *worker);
/* After worker_stop, once no thread asks or answers any more. NULL is fine. */
void worker_destroy(struct worker *worker);

#endif
