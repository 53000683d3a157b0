/* spawn.h - executes a command that inherits nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SPAWN_H
#define POKERD_RUN_SPAWN_H

#include "common/error.h"
#include "pokerd/run/spawn_identity.h"

#include <stdbool.h>
#include <sys/types.h>

struct spawn_request {
	char *const *argv; /* argv[0] without '/' is searched for in the PATH of environment; no shell is ever used */
	char *const *environment;
	const struct spawn_identity *identity;
	int output_fd; /* becomes stdout and stderr; 0 to 2 must already be open on something else */
	int note_fd;   /* gets the line that run_session_kill needs, before anything is executed */
};

/* Forks and executes: stdin /dev/null, its own session (so its pid is also its process group), default signals, empty
   mask, the limits of spawn_limits.h, umask 022, cwd "/", no other descriptors. Returns when the command has been
   executed, or with ERROR_INVALID and the failed step. For single-threaded callers only. */
bool spawn_start(const struct spawn_request *request, pid_t *out_pid, struct error *err);

#endif
