/* event_loop.h - one thread's epoll loop: descriptors, timers, and hooks before each wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_EVENT_LOOP_H
#define COMMON_EVENT_LOOP_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All functions are called on the loop's own thread. Callbacks may add, change and remove anything. */
struct event_loop;

/* A descriptor to wait for. Memory of the caller, valid until event_loop_remove. */
struct event_source {
	int fd;
	void (*ready)(void *context, uint32_t events); /* epoll's event bits */
	void *context;
};

/* A time to wait for. Memory of the caller; zeroed is "not set". */
struct event_timer {
	void (*fire)(void *context, int64_t now_ms);
	void *context;
	int64_t due_ms; /* clock_monotonic_ms */
	size_t place;   /* in the loop's heap, counted from 1; 0: not set */
};

struct event_loop *event_loop_create(struct error *err);
void event_loop_destroy(struct event_loop *loop);

bool event_loop_add(struct event_loop *loop, struct event_source *source, uint32_t events, struct error *err);
bool event_loop_change(struct event_loop *loop, struct event_source *source, uint32_t events, struct error *err);
void event_loop_remove(struct event_loop *loop, struct event_source *source);

/* Fires once, at or after due_ms; a timer that is already set is moved. */
void event_timer_set(struct event_loop *loop, struct event_timer *timer, int64_t due_ms);
void event_timer_cancel(struct event_loop *loop, struct event_timer *timer);

/* The hooks are called before each wait, in the order added; each returns the longest time to wait in ms, -1 for no
   limit. */
void event_loop_before_wait(struct event_loop *loop, int64_t (*hook)(void *context), void *context);
/* Removes the hook that was added with the same arguments. */
void event_loop_before_wait_end(struct event_loop *loop, int64_t (*hook)(void *context), void *context);

/* The time at which the current round of callbacks began. */
int64_t event_loop_now_ms(const struct event_loop *loop);

/* Runs until event_loop_stop is called from a callback; fails only if epoll itself does. */
bool event_loop_run(struct event_loop *loop, struct error *err);
void event_loop_stop(struct event_loop *loop);

#endif
