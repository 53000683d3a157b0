/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/replay_cache.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* uthash keeps entries in insertion order, which is their order of age. */
struct replay_cache {
	struct replay_entry *entries;
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
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
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

struct replay_cache *replay_cache_create(void)
{
	return memory_zeroed(1, sizeof(struct replay_cache));
}

void replay_cache_forget(struct replay_cache *replay_cache, struct replay_entry *entry)
{
	HASH_DEL(replay_cache->entries, entry);
	free(entry->attempt_of);
	free(entry);
}

void replay_cache_destroy(struct replay_cache *replay_cache)
{
	if (!replay_cache)
		return;
	while (replay_cache->entries)
		replay_cache_forget(replay_cache, replay_cache->entries);
	free(replay_cache);
}

struct replay_entry *replay_cache_find(const struct replay_cache *replay_cache, const char *id)
{
	struct replay_entry *entry;

	HASH_FIND_STR(replay_cache->entries, id, entry);
	return entry;
}

static bool is_past(const struct replay_entry *entry, int64_t before_ms)
{
	return poke_state_is_final(entry->state) && entry->ended_ms < before_ms;
}

struct replay_entry *replay_cache_add(struct replay_cache *replay_cache, const char *id, int64_t ran_ms,
    enum poke_state state)
{
	size_t id_bytes = strlen(id);

	struct replay_entry *entry = memory_zeroed(1, sizeof(*entry) + id_bytes + 1);
	memcpy(entry->id, id, id_bytes);
	entry->ended_ms = ran_ms;
	entry->state = state;
	HASH_ADD_KEYPTR(hh, replay_cache->entries, entry->id, id_bytes, entry);
	return entry;
}

struct replay_entry *replay_cache_first(const struct replay_cache *replay_cache)
{
	return replay_cache->entries;
}

struct replay_entry *replay_cache_next(const struct replay_entry *entry)
{
	return entry->hh.next;
}

void replay_cache_forget_before(struct replay_cache *replay_cache, int64_t before_ms)
{
	struct replay_entry *next;

	for (struct replay_entry *entry = replay_cache->entries; entry; entry = next) {
		next = replay_cache_next(entry);
		if (is_past(entry, before_ms))
			replay_cache_forget(replay_cache, entry);
	}
}

size_t replay_cache_count(const struct replay_cache *replay_cache)
{
	return HASH_COUNT(replay_cache->entries);
}
