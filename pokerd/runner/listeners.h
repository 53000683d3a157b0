/* listeners.h - the listener processes as the runner sees them: forked, heard, replaced. */
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

/* One accepts; those it has replaced still answer what they have begun. */
struct listeners;

struct listeners_options {
	struct event_loop *loop;
	/* In the forked child: becomes the listener that talks by that socket; returns the status to exit with. */
	int (*become)(int runner_fd, void *context);
	/* What to answer to a message of MESSAGE_POKE or MESSAGE_HEALTH. */
	void (*question)(const struct message *message, struct verdict *out, void *context);
	int64_t drain_ms_max; /* who has not ended so long after it was told to is killed */
	/* One accepts connections: called once. */
	void (*ready)(void *context);
	/* After listeners_replace: the new one accepts; it has ended before it did, which has been logged, and is
	   forgotten. */
	void (*replaced)(void *context);
	void (*not_replaced)(void *context);
	/* The first has ended before it was ready, with that status: it has logged why. Another would fare no better. */
	void (*failed)(int status, void *context);
	/* After listeners_drain: the last has ended. */
	void (*drained)(void *context);
	void *context;
};

struct listeners *listeners_create(const struct listeners_options *options);
/* Kills those that are left. NULL is fine. */
void listeners_destroy(struct listeners *listeners);

/* Forks the first one. One that dies is followed by another, later and later while they keep dying. */
bool listeners_fork(struct listeners *listeners, struct error *err);

/* Forks one that takes over: as soon as it is ready it is told to accept, and the one before it drains. An earlier one
   that was to take over and has not been told to is killed: it has accepted nothing, and nothing is told of it. */
bool listeners_replace(struct listeners *listeners, struct error *err);

/* All answer what they have begun, and end. */
void listeners_drain(struct listeners *listeners);

/* Of the one that accepts; 0: there is none now. */
pid_t listeners_pid(const struct listeners *listeners);
/* How many have died of something else than our wish. */
unsigned long listeners_deaths(const struct listeners *listeners);

#endif
