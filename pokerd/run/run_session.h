/* run_session.h - finds and ends the processes of a run whose supervisor is gone, by the session they were started in.
   */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_SESSION_H
#define POKERD_RUN_RUN_SESSION_H

#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* The environment variable with the run id, which every command gets. */
#define RUN_SESSION_VARIABLE "POKERD_RUN_ID"

enum { RUN_SESSION_NOTE_BYTES = 128 };

/* Appends a line that identifies the caller, the leader of a session, so that it is never confused with another process
   when the line is read later. Called between fork and exec: uses nothing that another thread may have locked. */
bool run_session_note(int fd);

/* One of a run's remaining processes, to wait for. */
struct run_session_rest {
	pid_t pid;
	int fd; /* readable once it has ended; owned by the caller. -1: none was left */
};

/* Kills the session of the line, all processes that descend from it, those of the run's unit and those that have the
   run's id in their environment, except ourselves. Call it again when the process in *out has ended, until none is
   left. Where there is no unit, a daemon that has left the session and changed its environment is not found. The line
   is not trusted where it could refer to other processes. */
bool run_session_kill(const char *note, const char *run_id, struct run_session_rest *out, struct error *err);

#endif
