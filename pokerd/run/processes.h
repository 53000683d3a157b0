/* processes.h - the processes of this machine, read from /proc. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_PROCESSES_H
#define POKERD_RUN_PROCESSES_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent, session;
	uint64_t started; /* in ticks since boot: together with pid it identifies a process uniquely */
	bool is_alive;    /* false: it is only waiting to be reaped */
	bool is_stopped;  /* for example by SIGSTOP */
};

/* proc(5), stat. False: no process has that pid, or /proc cannot be read. */
bool process_read(pid_t pid, struct process *out);
/* Whether its environment had name=value when it was executed. */
bool process_was_given(pid_t pid, const char *name, const char *value);
/* A descriptor that becomes readable when this process ends, never another one with the same pid. -1: it is gone, with
   errno ESRCH, or another error. */
int process_open(const struct process *process);

struct processes {
	struct process *list;
	size_t count;
};

/* ERROR_UNAVAILABLE: /proc cannot be read. */
bool processes_list(struct processes *out, struct error *err);
void processes_finish(struct processes *processes);

#endif
