/* processes.h - the processes of this machine, as /proc tells them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_PROCESSES_H
#define POKERD_RUNNER_PROCESSES_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent, session;
	uint64_t started; /* in ticks since the machine was started: with pid it names a process once and for all */
	bool is_alive;    /* false: it only waits to be reaped */
	bool is_stopped;  /* as by SIGSTOP */
};

/* proc(5), stat. False: there is none of that pid, or /proc cannot be read. */
bool process_read(pid_t pid, struct process *out);
/* Whether name=value was in its environment when it was executed. */
bool process_was_given(pid_t pid, const char *name, const char *value);
/* A descriptor that becomes readable when it ends, and of no other process that has its number now. -1: it is gone,
   with errno ESRCH, or another reason. */
int process_open(const struct process *process);

struct processes {
	struct process *list;
	size_t count;
};

/* ERROR_UNAVAILABLE: /proc cannot be read. */
bool processes_list(struct processes *out, struct error *err);
void processes_finish(struct processes *processes);

#endif
