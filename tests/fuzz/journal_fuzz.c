/* SPDX-License-Identifier: Apache-2.0 */
/* A journal is read after crashes: whatever its bytes are, replaying ends, and what it comes to is sound. */
#include "pokerd/journal/journal_format_1.h"
#include "pokerd/journal/journal_record.h"
#include "pokerd/journal/journal_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void replay(const char *bytes, size_t size)
{
	struct journal_state state;
	struct journal_damage damage;

	journal_state_init(&state);
	journal_state_replay(&state, bytes, size, 0, &damage);
	assert(damage.tail_bytes <= size);
	for (struct replay_entry *entry = replay_cache_first(state.replay_cache); entry; entry = replay_cache_next(entry)) {
		assert(replay_cache_find(state.replay_cache, entry->id) == entry);
		assert(poke_state_is_final(entry->state) || (size_t)entry->offset < size);
	}
	journal_state_finish(&state);
}

/* A journal of the first format becomes one without damage. */
static void replay_format_1(const char *bytes, size_t size)
{
	struct journal_damage damage, none;
	struct journal_state state;
	size_t converted_size;
	char *converted;

	journal_format_1_convert(bytes, size, &converted, &converted_size, &damage);
	assert(damage.tail_bytes <= size);
	journal_state_init(&state);
	journal_state_replay(&state, converted, converted_size, 0, &none);
	assert(!none.tail_bytes);
	journal_state_finish(&state);
	free(converted);
}

/* Each line of the input as the head of a record whose digest is right: what a fuzzer would never guess. */
static void replay_heads(const char *bytes, size_t size)
{
	struct journal_state state;

	journal_state_init(&state);
	for (const char *line = bytes, *end; line < bytes + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(bytes + size - line));
		if (!end)
			end = bytes + size;
		json_t *head = json_loadb(line, (size_t)(end - line), JSON_ALLOW_NUL, NULL);
		if (head)
			(void)journal_state_apply(&state, head, 0);
		json_decref(head);
	}
	journal_state_finish(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	replay((const char *)bytes, size);
	replay_format_1((const char *)bytes, size);
	replay_heads((const char *)bytes, size);
	return 0;
}
