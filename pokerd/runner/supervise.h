/* supervise.h - what the process of a supervisor does from its fork to its end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_SUPERVISE_H
#define POKERD_RUNNER_SUPERVISE_H

#include "pokerd/runner/run_output.h"
#include "pokerd/runner/supervisor.h"

/* lock_fd holds the lock on the run's folder; its file gets our pid, which says that the run has begun, and a second
   line, which names the command (run_session.h). Executes the command, keeps its output, enforces the limit, writes the
   record (when the command runs, and when it has ended: as soon as there is room for it), exits. */
_Noreturn void supervise(const struct run_request *request, int lock_fd, struct run_output *output);

#endif
