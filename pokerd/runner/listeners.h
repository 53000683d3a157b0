/* listeners.h - the listener processes as seen by the runner: forked, answered, replaced. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_LISTENERS_H
#define POKERD_RUNNER_LISTENERS_H

#include "common/error.h"
#include "common/event_loop.h"
#include "pokerd/link/messages.h"
#include "pokerd/runner/admission.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One accepts; those that it has replaced still answer the requests they have begun. */
struct listeners;

struct listeners_options {
	struct event_loop *loop;
	/* In the forked child: becomes the listener that uses that socket; returns the exit status. NULL: listeners are
	   services of their own, see listeners_adopt. */
	int (*become)(int runner_fd, void *context);
	/* The answer to a MESSAGE_POKE, MESSAGE_HEALTH or MESSAGE_PLAIN. */
	void (*question)(const struct message *message, struct verdict *out, void *context);
	/* The answer to a question that a piece answers; *out borrows from the callee until the next call. */
	void (*reading)(const struct message *message, struct message *out, void *context);
	/* How often a listener must show that its loop turns; one that has not after this time is late, and killed after
	   six times as long. 0: never asked. */
	int64_t ping_ms;
	int64_t drain_ms_max; /* a listener that has not ended this long after it was told to is killed */
	/* A listener accepts connections; called once. */
	void (*ready)(void *context);
	/* After listeners_replace: the new listener accepts; or it ended before it did, which has been logged, and is
	   forgotten. */
	void (*replaced)(void *context);
	void (*not_replaced)(void *context);
	/* The first listener ended before it was ready, with that status, and has logged the reason. Another would fail
	   too. */
	void (*failed)(int status, void *context);
	/* After listeners_drain: the last one has ended. */
	void (*drained)(void *context);
	void *context;
};

struct listeners *listeners_create(const struct listeners_options *options);
/* Kills the remaining ones. Accepts NULL. */
void listeners_destroy(struct listeners *listeners);

/* Forks the first listener. If it dies, another follows, after growing delays while they keep dying. */
bool listeners_fork(struct listeners *listeners, struct error *err);

/* Forks a listener that takes over: as soon as it is ready, it is told to accept, and the previous one drains. An
   earlier one that was to take over but has not been told to is killed: it has accepted nothing, and no callback
   reports it. */
bool listeners_replace(struct listeners *listeners, struct error *err);

/* Takes a listener that is no child of ours but has connected: like a successor, it is told to accept as soon as it is
   ready. If it dies, the next one is expected to come by itself. Owns fd once it returns true. ERROR_UNAVAILABLE: too
   many are there, or the process has ended. */
bool listeners_adopt(struct listeners *listeners, int fd, pid_t pid, struct error *err);

/* The listener that accepts is told to end, after a grace period for clients that it has accepted. */
void listeners_retire(struct listeners *listeners);

/* All listeners answer the requests they have begun, and end. */
void listeners_drain(struct listeners *listeners);

/* Pid of the listener that accepts; 0: none at the moment. */
pid_t listeners_pid(const struct listeners *listeners);
/* Whether that listener does not answer: it is stopped, or stuck. */
bool listeners_is_late(const struct listeners *listeners);
/* The number of listeners that died without being told to end. */
unsigned long listeners_deaths(const struct listeners *listeners);

#endif
