/* path_index.h - finds entries by path: a hash table with linear probing (Knuth, TAOCP 3, 6.4, algorithms L and R). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PATH_INDEX_H
#define NOAHD_REGISTRY_PATH_INDEX_H

#include <stddef.h>
#include <stdint.h>

/* Among a million entries, a search waits for memory twice: for a slot and for the entry. Growing does not touch the
   entries (decision 0012). */
struct registry_entry;

struct path_slot {
	struct registry_entry *entry; /* NULL: free */
	uint32_t hash;                /* of its path */
};

/* Zeroed is empty. The caller owns the entries, whose paths must not change. */
struct path_index {
	struct path_slot *slots;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

/* NULL: there is none. */
struct registry_entry *path_index_find(const struct path_index *index, const char *path);
/* Its path must be new. */
void path_index_add(struct path_index *index, struct registry_entry *entry);
/* It must be present. */
void path_index_remove(struct path_index *index, const struct registry_entry *entry);
void path_index_finish(struct path_index *index);

#endif
