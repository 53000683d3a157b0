/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/path_index.h"

#include "common/memory.h"
#include "noahd/registry/registry.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { FIRST_SIZE = 64 };

static uint32_t hash_of(const char *path)
{
	unsigned hash;

	HASH_VALUE(path, strlen(path), hash);
	return hash;
}

static size_t next_slot(const struct path_index *index, size_t slot)
{
	return (slot + 1) & (index->size - 1);
}

/* The number of slots from one to the other, wrapping around. */
static size_t distance(const struct path_index *index, size_t from, size_t to)
{
	return (to - from) & (index->size - 1);
}

static size_t home_of(const struct path_index *index, uint32_t hash)
{
	return hash & (index->size - 1);
}

struct registry_entry *path_index_find(const struct path_index *index, const char *path)
{
	const struct path_slot *slot;
	const uint32_t hash = hash_of(path);

	if (!index->count)
		return NULL;
	for (size_t i = home_of(index, hash); slot = &index->slots[i], slot->entry; i = next_slot(index, i))
		if (slot->hash == hash && strcmp(slot->entry->path, path) == 0)
			return slot->entry;
	return NULL;
}

static void path_index_put(struct path_index *index, struct path_slot slot)
{
	size_t i = home_of(index, slot.hash);

	while (index->slots[i].entry)
		i = next_slot(index, i);
	index->slots[i] = slot;
}

void path_index_add(struct path_index *index, struct registry_entry *entry)
{
	if (index->count >= index->size / 4 * 3) {
		struct path_index larger = { .size = index->size ? index->size * 2 : FIRST_SIZE, .count = index->count };
		larger.slots = memory_zeroed(larger.size, sizeof(*larger.slots));
		for (size_t i = 0; i < index->size; i++)
			if (index->slots[i].entry)
				path_index_put(&larger, index->slots[i]);
		path_index_finish(index);
		*index = larger;
	}
	path_index_put(index, (struct path_slot){ .entry = entry, .hash = hash_of(entry->path) });
	index->count++;
}

void path_index_remove(struct path_index *index, const struct registry_entry *entry)
{
	size_t gap = home_of(index, hash_of(entry->path));

	while (index->slots[gap].entry != entry)
		gap = next_slot(index, gap);
	/* The entries behind the gap that a search would not find across it move up. */
	for (size_t i = next_slot(index, gap); index->slots[i].entry; i = next_slot(index, i)) {
		if (distance(index, home_of(index, index->slots[i].hash), i) < distance(index, gap, i))
			continue;
		index->slots[gap] = index->slots[i];
		gap = i;
	}
	index->slots[gap] = (struct path_slot){ .entry = NULL };
	index->count--;
}

void path_index_finish(struct path_index *index)
{
	free(index->slots);
	*index = (struct path_index){ .slots = NULL };
}
