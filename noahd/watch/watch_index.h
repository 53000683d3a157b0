/* watch_index.h - finds the watches whose patterns match a path, at no cost for those that do not match. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_WATCH_INDEX_H
#define NOAHD_WATCH_WATCH_INDEX_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* A tree by segments. Used by one thread. */
struct watch_index;
struct watch_index_node;

/* Part of what is indexed: the caller's memory, valid until watch_index_remove. Zeroed: not in an index. */
struct watch_index_entry {
	struct watch_index_node *node;
	struct watch_index_entry *previous, *next;
};

struct watch_index *watch_index_create(void);
/* Entries still in it are not freed. NULL is fine. */
void watch_index_destroy(struct watch_index *index);

/* Fails as pattern_parse does. */
bool watch_index_add(struct watch_index *index, struct watch_index_entry *entry, const char *pattern,
    struct error *err);
/* Does nothing if it is not in an index. */
void watch_index_remove(struct watch_index_entry *entry);

/* Visits each entry whose pattern matches the decoded path, once. The visitor must not change the index. Returns the
   cost: how many nodes were visited, which does not grow with other parts of the tree. */
size_t watch_index_match(const struct watch_index *index, const char *path,
    void (*visit)(void *context, struct watch_index_entry *entry), void *context);

#endif
