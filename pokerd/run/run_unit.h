/* run_unit.h - a run as a transient unit of systemd. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_UNIT_H
#define POKERD_RUN_RUN_UNIT_H

#include "common/error.h"
#include "pokerd/run/supervisor.h"

#include <stdbool.h>
#include <sys/types.h>

/* systemd manages this machine, and we may tell it what to do. */
bool run_unit_is_possible(void);

/* The path of our executable, even if another file has replaced it since; "" if unknown. The caller frees it. */
char *run_unit_program(void);

/* Asks systemd, in a child that *out_pid is, to execute "request->program --supervise FOLDER" as the unit
   pokerd-run-ID.service. The child ends when the supervisor has taken the lock of the run's folder, or when it will
   not; only supervisor_find tells which. */
bool run_unit_start(const struct run_request *request, pid_t *out_pid, struct error *err);

/* Whether the process is in the unit of that run, by its cgroup, which it cannot leave. False if the run has no
   unit. */
bool run_unit_has(pid_t pid, const char *run_id);

#endif
