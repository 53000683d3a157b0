/* store_thread.h - the thread that owns the engine: takes batches, answers when they are on disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_STORE_THREAD_H
#define NOAHD_STORE_STORE_THREAD_H

#include "common/error.h"
#include "common/mailbox.h"
#include "noahd/store/store.h"

/* One batch of planned changes; goes to the store thread and comes back in the API thread's mailbox. */
struct store_commit {
	uint64_t base; /* the revision before the first change */
	struct change_list changes;
	bool done;        /* set when it comes back */
	struct error err; /* when not done */
	int64_t commit_us;
	void *context; /* the sender's */
};

/* One page of the log; comes back in its asker's mailbox, which has room for it. */
struct store_page {
	struct mailbox *answers;
	uint64_t after; /* asked for: changes after this revision */
	struct change_list changes;
	uint64_t head; /* the store's revision when the page was read */
	bool done;
	struct error err;
	void *context; /* the sender's */
};

/* Work on the engine beside commits and pages: copying, filling. */
struct store_errand {
	/* Store thread, between commits: one step; *out_more: call it again. May move *revision, the store's. */
	bool (*step)(struct store_errand *errand, const struct store_engine *engine, void *state, uint64_t *revision,
	    bool *out_more, struct error *err);
	bool done;         /* set when it comes back */
	struct error err;  /* when not done */
	uint64_t revision; /* of the store at its last step */
};

struct store_thread;

enum { STORE_PAGES_MAX = 16, STORE_COMMITS_MAX = 2 };

/* Takes the opened engine state. commits is borrowed: where a commit that is done is put, with room for
   STORE_COMMITS_MAX. */
struct store_thread *store_thread_start(const struct store_engine *engine, void *take_state, uint64_t revision,
    struct mailbox *commits, struct error *err);

/* API thread; no more than STORE_COMMITS_MAX that have not come back. They are written and come back in order; one
   whose base is not the store's revision, since the one before it failed, with ERROR_CONFLICT. */
void store_thread_commit(struct store_thread *thread, struct store_commit *commit);
/* API thread. True: the last one that was given was not begun yet, and is the caller's again. */
bool store_thread_take_back(struct store_thread *thread, const struct store_commit *commit);
/* API thread. Readable once the store has failed where no commit tells: while tidying, or writing progress alone; or
   was found damaged. */
int store_thread_failure_fd(const struct store_thread *thread);
/* API thread. How it failed, told once, after which every commit fails with it; or, with ERROR_INVALID, what was found
   damaged first, told once too, after which all goes on but for what reads that. NULL: nothing new. Valid until the
   stop. */
const struct error *store_thread_failure(struct store_thread *thread);

/* Any thread. The first revision still in the log, for statistics; one beyond the last when the log is empty. */
uint64_t store_thread_oldest(const struct store_thread *thread);

/* API thread; one at a time. A stop may come before its end: then it does not come back. */
void store_thread_errand(struct store_thread *thread, struct store_errand *errand);
/* API thread. Readable when an errand has come back. */
int store_thread_errand_fd(const struct store_thread *thread);
/* API thread. The one that has; NULL: none. */
struct store_errand *store_thread_errand_back(struct store_thread *thread);

/* Delivery and API thread. False: STORE_PAGES_MAX are under way already, all in all. */
bool store_thread_read(struct store_thread *thread, struct store_page *page);
/* Delivery thread. Replaces nothing: rows are merged in the order given, written with the next batch or alone after a
   second. False when the thread has not kept up: keep it and try again. */
bool store_thread_progress(struct store_thread *thread, struct delivery_progress *take);

/* Finishes what was given, writes the last progress, closes the engine, ends the thread. NULL is fine. */
void store_thread_stop(struct store_thread *thread);

#endif
