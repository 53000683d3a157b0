/* spawn_identity.h - whom a command runs as, looked up before anything is forked. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_SPAWN_IDENTITY_H
#define POKERD_RUNNER_SPAWN_IDENTITY_H

#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct spawn_identity {
	char *name, *home;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int group_count;
	bool is_other; /* not who we are, so it has to be taken on */
};

/* user "": who we are. ERROR_INVALID: no such user; ERROR_DENIED: another user, and we are not root. The caller
   owns *out. */
bool spawn_identity_create(const char *user, struct spawn_identity **out, struct error *err);
void spawn_identity_destroy(struct spawn_identity *identity); /* NULL is fine */

/* In the process that is to become the command: groups, group and user, for good. False with errno. */
bool spawn_identity_take(const struct spawn_identity *identity);

#endif
