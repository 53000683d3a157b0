/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/spawn_identity.h"

#include "common/memory.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* If our user id has no name (in containers), use the number. */
static struct spawn_identity *nameless(uid_t uid)
{
	struct spawn_identity *identity = memory_zeroed(1, sizeof(*identity));

	identity->name = memory_format("%u", (unsigned)uid);
	identity->home = memory_text("/");
	identity->uid = uid;
	identity->gid = getegid();
	return identity;
}

static void look_up_groups(struct spawn_identity *identity)
{
	int room = 16;

	do {
		identity->groups = memory_grow(identity->groups, (size_t)room, sizeof(*identity->groups));
		identity->group_count = room;
	} while (getgrouplist(identity->name, identity->gid, identity->groups, &identity->group_count) < 0 &&
	         (room = identity->group_count) > 0);
}

bool spawn_identity_create(const char *user, struct spawn_identity **out, struct error *err)
{
	uid_t us = geteuid();

	errno = 0;
	const struct passwd *entry = *user ? getpwnam(user) : getpwuid(us);
	if (!entry && !*user) {
		*out = nameless(us);
		return true;
	}
	if (!entry && errno)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot look up the user %s", user);
	if (!entry)
		return error_set(err, ERROR_INVALID, "the user %s does not exist; create it with: useradd --system %s", user,
		    user);
	if (entry->pw_uid != us && us != 0)
		return error_set(err, ERROR_DENIED, "only root can run commands as %s", user);

	struct spawn_identity *identity = memory_zeroed(1, sizeof(*identity));
	identity->name = memory_text(entry->pw_name);
	identity->home = memory_text(entry->pw_dir);
	identity->uid = entry->pw_uid;
	identity->gid = entry->pw_gid;
	identity->is_other = entry->pw_uid != us;
	look_up_groups(identity);
	*out = identity;
	return true;
}

void spawn_identity_destroy(struct spawn_identity *identity)
{
	if (!identity)
		return;
	free(identity->name);
	free(identity->home);
	free(identity->groups);
	free(identity);
}

bool spawn_identity_take(const struct spawn_identity *identity)
{
	if (!identity->is_other)
		return true;
	return !setgroups((size_t)identity->group_count, identity->groups) &&
	       !setresgid(identity->gid, identity->gid, identity->gid) &&
	       !setresuid(identity->uid, identity->uid, identity->uid);
}
