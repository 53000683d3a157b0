/* registry.h - all registered objects, each in two versions: the one on disk and the one being planned. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_REGISTRY_H
#define NOAHD_REGISTRY_REGISTRY_H

#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Only the API thread uses it. Readers see the applied versions, and only what is on disk is applied. */
struct registry;

struct plan;

/* The two versions of an object. Readers see the applied one. The planned one includes the writes that are not on disk
   yet (plan.h); it equals the applied one where they change nothing. */
enum version { VERSION_APPLIED, VERSION_PLANNED };

enum { REGISTRY_READERS_MAX = 8, REGISTRY_SLOTS = 3 };

/* One object. Readers use path, kind, registry_record and their slots; the rest belongs to registry.c and plan.c, and
   detail to the kind. */
struct registry_entry {
	enum object_kind kind;
	bool in_motion; /* its planned sets may differ from its applied ones */
	struct membership *memberships;
	void *detail;                /* the value parsed by its kind, for the life of the entry; released by free() */
	void *slots[REGISTRY_SLOTS]; /* for readers (registry_add_slot) */
	const struct plan *plan;     /* that made the planned version; NULL: there is none */
	struct record *planned;      /* NULL: the plan, if any, deletes the object */
	struct record *applied;      /* NULL: not on disk yet */
	char path[];                 /* identifies it, decoded: "/hosts/web1" */
};

/* The membership of one entry in one set, "<relation>/<name>": "host/web1" contains the services of web1. */
struct membership {
	struct registry_entry *entry;
	struct registry_set *set;
	struct membership *previous, *next; /* in the set, in the order of joining */
	struct membership *next_of_entry;
	bool is_in[2]; /* by version */
};

struct registry *registry_create(void);
/* It must have no readers any more. NULL is fine. */
void registry_destroy(struct registry *registry);

/* Follows the applied version of every entry. Functions may be NULL; readers do not depend on each other. */
struct registry_reader {
	/* The view of the entry is about to change; all views are still the old ones. */
	void (*before_change)(struct registry_entry *entry, void *context);
	/* The view has changed, because the entry or one that it shows has a new applied version; or the entry was
	   restored, or is about to be freed. */
	void (*after_change)(struct registry_entry *entry, void *context);
	void *context; /* different for each reader */
};
void registry_add_reader(struct registry *registry, const struct registry_reader *reader);
/* Removes the reader with that context, which must exist. */
void registry_remove_reader(struct registry *registry, const void *context);

/* Reserves a slot of every entry for a reader, for good: the index in slots. It is NULL at first, and the reader clears
   it at the latest when it is called before the entry is freed. */
size_t registry_add_slot(struct registry *registry);

/* At start: adds an object as stored, and after the last one sets the revision of the store. */
void registry_restore(struct registry *registry, const struct record *record);
void registry_set_revision(struct registry *registry, uint64_t revision);

/* The revision of the last applied change. */
uint64_t registry_revision(const struct registry *registry);

/* The entry at a path; NULL: that version of the registry has none. */
struct registry_entry *registry_find(const struct registry *registry, const char *path, enum version version);
/* That version of an entry; NULL: it does not exist in it. */
const struct record *registry_record(const struct registry_entry *entry, enum version version);

/* The first member of the set "<relation>/<name>" in that version, and the next one; NULL: there is none. While walking
   over the planned version, a plan may change or delete the members. */
const struct membership *registry_members(const struct registry *registry, const char *relation, const char *name,
    enum version version);
const struct membership *registry_next_member(const struct membership *member, enum version version);
size_t registry_member_count(const struct registry *registry, const char *relation, const char *name,
    enum version version);

/* The revision of the last change to the set, that is to the view of a member or to who is a member. It may be a later
   one after a start, or for an empty set. */
uint64_t registry_members_revision(const struct registry *registry, const char *relation, const char *name,
    enum version version);

#endif
