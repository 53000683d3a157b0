/* registry_private.h - how plans change the registry, and how kinds put their objects into sets. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_REGISTRY_PRIVATE_H
#define NOAHD_REGISTRY_REGISTRY_PRIVATE_H

#include "noahd/registry/path_index.h"
#include "noahd/registry/registry.h"

#include <uthash.h>

/* ---- plan.c's, and registry_join for the rows of kind.h ---------------------------------------------------------- */

/* Makes the planned version of an entry a member of a set. */
void registry_join(struct registry *registry, struct registry_entry *entry, const char *relation, const char *name);

/* Frees a version of an entry, whose path belongs to the entry. NULL is fine. */
void registry_version_free(struct record *version);
/* The entry at a path, created if missing. */
struct registry_entry *registry_touch(struct registry *registry, enum object_kind kind, const char *path);
/* Sets the planned version of an entry (NULL: deleted) and its sets. The caller owns the previous one. */
void registry_plan(struct registry *registry, struct registry_entry *entry, const struct plan *plan,
    struct record *take_version);
/* Notes that the change of that revision alters the view of an entry, and the views that show it. */
void registry_note_change(struct registry *registry, struct registry_entry *entry, uint64_t revision);
/* To be called for every entry of a plan before the first one is applied. */
void registry_expect_change(struct registry *registry, struct registry_entry *entry);
/* Takes back the changes of an entry after that revision; to be called before its planned version is taken back. */
void registry_unnote_changes(struct registry *registry, struct registry_entry *entry, uint64_t revision);
/* Declares everything up to that revision as applied; to be called before the entries are. */
void registry_advance(struct registry *registry, uint64_t revision);
/* Makes the planned version of an entry the applied one. */
void registry_apply(struct registry *registry, struct registry_entry *entry);
/* Drops the planned version of an entry. */
void registry_discard(struct registry *registry, struct registry_entry *entry);

/* ---- between registry.c and registry_sets.c ---------------------------------------------------------------------- */

struct registry_set {
	char *name;
	struct membership *members; /* of either version */
	struct membership *latest;  /* the last one found, a cache of registry_regroup */
	size_t count[2];            /* by version */
	/* Of the last change to it, and of the last applied one as long as that is another. */
	uint64_t revision, revision_before;
	UT_hash_handle hh;
};

struct registry {
	struct path_index entries;
	struct registry_set *sets; /* by "<relation>/<name>" */
	uint64_t revision;
	uint64_t restored_revision; /* at the start; earlier changes to the sets are unknown */
	uint64_t emptied_revision;  /* of the last change that emptied a set; empty sets are not kept */
	struct registry_reader readers[REGISTRY_READERS_MAX];
	size_t reader_count, slot_count;
};

/* Makes the entry a member of the sets of its planned version. Its present memberships become the latest of their sets,
   so registry_join finds them without a search. */
void registry_regroup(struct registry *registry, struct registry_entry *entry, const struct record *version);
/* From now on both versions are in the sets of that version. */
void registry_settle_sets(struct registry *registry, struct registry_entry *entry, enum version version);
/* Before the entry is freed. */
void registry_leave_sets(struct registry *registry, struct registry_entry *entry);

/* Notes the revision of a planned change in the sets of an entry. */
void registry_note_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision);
/* For a plan that is applied while a later plan has changed the same sets. The revision of the first change is lost by
   then, so a later one is noted: a revision may be too late, never too early. Objects that show the entry now, but no
   longer in the later plan, are noted as changed as well. */
void registry_apply_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision);
/* Forgets what was noted after that revision. What other unapplied plans noted before is lost too: the revision may be
   too late. */
void registry_unnote_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision);

#endif
