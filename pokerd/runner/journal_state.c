/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/journal_state.h"

#include "common/memory.h"
#include "pokerd/runner/journal_record.h"

#include <stdlib.h>
#include <string.h>

static const char *const outcome_names[] = {
	[JOURNAL_DONE] = "done",
	[JOURNAL_FAILED] = "failed",
	[JOURNAL_LOST] = "lost",
	[JOURNAL_NOT_BEGUN] = "not begun",
};

void journal_state_init(struct journal_state *state)
{
	*state = (struct journal_state){ .replay_cache = replay_cache_create() };
}

void journal_state_finish(struct journal_state *state)
{
	replay_cache_destroy(state->replay_cache);
	free(state->run_id);
	*state = (struct journal_state){ 0 };
}

json_t *journal_state_poke(const struct poke *poke, enum poke_state state)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "kind", "poke", "id", poke->id, "state", poke_state_name(state),
	    "at", (json_int_t)poke->at_ms, "path", poke->path, "key", poke->key);
}

/* For failures that only lack of memory can cause. */
static json_t *journal_state_checked(json_t *head)
{
	if (!head)
		abort();
	return head;
}

json_t *journal_state_past(const char *id, enum poke_state state, int64_t at_ms)
{
	return journal_state_checked(json_pack("{s:s, s:s, s:s, s:I}", "kind", "past", "id", id, "state",
	    poke_state_name(state), "at", (json_int_t)at_ms));
}

json_t *journal_state_start(const char *run_id, json_t *take_ids, int64_t at_ms)
{
	return journal_state_checked(json_pack("{s:s, s:s, s:I, s:o}", "kind", "start", "run", run_id, "at",
	    (json_int_t)at_ms, "pokes", take_ids));
}

json_t *journal_state_end(enum journal_outcome outcome, int64_t at_ms)
{
	return journal_state_checked(json_pack("{s:s, s:s, s:I}", "kind", "end", "outcome", outcome_names[outcome], "at",
	    (json_int_t)at_ms));
}

/* The common members of poke and past. */
struct poke_head {
	const char *id;
	enum poke_state state;
	json_int_t at_ms;
};

static bool read_poke_head(const json_t *head, struct poke_head *out)
{
	const char *state;

	return !json_unpack((json_t *)head, "{s:s, s:s, s:I}", "id", &out->id, "state", &state, "at", &out->at_ms) &&
	       poke_state_parse(state, &out->state);
}

static bool apply_poke(struct journal_state *state, const json_t *head, off_t offset)
{
	struct poke_head poke;

	if (!read_poke_head(head, &poke) || poke.state > POKE_MERGED || replay_cache_find(state->replay_cache, poke.id))
		return false;
	struct replay_entry *entry = replay_cache_add(state->replay_cache, poke.id, poke.at_ms, poke.state);
	if (!entry)
		return false;
	entry->offset = offset;
	return true;
}

static bool apply_past(struct journal_state *state, const json_t *head, off_t offset)
{
	struct poke_head poke;

	(void)offset;
	if (!read_poke_head(head, &poke) || !poke_state_is_final(poke.state))
		return false;
	struct replay_entry *entry = replay_cache_find(state->replay_cache, poke.id);
	if (!entry)
		return replay_cache_add(state->replay_cache, poke.id, poke.at_ms, poke.state) != NULL;
	entry->state = poke.state;
	entry->at_ms = poke.at_ms;
	return true;
}

static bool apply_start(struct journal_state *state, const json_t *head, off_t offset)
{
	const char *run_id;
	json_t *ids, *id;
	size_t i;

	(void)offset;
	if (json_unpack((json_t *)head, "{s:s, s:o}", "run", &run_id, "pokes", &ids))
		return false;
	free(state->run_id);
	state->run_id = memory_text(run_id);
	json_array_foreach (ids, i, id) {
		struct replay_entry *entry =
		    json_is_string(id) ? replay_cache_find(state->replay_cache, json_string_value(id)) : NULL;
		if (entry && !poke_state_is_final(entry->state))
			entry->state = POKE_RUNNING;
	}
	return true;
}

/* Only one run is in progress at a time, so every running poke belongs to it. */
static void end_run(struct journal_state *state, enum journal_outcome outcome, int64_t at_ms)
{
	static const enum poke_state states[] = {
		[JOURNAL_DONE] = POKE_DONE,
		[JOURNAL_FAILED] = POKE_FAILED,
		[JOURNAL_LOST] = POKE_LOST,
		[JOURNAL_NOT_BEGUN] = POKE_QUEUED,
	};

	for (struct replay_entry *entry = replay_cache_first(state->replay_cache); entry;
	     entry = replay_cache_next(entry)) {
		if (entry->state != POKE_RUNNING)
			continue;
		entry->state = states[outcome];
		if (poke_state_is_final(entry->state))
			entry->at_ms = at_ms;
	}
	free(state->run_id);
	state->run_id = NULL;
}

static bool apply_end(struct journal_state *state, const json_t *head, off_t offset)
{
	const char *name = json_string_value(json_object_get(head, "outcome"));

	(void)offset;
	for (size_t i = 0; name && i < sizeof(outcome_names) / sizeof(*outcome_names); i++) {
		if (!strcmp(name, outcome_names[i])) {
			end_run(state, (enum journal_outcome)i, json_integer_value(json_object_get(head, "at")));
			return true;
		}
	}
	return false;
}

bool journal_state_apply(struct journal_state *state, const json_t *head, off_t offset)
{
	static const struct {
		const char *kind;
		bool (*apply)(struct journal_state *state, const json_t *head, off_t offset);
	} kinds[] = {
		{ "poke", apply_poke },
		{ "past", apply_past },
		{ "start", apply_start },
		{ "end", apply_end },
	};
	const char *kind = json_string_value(json_object_get(head, "kind"));

	if (!kind)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			return kinds[i].apply(state, head, offset);
	return true;
}

static bool replay_record(struct journal_state *state, const char *bytes, size_t size, off_t offset)
{
	struct journal_record record;

	if (!journal_record_decode(bytes, size, &record))
		return false;
	bool applied = journal_state_apply(state, record.head, offset);
	journal_record_finish(&record);
	return applied;
}

void journal_state_replay(struct journal_state *state, const char *bytes, size_t size, off_t offset,
    struct journal_damage *out)
{
	size_t at = 0, record_size;
	struct journal_damage damage = { 0 };

	while ((record_size = journal_record_size(bytes + at, size - at)) && record_size <= size - at) {
		if (!replay_record(state, bytes + at, record_size, offset + (off_t)at))
			damage.records++;
		at += record_size;
	}
	damage.tail_bytes = size - at;
	*out = damage;
}
