/* run_session.h - the processes of a run whose supervisor is gone: found by the session they were started in, and
   ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUN_SESSION_H
#define POKERD_RUNNER_RUN_SESSION_H

#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* The environment variable that every command is given: the id of its run. */
#define RUN_SESSION_VARIABLE "POKERD_RUN_ID"

enum { RUN_SESSION_NOTE_BYTES = 128 };

/* Appends a line that names the caller, the leader of a session, so that it is never taken for another process,
   whenever that reads it. Between fork and exec: makes no use of what another thread may have locked. */
bool run_session_note(int fd);

/* One of a run's processes that were still there, to be waited for. */
struct run_session_rest {
	pid_t pid;
	int fd; /* readable once it has ended; the caller's. -1: nobody was there */
};

/* Kills the session that the line was noted for, and all who descend from it, but for ourselves. To be called again
   when the one in *out has ended, until there is nobody. A daemon that has left the session for good is not touched.
   What the line says is not believed where it could mean others. */
bool run_session_kill(const char *note, const char *run_id, struct run_session_rest *out, struct error *err);

#endif
