/* SPDX-License-Identifier: Apache-2.0 */
#include "common/inbox.h"

#include "common/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

struct inbox {
	struct event_loop *loop;
	struct event_source source; /* an eventfd */
	size_t at_once;
	pthread_mutex_t lock; /* guards the members below, and the links of the jobs inside */
	struct job *jobs;
	bool is_signalled; /* the eventfd is readable, or will be at once: one write for many jobs */
	bool is_closed;
};

static void inbox_ready(void *context, uint32_t events)
{
	struct inbox *inbox = context;
	struct job *job;

	(void)events;
	for (size_t i = 0; i < inbox->at_once && (job = inbox_pop(inbox)); i++)
		job->arrived(job);
}

struct inbox *inbox_create(struct event_loop *loop, size_t at_once, struct error *err)
{
	struct inbox *inbox = memory_zeroed(1, sizeof(*inbox));

	inbox->loop = loop;
	inbox->at_once = at_once;
	inbox->source = (struct event_source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), inbox_ready, inbox };
	pthread_mutex_init(&inbox->lock, NULL);
	if (inbox->source.fd < 0)
		error_set_errno(err, ERROR_INTERNAL, "cannot create an event descriptor");
	else if (event_loop_add(loop, &inbox->source, EPOLLIN, err))
		return inbox;
	inbox_destroy(inbox);
	return NULL;
}

void inbox_destroy(struct inbox *inbox)
{
	if (!inbox)
		return;
	if (inbox->source.fd >= 0) {
		event_loop_remove(inbox->loop, &inbox->source);
		close(inbox->source.fd);
	}
	pthread_mutex_destroy(&inbox->lock);
	free(inbox);
}

/* Whether the receiver has to be woken. */
static bool inbox_insert(struct inbox *inbox, struct job *job)
{
	bool wakes = !inbox->is_signalled;

	DL_APPEND2(inbox->jobs, job, previous, next);
	inbox->is_signalled = true;
	return wakes;
}

/* In this order: a receiver that is woken earlier would wait for the lock. */
static void inbox_unlock_and_wake(struct inbox *inbox, bool wakes)
{
	pthread_mutex_unlock(&inbox->lock);
	if (wakes)
		(void)eventfd_write(inbox->source.fd, 1);
}

bool inbox_ask(struct inbox *inbox, struct job *job)
{
	pthread_mutex_lock(&inbox->lock);
	bool is_taken = !inbox->is_closed;
	if (is_taken)
		job->is_waiting = true;
	inbox_unlock_and_wake(inbox, is_taken && inbox_insert(inbox, job));
	return is_taken;
}

void inbox_answer(struct inbox *inbox, struct job *job)
{
	pthread_mutex_lock(&inbox->lock);
	inbox_unlock_and_wake(inbox, inbox_insert(inbox, job));
}

void inbox_close(struct inbox *inbox, struct job *last)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->is_closed = true;
	inbox_unlock_and_wake(inbox, inbox_insert(inbox, last));
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
	eventfd_t ignored;

	pthread_mutex_lock(&inbox->lock);
	struct job *job = inbox->jobs;
	if (job)
		inbox_remove(inbox, job);
	/* If the write has not happened yet, there is nothing to read, and the descriptor will become readable once
	   more. */
	else if (inbox->is_signalled && eventfd_read(inbox->source.fd, &ignored) == 0)
		inbox->is_signalled = false;
	pthread_mutex_unlock(&inbox->lock);
	return job;
}
