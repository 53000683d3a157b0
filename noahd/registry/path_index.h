/* path_index.h - the registry's entries by their paths: a hash table with linear probing (Knuth, TAOCP 3, 6.4, L and
   R). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PATH_INDEX_H
#define NOAHD_REGISTRY_PATH_INDEX_H

#include <stddef.h>
#include <stdint.h>

/* Among a million entries a find waits for memory twice, for a slot and for the entry, and growing takes no look at an
   entry (decision 0012). */
struct registry_entry;

struct path_slot {
	struct registry_entry *entry; /* NULL: free */
	uint32_t hash;                /* of its path */
};

/* All zero: empty. The entries are the caller's, and keep their paths while they are in it. */
struct path_index {
	struct path_slot *slots;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

/* NULL: none has that path. */
struct registry_entry *path_index_find(const struct path_index *index, const char *path);
/* No other one has its path. */
void path_index_add(struct path_index *index, struct registry_entry *entry);
/* It is there. */
void path_index_remove(struct path_index *index, const struct registry_entry *entry);
void path_index_finish(struct path_index *index);

#endif
