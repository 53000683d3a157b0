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

enum { REGISTRY_READERS_MAX = 8, REGISTRY_SLOTS = 3 };

/* One object. Readers use registry_record and their slots; the other members are plan.c's and registry.c's. */
struct registry_entry {
	enum object_kind kind;
	bool in_motion; /* its planned sets may differ from the applied ones */
	struct membership *memberships;
	void *detail; /* the kind's: what it keeps parsed for as long as the entry lives; freed with free() */
	void *slots[REGISTRY_SLOTS]; /* what readers keep of it (registry_add_slot) */
	const struct plan *plan;     /* whose planned version it has; NULL: nobody's */
	struct record *planned;      /* by plan; NULL: it deletes it */
	struct record *applied;      /* NULL: not on disk yet */
	char path[];                 /* its identity, decoded: "/hosts/web1" */
};

/* One entry's place in one set; the sets are the registry's relations ("host/web1" holds the services of web1). */
struct membership {
	struct registry_entry *entry;
	struct registry_set *set;
	struct membership *previous, *next; /* in the set, in order of joining */
	struct membership *next_of_entry;
	bool is_in[2]; /* by version */
};

struct registry *registry_create(void);
/* Once it has no readers. NULL is fine. */
void registry_destroy(struct registry *registry);

/* Who follows each entry as readers see it. A function may be NULL; none relies on another reader's. */
struct registry_reader {
	/* It is about to look different, while all entries still look as they do. */
	void (*before_change)(struct registry_entry *entry, void *context);
	/* It looks different, since it or what it shows has a new applied version, at its restoring too; or it is about to
	   be freed. */
	void (*after_change)(struct registry_entry *entry, void *context);
	void *context; /* another than any other reader's */
};
void registry_add_reader(struct registry *registry, const struct registry_reader *reader);
/* The reader with that context is called no more; there must be one. */
void registry_remove_reader(struct registry *registry, const void *context);

/* The place in each entry's slots where a reader keeps what it has of the entry, NULL at first; for good. It clears it
   when it is called, at the latest before the entry is freed. */
size_t registry_add_slot(struct registry *registry);

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
