/* store_thread.h - the thread that owns the engine, and reports batches once they are on disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_STORE_THREAD_H
#define NOAHD_STORE_STORE_THREAD_H

#include "common/error.h"
#include "common/worker.h"
#include "noahd/store/store.h"

/* Each of these is given with the first two members of its job set, and comes back to that inbox (common/inbox.h). */

/* One batch of planned changes. */
struct store_commit {
	struct job job;
	uint64_t base; /* the revision before the first change */
	struct change_list changes;
	bool done;        /* set when it comes back */
	struct error err; /* when not done */
	int64_t commit_us;
	void *context; /* the sender's */
};

/* One page of the log. */
struct store_page {
	struct job job;
	uint64_t after; /* asked for: changes after this revision */
	struct change_list changes;
	uint64_t head; /* the store's revision when the page was read */
	bool done;
	struct error err;
};

/* Work on the engine beside commits and pages: copying, bulk loading. */
struct store_job {
	struct job job;
	/* Store thread, between commits: one step; *out_more: call it again. May move *revision, the store's. */
	bool (*step)(struct store_job *job, const struct store_engine *engine, void *state, uint64_t *revision,
	    bool *out_more, struct error *err);
	bool done;         /* set when it comes back */
	struct error err;  /* when not done */
	uint64_t revision; /* of the store at its last step */
};

struct store_thread;

enum { STORE_PAGES_MAX = 16, STORE_COMMITS_MAX = 2 };

struct store_thread_options {
	const struct store_engine *engine;
	uint64_t revision; /* the store's */
	/* Called on the loop of this inbox, which is borrowed until the stop, when the store has failed where no commit
	   reports it: while tidying, or writing progress alone. Called once: every later commit fails with the same error.
	   With ERROR_INVALID: the first damage that was found; called once too, and everything goes on but what reads the
	   damaged row. err is valid until the stop. */
	struct inbox *failures;
	void (*failed)(const struct error *err, void *context);
	void *context;
};

/* Takes the opened engine state, even where it fails. */
struct store_thread *store_thread_start(const struct store_thread_options *options, void *take_state,
    struct error *err);

/* API thread; no more than STORE_COMMITS_MAX that have not come back. They are written and come back in order. If one
   fails, the next has the wrong base and fails with ERROR_CONFLICT. */
void store_thread_commit(struct store_thread *thread, struct store_commit *commit);
/* API thread. True: the commit was not started yet, and is the caller's again. */
bool store_thread_take_back(struct store_thread *thread, struct store_commit *commit);

/* Any thread. The first revision in the log; one after the last if the log is empty. */
uint64_t store_thread_oldest(const struct store_thread *thread);

/* API thread; one at a time. After a stop before its end, it does not come back. */
void store_thread_run(struct store_thread *thread, struct store_job *job);

/* Delivery and API thread. False: STORE_PAGES_MAX are already under way. */
bool store_thread_read(struct store_thread *thread, struct store_page *page);
/* Delivery thread. Rows are merged in the order given, and written with the next batch or alone after a second. False:
   the store thread is too slow; keep the progress and try again. */
bool store_thread_progress(struct store_thread *thread, struct delivery_progress *take);

/* Finishes what was given, writes the last progress, closes the engine, ends the thread. NULL is fine. */
void store_thread_stop(struct store_thread *thread);

#endif
