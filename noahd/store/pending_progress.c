/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/pending_progress.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* The last word on one watch. */
struct word {
	struct watch_progress row;
	bool is_cleared;
	UT_hash_handle hh;
};

struct pending_progress {
	bool is_something;
	struct word *words;              /* by row.path */
	struct delivery_progress merged; /* owns its dead rows; set and clear are made from the words by view */
};

struct pending_progress *pending_progress_create(void)
{
	return memory_zeroed(1, sizeof(struct pending_progress));
}

static void speak(struct pending_progress *pending, const struct watch_progress *take_row, bool is_cleared)
{
	struct word *word;

	HASH_FIND_STR(pending->words, take_row->path, word);
	if (word) {
		HASH_DEL(pending->words, word);
		free(word->row.path);
	} else {
		word = memory_zeroed(1, sizeof(*word));
	}
	word->row = *take_row;
	word->is_cleared = is_cleared;
	HASH_ADD_KEYPTR(hh, pending->words, word->row.path, strlen(word->row.path), word);
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
		speak(pending, &take->set[i], false);
	for (size_t i = 0; i < take->clear_count; i++)
		speak(pending, &(struct watch_progress){ .path = take->clear[i] }, true);
	pending_progress_add_dead(&pending->merged, take->dead, take->dead_count);
	take->set_count = take->clear_count = take->dead_count = 0;
	delivery_progress_destroy(take);
}

const struct delivery_progress *pending_progress_view(struct pending_progress *pending)
{
	struct delivery_progress *merged = &pending->merged;
	size_t count = HASH_COUNT(pending->words);

	if (!pending->is_something)
		return NULL;
	merged->set = memory_grow(merged->set, count, sizeof(*merged->set));
	merged->clear = memory_grow(merged->clear, count, sizeof(*merged->clear));
	merged->set_count = merged->clear_count = 0;
	for (struct word *word = pending->words; word; word = word->hh.next) {
		if (word->is_cleared)
			merged->clear[merged->clear_count++] = word->row.path;
		else
			merged->set[merged->set_count++] = word->row;
	}
	return merged;
}

void pending_progress_clear(struct pending_progress *pending)
{
	struct delivery_progress *merged = &pending->merged;
	struct word *word, *following;

	HASH_ITER (hh, pending->words, word, following) {
		HASH_DEL(pending->words, word);
		free(word->row.path);
		free(word);
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
