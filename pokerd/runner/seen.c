/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/seen.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* uthash keeps entries in the order they were added, which is that of their age. */
struct seen {
	struct seen_entry *entries;
};

static const char *const names[] = {
	[POKE_QUEUED] = "queued",
	[POKE_MERGED] = "merged",
	[POKE_RUNNING] = "running",
	[POKE_DONE] = "done",
	[POKE_FAILED] = "failed",
	[POKE_LOST] = "lost",
	[POKE_IGNORED] = "ignored",
};

const char *poke_state_name(enum poke_state state)
{
	return names[state];
}

bool poke_state_parse(const char *name, enum poke_state *out_state)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!strcmp(name, names[i])) {
			*out_state = (enum poke_state)i;
			return true;
		}
	}
	return false;
}

bool poke_state_is_final(enum poke_state state)
{
	return state >= POKE_DONE;
}

struct seen *seen_create(void)
{
	return memory_zeroed(1, sizeof(struct seen));
}

static void forget(struct seen *seen, struct seen_entry *entry)
{
	HASH_DEL(seen->entries, entry);
	free(entry);
}

void seen_destroy(struct seen *seen)
{
	if (!seen)
		return;
	while (seen->entries)
		forget(seen, seen->entries);
	free(seen);
}

struct seen_entry *seen_find(const struct seen *seen, const char *id)
{
	struct seen_entry *entry;

	HASH_FIND_STR(seen->entries, id, entry);
	return entry;
}

static bool is_past(const struct seen_entry *entry, int64_t before_ms)
{
	return poke_state_is_final(entry->state) && entry->at_ms < before_ms;
}

bool seen_make_room(struct seen *seen, int64_t now_ms)
{
	struct seen_entry *entry = seen->entries;

	if (HASH_COUNT(seen->entries) < SEEN_MAX)
		return true;
	while (entry && !is_past(entry, now_ms - SEEN_REPLAY_MS))
		entry = seen_after(entry);
	if (!entry)
		return false;
	forget(seen, entry);
	return true;
}

struct seen_entry *seen_add(struct seen *seen, const char *id, int64_t at_ms, enum poke_state state)
{
	size_t id_bytes = strlen(id);

	if (!seen_make_room(seen, at_ms))
		return NULL;
	struct seen_entry *entry = memory_zeroed(1, sizeof *entry + id_bytes + 1);
	memcpy(entry->id, id, id_bytes);
	entry->at_ms = at_ms;
	entry->state = state;
	HASH_ADD_KEYPTR(hh, seen->entries, entry->id, id_bytes, entry);
	return entry;
}

struct seen_entry *seen_first(const struct seen *seen)
{
	return seen->entries;
}

struct seen_entry *seen_after(const struct seen_entry *entry)
{
	return entry->hh.next;
}

void seen_forget_before(struct seen *seen, int64_t before_ms)
{
	struct seen_entry *next;

	for (struct seen_entry *entry = seen->entries; entry; entry = next) {
		next = seen_after(entry);
		if (is_past(entry, before_ms))
			forget(seen, entry);
	}
}

size_t seen_count(const struct seen *seen)
{
	return HASH_COUNT(seen->entries);
}
