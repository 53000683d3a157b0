/* spawn_environment.h - builds the environment of a command from nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SPAWN_ENVIRONMENT_H
#define POKERD_RUN_SPAWN_ENVIRONMENT_H

#include "pokerd/run/spawn_identity.h"

#define SPAWN_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Ends with a NULL, as execve requires. Zeroed is empty. */
struct spawn_environment {
	char **list;
	size_t count;
};

/* HOME, USER, LOGNAME, PATH (SPAWN_PATH), LANG. */
void spawn_environment_init(struct spawn_environment *environment, const struct spawn_identity *identity);
void spawn_environment_finish(struct spawn_environment *environment);

/* Replaces a variable of the same name. */
void spawn_environment_set(struct spawn_environment *environment, const char *name, const char *value);

#endif
