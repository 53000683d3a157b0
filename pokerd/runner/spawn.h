/* spawn.h - executing a command with nothing inherited. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_SPAWN_H
#define POKERD_RUNNER_SPAWN_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whom a command runs as, looked up before anything is forked. */
struct spawn_identity;

/* user "": who we are. ERROR_INVALID: no such user; ERROR_DENIED: another user, and we are not root. The caller owns *out. */
bool spawn_identity_create(const char *user, struct spawn_identity **out, struct error *err);
void spawn_identity_destroy(struct spawn_identity *identity); /* NULL is fine */
uid_t spawn_identity_uid(const struct spawn_identity *identity);
gid_t spawn_identity_gid(const struct spawn_identity *identity);

/* HOME, USER, LOGNAME, PATH with sbin and LANG, then the additions in their order ("NAME=value", the later wins; NULL ends each list,
   either may be NULL). spawn_environment_destroy it. */
char **spawn_environment_create(const struct spawn_identity *identity, const char *const *rule, const char *const *run);
void spawn_environment_destroy(char **environment);

struct spawn_request {
	char *const *argv; /* argv[0] without '/' is looked for in the PATH of environment */
	char *const *environment;
	const struct spawn_identity *identity;
	int output_fd; /* becomes stdout and stderr */
};

/* Forks and executes: stdin /dev/null, a session of its own (so its pid names its process group too), default signals, empty
   mask, umask 022, cwd "/", no other descriptor. Returns when the command has been executed, or with ERROR_INVALID saying which
   step failed. Single-threaded callers only. */
bool spawn_start(const struct spawn_request *request, pid_t *out_pid, struct error *err);

#endif
