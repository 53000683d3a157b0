/* registry_private.h - how plans change the registry, and kinds say which sets an object is in. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_REGISTRY_PRIVATE_H
#define NOAHD_REGISTRY_REGISTRY_PRIVATE_H

#include "noahd/registry/registry.h"

/* The API thread's, and plan.c's but for registry_join. */

/* For the rows of kind.h: puts an entry into a set of its planned version. */
void registry_join(struct registry *registry, struct registry_entry *entry, const char *relation, const char *name);

/* A version of an entry: its path is the entry's, the rest its own. NULL is fine. */
void registry_version_free(struct record *version);
/* The entry at a path, made when missing. */
struct registry_entry *registry_touch(struct registry *registry, enum object_kind kind, const char *path);
/* Gives an entry that planned version (NULL: deleted) and the sets of it. The one before is the caller's. */
void registry_plan(struct registry *registry, struct registry_entry *entry, const struct plan *plan,
    struct record *take_version);
/* That change makes an entry look different, and what shows it. */
void registry_note_change(struct registry *registry, struct registry_entry *entry, uint64_t revision);
/* Before the first entry of a plan is settled, for each of them. */
void registry_expect_change(struct registry *registry, struct registry_entry *entry);
/* Those of its changes that are later than that revision are taken back. Before its planned version is. */
void registry_unnote_changes(struct registry *registry, struct registry_entry *entry, uint64_t revision);
/* Everything up to that revision is applied: what is settled next. */
void registry_advance(struct registry *registry, uint64_t revision);
/* Makes the planned version the applied one. */
void registry_apply(struct registry *registry, struct registry_entry *entry);
/* Drops the planned version. */
void registry_discard(struct registry *registry, struct registry_entry *entry);

#endif
