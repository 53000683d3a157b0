/* asker.h - a loop that gives jobs to a thread and waits, with a deadline, until they are back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ASKER_H
#define TESTS_UNIT_ASKER_H

#include "common/clock.h"
#include "common/event_loop.h"
#include "common/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { ASKER_DEADLINE_MS = 20000, ASKER_BACK_MAX = 64 };

static struct {
	struct event_loop *loop;
	struct inbox *inbox;
	struct job *back[ASKER_BACK_MAX]; /* in their order */
	size_t begin, end;
} asker;

static inline void asker_start(void)
{
	asker.begin = asker.end = 0;
	asker.loop = event_loop_create(NULL);
	asker.inbox = inbox_create(asker.loop, ASKER_BACK_MAX, NULL);
	assert_non_null(asker.inbox);
}

static inline void asker_stop(void)
{
	inbox_destroy(asker.inbox);
	event_loop_destroy(asker.loop);
	asker.inbox = NULL;
	asker.loop = NULL;
}

static inline void asker_answered(struct job *job)
{
	assert_in_range(asker.end - asker.begin, 0, ASKER_BACK_MAX - 1);
	asker.back[asker.end++ % ASKER_BACK_MAX] = job;
	event_loop_stop(asker.loop);
}

/* The first two members of a job that is waited for here. */
#define ASKER_JOB                                          \
	{                                                      \
		.answers = asker.inbox, .answered = asker_answered \
	}

static inline void asker_fail(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	fail_msg("nothing came back in time");
}

/* Until a callback stops the loop. */
static inline void asker_run(void)
{
	struct event_timer deadline = { .fire = asker_fail };

	event_timer_set(asker.loop, &deadline, clock_monotonic_ms() + ASKER_DEADLINE_MS);
	assert_true(event_loop_run(asker.loop, NULL));
	event_timer_cancel(asker.loop, &deadline);
}

static inline void asker_end_round(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
	event_loop_stop(asker.loop);
}

/* Handles what has come back by now, without waiting. */
static inline void asker_look(void)
{
	struct event_timer now = { .fire = asker_end_round };

	event_timer_set(asker.loop, &now, 0);
	assert_true(event_loop_run(asker.loop, NULL));
	event_timer_cancel(asker.loop, &now);
}

/* The next job that comes back. */
static inline struct job *asker_wait(void)
{
	while (asker.begin == asker.end)
		asker_run();
	return asker.back[asker.begin++ % ASKER_BACK_MAX];
}

#endif
