/* SPDX-License-Identifier: Apache-2.0 */
#include "common/event_loop.h"

#include "common/clock.h"
#include "common/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 64 };

struct hook {
	int64_t (*function)(void *context);
	void *context;
};

struct event_loop {
	int epoll_fd;
	bool stopped;
	int64_t now_ms;
	/* The events of this round; a source that is removed meanwhile is taken out. */
	struct epoll_event events[EVENTS_AT_ONCE];
	size_t event_count;
	/* A binary heap by due_ms: the earliest at heap[1], heap[0] unused. */
	struct event_timer **heap;
	size_t timer_count, heap_room;
	struct hook *hooks;
	size_t hook_count;
	bool has_ended_hooks;
};

struct event_loop *event_loop_create(struct error *err)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd < 0) {
		error_set_errno(err, ERROR_INTERNAL, "cannot create an epoll descriptor");
		return NULL;
	}
	struct event_loop *loop = memory_zeroed(1, sizeof(*loop));
	loop->epoll_fd = epoll_fd;
	loop->now_ms = clock_monotonic_ms();
	return loop;
}

void event_loop_destroy(struct event_loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll_fd);
	free(loop->heap);
	free(loop->hooks);
	free(loop);
}

static bool control(struct event_loop *loop, int operation, struct event_source *source, uint32_t events,
    struct error *err)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (epoll_ctl(loop->epoll_fd, operation, source->fd, &event) == 0)
		return true;
	return error_set_errno(err, ERROR_INTERNAL, "cannot wait for descriptor %d", source->fd);
}

bool event_loop_add(struct event_loop *loop, struct event_source *source, uint32_t events, struct error *err)
{
	return control(loop, EPOLL_CTL_ADD, source, events, err);
}

bool event_loop_change(struct event_loop *loop, struct event_source *source, uint32_t events, struct error *err)
{
	return control(loop, EPOLL_CTL_MOD, source, events, err);
}

void event_loop_remove(struct event_loop *loop, struct event_source *source)
{
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	for (size_t i = 0; i < loop->event_count; i++)
		if (loop->events[i].data.ptr == source)
			loop->events[i].data.ptr = NULL;
}

static void place(struct event_loop *loop, struct event_timer *timer, size_t at)
{
	loop->heap[at] = timer;
	timer->place = at;
}

/* Moves the timer to where its due_ms belongs, from a place whose neighbours are in order. */
static void event_loop_settle(struct event_loop *loop, struct event_timer *timer, size_t at)
{
	for (; at > 1 && loop->heap[at / 2]->due_ms > timer->due_ms; at /= 2)
		place(loop, loop->heap[at / 2], at);
	for (size_t child; (child = 2 * at) <= loop->timer_count; at = child) {
		if (child < loop->timer_count && loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms)
			child++;
		if (timer->due_ms <= loop->heap[child]->due_ms)
			break;
		place(loop, loop->heap[child], at);
	}
	place(loop, timer, at);
}

void event_timer_set(struct event_loop *loop, struct event_timer *timer, int64_t due_ms)
{
	timer->due_ms = due_ms;
	if (!timer->place) {
		if (loop->timer_count + 1 >= loop->heap_room) {
			loop->heap_room = loop->heap_room ? 2 * loop->heap_room : 16;
			loop->heap = memory_grow(loop->heap, loop->heap_room, sizeof(struct event_timer *));
		}
		timer->place = ++loop->timer_count;
	}
	event_loop_settle(loop, timer, timer->place);
}

void event_timer_cancel(struct event_loop *loop, struct event_timer *timer)
{
	size_t at = timer->place;

	if (!at)
		return;
	struct event_timer *last = loop->heap[loop->timer_count--];
	timer->place = 0;
	if (last != timer)
		event_loop_settle(loop, last, at);
}

void event_loop_before_wait(struct event_loop *loop, int64_t (*hook)(void *context), void *context)
{
	loop->hooks = memory_grow(loop->hooks, loop->hook_count + 1, sizeof(*loop->hooks));
	loop->hooks[loop->hook_count++] = (struct hook){ hook, context };
}

/* The place stays empty until the hooks, which may be running now, have run. */
void event_loop_before_wait_end(struct event_loop *loop, int64_t (*hook)(void *context), void *context)
{
	for (size_t i = 0; i < loop->hook_count; i++)
		if (loop->hooks[i].function == hook && loop->hooks[i].context == context)
			loop->hooks[i].function = NULL;
	loop->has_ended_hooks = true;
}

int64_t event_loop_now_ms(const struct event_loop *loop)
{
	return loop->now_ms;
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* How long to wait; -1: forever. The timers come last, since a hook may set one. */
static int64_t prepare_wait(struct event_loop *loop)
{
	int64_t wait_ms = -1;
	size_t kept = 0;

	for (size_t i = 0; i < loop->hook_count; i++)
		if (loop->hooks[i].function)
			wait_ms = earlier(wait_ms, loop->hooks[i].function(loop->hooks[i].context));
	if (loop->has_ended_hooks) {
		for (size_t i = 0; i < loop->hook_count; i++)
			if (loop->hooks[i].function)
				loop->hooks[kept++] = loop->hooks[i];
		loop->hook_count = kept;
		loop->has_ended_hooks = false;
	}
	if (loop->timer_count) {
		int64_t left_ms = loop->heap[1]->due_ms - clock_monotonic_ms();
		wait_ms = earlier(wait_ms, left_ms > 0 ? left_ms : 0);
	}
	return wait_ms < INT_MAX ? wait_ms : INT_MAX;
}

static void dispatch_events(struct event_loop *loop)
{
	for (size_t i = 0; i < loop->event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		if (source)
			source->ready(source->context, loop->events[i].events);
	}
	loop->event_count = 0;
}

/* Fires at most as many timers as are set now: one that sets itself again for this moment waits for the next round. */
static void dispatch_timers(struct event_loop *loop)
{
	for (size_t left = loop->timer_count; left && loop->timer_count && loop->heap[1]->due_ms <= loop->now_ms; left--) {
		struct event_timer *timer = loop->heap[1];
		event_timer_cancel(loop, timer);
		timer->fire(timer->context, loop->now_ms);
	}
}

bool event_loop_run(struct event_loop *loop, struct error *err)
{
	loop->stopped = false;
	loop->now_ms = clock_monotonic_ms();
	for (;;) {
		int64_t wait_ms = prepare_wait(loop);
		if (loop->stopped)
			return true;
		int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_AT_ONCE, (int)wait_ms);
		if (count < 0 && errno != EINTR)
			return error_set_errno(err, ERROR_INTERNAL, "cannot wait for events");
		loop->event_count = count > 0 ? (size_t)count : 0;
		loop->now_ms = clock_monotonic_ms();
		dispatch_events(loop);
		dispatch_timers(loop);
	}
}

void event_loop_stop(struct event_loop *loop)
{
	loop->stopped = true;
}
