/* supervisor_process.h - the supervisor process, from its fork to its exit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SUPERVISOR_PROCESS_H
#define POKERD_RUN_SUPERVISOR_PROCESS_H

#include "pokerd/run/run_output.h"
#include "pokerd/run/supervisor.h"

/* lock_fd is the lock on the run's folder; its file gets our pid, which means that the run has begun, and a second
   line, which identifies the command (run_session.h). Executes the command, stores its output, enforces the limit,
   writes the record (when the command starts, and when it has ended: as soon as there is space), exits. */
_Noreturn void supervisor_process_run(const struct run_request *request, int lock_fd, struct run_output *output);

#endif
