/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/pending_progress.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum row_state { ROW_SET, ROW_CLEARED };

/* The latest row of a watch, or that its row is cleared. */
struct watch_entry {
	struct watch_progress row;
	enum row_state state;
	UT_hash_handle hh;
};

struct pending_progress {
	bool is_something;
	struct watch_entry *entries;     /* by row.path */
	struct delivery_progress merged; /* owns its dead rows; set and clear are made from the entries by view */
};

struct pending_progress *pending_progress_create(void)
{
	return memory_zeroed(1, sizeof(struct pending_progress));
}

static void put_watch_entry(struct pending_progress *pending, const struct watch_progress *take_row,
    enum row_state state)
{
	struct watch_entry *entry;

	HASH_FIND_STR(pending->entries, take_row->path, entry);
	if (entry) {
		HASH_DEL(pending->entries, entry);
		free(entry->row.path);
	} else {
		entry = memory_zeroed(1, sizeof(*entry));
	}
	entry->row = *take_row;
	entry->state = state;
	HASH_ADD_KEYPTR(hh, pending->entries, entry->row.path, strlen(entry->row.path), entry);
}

static void pending_progress_add_dead(struct delivery_progress *merged, const struct dead_delivery *take_rows,
    size_t count)
{
	if (!count)
		return;
	merged->dead = memory_grow(merged->dead, merged->dead_count + count, sizeof(*merged->dead));
	memcpy(merged->dead + merged->dead_count, take_rows, count * sizeof(*take_rows));
	merged->dead_count += count;
}

void pending_progress_add(struct pending_progress *pending, struct delivery_progress *take)
{
	pending->is_something = true;
	pending->merged.position = take->position;
	pending->merged.needed = take->needed;
	for (size_t i = 0; i < take->set_count; i++)
		put_watch_entry(pending, &take->set[i], ROW_SET);
	for (size_t i = 0; i < take->clear_count; i++)
		put_watch_entry(pending, &(struct watch_progress){ .path = take->clear[i] }, ROW_CLEARED);
	pending_progress_add_dead(&pending->merged, take->dead, take->dead_count);
	take->set_count = take->clear_count = take->dead_count = 0;
	delivery_progress_destroy(take);
}

const struct delivery_progress *pending_progress_view(struct pending_progress *pending)
{
	struct delivery_progress *merged = &pending->merged;
	size_t count = HASH_COUNT(pending->entries);

	if (!pending->is_something)
		return NULL;
	merged->set = memory_grow(merged->set, count, sizeof(*merged->set));
	merged->clear = memory_grow(merged->clear, count, sizeof(*merged->clear));
	merged->set_count = merged->clear_count = 0;
	for (struct watch_entry *entry = pending->entries; entry; entry = entry->hh.next) {
		if (entry->state == ROW_CLEARED)
			merged->clear[merged->clear_count++] = entry->row.path;
		else
			merged->set[merged->set_count++] = entry->row;
	}
	return merged;
}

void pending_progress_clear(struct pending_progress *pending)
{
	struct delivery_progress *merged = &pending->merged;
	struct watch_entry *entry, *following;

	HASH_ITER (hh, pending->entries, entry, following) {
		HASH_DEL(pending->entries, entry);
		free(entry->row.path);
		free(entry);
	}
	for (size_t i = 0; i < merged->dead_count; i++) {
		free(merged->dead[i].path);
		free(merged->dead[i].reason);
	}
	free(merged->set);
	free(merged->clear);
	free(merged->dead);
	*pending = (struct pending_progress){ 0 };
}

void pending_progress_destroy(struct pending_progress *pending)
{
	if (!pending)
		return;
	pending_progress_clear(pending);
	free(pending);
}
