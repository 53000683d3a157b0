/* watch_index.h - finds the watches whose patterns stand for a path, at a cost that those that do not match add nothing
   to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_WATCH_INDEX_H
#define NOAHD_WATCH_WATCH_INDEX_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* A tree by segments. Used by one thread. */
struct watch_index;
struct watch_index_node;

/* Stands in what is indexed: memory of the caller, valid until watch_index_remove. Zeroed: not in an index. */
struct watch_index_entry {
	struct watch_index_node *node;
	struct watch_index_entry *previous, *next;
};

struct watch_index *watch_index_create(void);
/* Entries that are still inside are forgotten, not freed. NULL is fine. */
void watch_index_destroy(struct watch_index *index);

/* Fails as pattern_parse does. */
bool watch_index_add(struct watch_index *index, struct watch_index_entry *entry, const char *pattern,
    struct error *err);
/* Nothing happens where it is not in an index. */
void watch_index_remove(struct watch_index_entry *entry);

/* Visits each entry whose pattern stands for the decoded path, once. The visitor leaves the index as it is. Returns
   what it cost: how many places of the tree were looked at, which does not grow with what lies beside the path. */
size_t watch_index_match(const struct watch_index *index, const char *path,
    void (*visit)(void *context, struct watch_index_entry *entry), void *context);

#endif
