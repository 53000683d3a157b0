/* registry_private.h - how plans change the registry, and kinds say which sets an object is in. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_REGISTRY_PRIVATE_H
#define NOAHD_REGISTRY_REGISTRY_PRIVATE_H

#include "noahd/registry/registry.h"

/* Only plan.c calls these, except for registry_join; on the API thread. */

/* For the rows of kind.h: makes the planned version of an entry a member of a set. */
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

#endif
