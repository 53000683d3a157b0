/* registry.h - every object that is registered, in the version that is on disk and the one that is being planned. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_REGISTRY_H
#define NOAHD_REGISTRY_REGISTRY_H

#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The API thread's alone. What readers see is what has been applied, and only what is on disk is applied. */
struct registry;

struct plan;

/* Which of an object's two versions is meant: applied is what readers see; planned is what writes that are not on disk
   yet have made of it (plan.h), the applied one where they left it alone. */
enum version { VERSION_APPLIED, VERSION_PLANNED };

/* One object. Readers use registry_record; the members are plan.c's and registry.c's, but for view. */
struct registry_entry {
	enum object_kind kind;
	bool in_motion; /* its planned sets may differ from the applied ones */
	struct membership *memberships;
	void *detail;   /* the kind's: what it keeps parsed for as long as the entry lives; freed with free() */
	void *lifetime; /* the reader's: where its time is counted */
	void *listed;   /* and how the applied version stands in lists, until registry_before_change's hook is called */
	void *view;     /* and what it made of the applied version (registry_create's hook tells when it is stale) */
	const struct plan *plan; /* whose planned version it has; NULL: nobody's */
	struct record *planned;  /* by plan; NULL: it deletes it */
	struct record *applied;  /* NULL: not on disk yet */
	char path[];             /* its identity, decoded: "/hosts/web1" */
};

/* One entry's place in one set; the sets are the registry's relations ("host/web1" holds the services of web1). */
struct membership {
	struct registry_entry *entry;
	struct registry_set *set;
	struct membership *previous, *next; /* in the set, in order of joining */
	struct membership *next_of_entry;
	bool is_in[2]; /* by version */
};

/* stale is called when an entry has a new applied version, at its restoring too, and before it is freed. */
struct registry *registry_create(void (*stale)(struct registry_entry *entry, void *context), void *context);
void registry_destroy(struct registry *registry);

/* changes is called for each entry that is about to look different, while all still look as they do. */
void registry_before_change(struct registry *registry, void (*changes)(struct registry_entry *entry, void *context),
    void *context);

/* At start: an object as the store has it, and, after all of them, the revision that the store is at. */
void registry_restore(struct registry *registry, const struct record *record);
void registry_set_revision(struct registry *registry, uint64_t revision);

/* Of the last change that was applied. */
uint64_t registry_revision(const struct registry *registry);

/* The entry at a path, NULL where that version of the registry has none. */
struct registry_entry *registry_find(const struct registry *registry, const char *path, enum version version);
/* That version of an entry, NULL where it does not exist in it. */
const struct record *registry_record(const struct registry_entry *entry, enum version version);

/* The first member that the set "<relation>/<name>" has in that version, and the one behind a member; NULL: none. A
   plan may give members of the planned version other versions meanwhile, and delete them. */
const struct membership *registry_members(const struct registry *registry, const char *relation, const char *name,
    enum version version);
const struct membership *registry_next_member(const struct membership *member, enum version version);
size_t registry_member_count(const struct registry *registry, const char *relation, const char *name,
    enum version version);

/* Of the last change that touched the set: a member's looks, or who is one. After a start, and where it has no members,
   it may be a later one. */
uint64_t registry_members_revision(const struct registry *registry, const char *relation, const char *name,
    enum version version);

#endif
