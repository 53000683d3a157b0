/* SPDX-License-Identifier: Apache-2.0 */
#include "common/inbox.h"

#include "common/clock.h"
#include "common/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

struct inbox {
	struct event_loop *loop;
	struct event_source source; /* an eventfd, edge-triggered: it is never read */
	size_t at_once;
	int64_t deferring_until_ms; /* the receiver's thread only */
	pthread_mutex_t lock;       /* guards the members below, and the links of the jobs inside */
	struct job *jobs;
	bool is_awake;     /* the receiver was woken, and has not found the inbox empty since: one write for many jobs */
	bool is_deferring; /* the receiver waits for INBOX_DEFER_MS at most: no write for a job that can wait as long */
	bool is_closed;
};

/* The jobs are taken before the next wait. */
static void inbox_woken(void *context, uint32_t events)
{
	(void)context, (void)events;
}

/* How long the receiver may wait, -1: for ever; then every job has to wake it. While deferrable jobs keep coming, it
   looks for them by itself. */
static int64_t inbox_sleep(struct inbox *inbox)
{
	const int64_t now_ms = inbox->deferring_until_ms ? clock_monotonic_ms() : 0;

	pthread_mutex_lock(&inbox->lock);
	bool is_empty = !inbox->jobs;
	inbox->is_awake &= !is_empty;
	inbox->is_deferring = now_ms < inbox->deferring_until_ms;
	pthread_mutex_unlock(&inbox->lock);
	if (!is_empty)
		return 0;
	if (inbox->is_deferring)
		return inbox->deferring_until_ms - now_ms;
	inbox->deferring_until_ms = 0;
	return -1;
}

/* Before each wait: it is called whatever ended the last one, so that the receiver is woken once for many jobs. */
static int64_t inbox_take(void *context)
{
	struct inbox *inbox = context;
	struct job *job;

	for (size_t i = 0; i < inbox->at_once && (job = inbox_pop(inbox)); i++) {
		if (job->is_deferrable)
			inbox->deferring_until_ms = clock_monotonic_ms() + INBOX_DEFER_MS;
		job->arrived(job);
	}
	return inbox_sleep(inbox);
}

struct inbox *inbox_create(struct event_loop *loop, size_t at_once, struct error *err)
{
	struct inbox *inbox = memory_zeroed(1, sizeof(*inbox));

	inbox->loop = loop;
	inbox->at_once = at_once;
	inbox->source = (struct event_source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), inbox_woken, inbox };
	pthread_mutex_init(&inbox->lock, NULL);
	if (inbox->source.fd < 0)
		error_set_errno(err, ERROR_INTERNAL, "cannot create an event descriptor");
	else if (event_loop_add(loop, &inbox->source, EPOLLIN | EPOLLET, err)) {
		event_loop_before_wait(loop, inbox_take, inbox);
		return inbox;
	}
	inbox_destroy(inbox);
	return NULL;
}

void inbox_destroy(struct inbox *inbox)
{
	if (!inbox)
		return;
	if (inbox->source.fd >= 0) {
		event_loop_before_wait_end(inbox->loop, inbox_take, inbox);
		event_loop_remove(inbox->loop, &inbox->source);
		close(inbox->source.fd);
	}
	pthread_mutex_destroy(&inbox->lock);
	free(inbox);
}

/* Whether the receiver has to be woken. */
static bool inbox_insert(struct inbox *inbox, struct job *job)
{
	bool wakes = !inbox->is_awake && !(job->is_deferrable && inbox->is_deferring);

	DL_APPEND2(inbox->jobs, job, previous, next);
	inbox->is_awake |= wakes;
	return wakes;
}

/* In this order: once it is unlocked, a receiver that was awake may take the job, end, and destroy the inbox. */
static void inbox_wake_and_unlock(struct inbox *inbox, bool wakes)
{
	if (wakes)
		(void)eventfd_write(inbox->source.fd, 1);
	pthread_mutex_unlock(&inbox->lock);
}

bool inbox_ask(struct inbox *inbox, struct job *job)
{
	pthread_mutex_lock(&inbox->lock);
	bool is_taken = !inbox->is_closed;
	if (is_taken)
		job->is_waiting = true;
	inbox_wake_and_unlock(inbox, is_taken && inbox_insert(inbox, job));
	return is_taken;
}

void inbox_answer(struct inbox *inbox, struct job *job)
{
	pthread_mutex_lock(&inbox->lock);
	inbox_wake_and_unlock(inbox, inbox_insert(inbox, job));
}

void inbox_close(struct inbox *inbox, struct job *last)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->is_closed = true;
	inbox_wake_and_unlock(inbox, inbox_insert(inbox, last));
}

static void inbox_remove(struct inbox *inbox, struct job *job)
{
	DL_DELETE2(inbox->jobs, job, previous, next);
	job->is_waiting = false;
}

bool inbox_take_back(struct inbox *inbox, struct job *job)
{
	pthread_mutex_lock(&inbox->lock);
	bool was_inside = job->is_waiting;
	if (was_inside)
		inbox_remove(inbox, job);
	pthread_mutex_unlock(&inbox->lock);
	return was_inside;
}

struct job *inbox_pop(struct inbox *inbox)
{
	pthread_mutex_lock(&inbox->lock);
	struct job *job = inbox->jobs;
	if (job)
		inbox_remove(inbox, job);
	pthread_mutex_unlock(&inbox->lock);
	return job;
}
