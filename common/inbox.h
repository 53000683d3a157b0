/* inbox.h - a thread's inbox: jobs that other threads hand to its event loop without ever waiting for it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_INBOX_H
#define COMMON_INBOX_H

#include "common/error.h"
#include "common/event_loop.h"

#include <stdbool.h>
#include <stddef.h>

struct inbox;
struct worker;

enum { INBOX_DEFER_MS = 100 };

/* A piece of work that one thread gives another, and its answer on the way back: a member of the struct that holds
   both. From worker_ask until it is back, that whole struct belongs to the worker (worker.h). The asker sets the first
   three members and zeroes the rest. */
struct job {
	struct inbox *answers;             /* where it comes back; NULL: it does not, and the worker frees it */
	void (*answered)(struct job *job); /* called on the loop of answers when it is back */
	bool is_deferrable;                /* it may wait for INBOX_DEFER_MS, if that saves waking the receiver */

	/* Only inbox.c and worker.c use the rest. */
	void (*arrived)(struct job *job); /* called on the loop of the inbox that it is in */
	struct job *previous, *next;
	bool is_waiting; /* in the inbox of inbox_ask, whose lock guards this */
	struct worker *worker;
	unsigned kind;
};

/* The struct that a job is a member of. */
#define JOB_OF(job, type, member) ((type *)((char *)(job)-offsetof(type, member)))

/* loop: of the thread that the inbox belongs to, borrowed. at_once: how many jobs one round of the loop handles before
   its other sources get their turn. The inbox is created and destroyed while no other thread uses it. */
struct inbox *inbox_create(struct event_loop *loop, size_t at_once, struct error *err);
/* Jobs that are still inside belong to their owners again. NULL is fine. */
void inbox_destroy(struct inbox *inbox);

/* Any thread; first in, first out. False, and nothing is taken, once the inbox is closed. */
bool inbox_ask(struct inbox *inbox, struct job *job);
/* Any thread. As inbox_ask, but for a job that is on its way back: a closed inbox takes it, too. */
void inbox_answer(struct inbox *inbox, struct job *job);
/* Any thread, once: nothing but answers is taken after this last job. */
void inbox_close(struct inbox *inbox, struct job *last);

/* The thread that asked. True: the job was still inside, and is the caller's again. */
bool inbox_take_back(struct inbox *inbox, struct job *job);
/* The thread that the inbox belongs to; the loop does this by itself. NULL: it is empty. */
struct job *inbox_pop(struct inbox *inbox);

#endif
