/* spawn_identity.h - the user that a command runs as, looked up before anything is forked. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SPAWN_IDENTITY_H
#define POKERD_RUN_SPAWN_IDENTITY_H

#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct spawn_identity {
	char *name, *home;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int group_count;
	bool is_other; /* not our own user, so it has to be switched to */
};

/* user "": our own. ERROR_INVALID: the user does not exist; ERROR_DENIED: another user, and we are not root. The caller
   owns *out. */
bool spawn_identity_create(const char *user, struct spawn_identity **out, struct error *err);
void spawn_identity_destroy(struct spawn_identity *identity); /* accepts NULL */

/* In the process that is to become the command: sets groups, group and user permanently. False with errno. */
bool spawn_identity_take(const struct spawn_identity *identity);

#endif
