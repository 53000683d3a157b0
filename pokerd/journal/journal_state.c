/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/journal_state.h"

#include "common/memory.h"
#include "pokerd/journal/journal_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcome_names[] = {
	[JOURNAL_DONE] = "done",
	[JOURNAL_FAILED] = "failed",
	[JOURNAL_LOST] = "lost",
	[JOURNAL_AGAIN] = "again",
	[JOURNAL_NOT_BEGUN] = "not begun",
};

void journal_state_init(struct journal_state *state)
{
	*state = (struct journal_state){ .replay_cache = replay_cache_create() };
}

static void forget_run(struct journal_state *state)
{
	free(state->run.id);
	free(state->run.boot);
	state->run = (struct journal_run){ 0 };
}

static void set_gates(struct journal_gates *gates, const struct journal_gates *from)
{
	json_t *memory = json_incref(from->memory);

	json_decref(gates->memory);
	*gates = *from;
	gates->memory = memory;
}

void journal_state_finish(struct journal_state *state)
{
	static const struct journal_gates none;

	replay_cache_destroy(state->replay_cache);
	forget_run(state);
	set_gates(&state->gates, &none);
	for (size_t i = 0; i < state->unknown_count; i++)
		free(state->unknown[i].bytes);
	free(state->unknown);
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

json_t *journal_state_past(const char *id, enum poke_state state)
{
	return journal_state_checked(json_pack("{s:s, s:s, s:s}", "kind", "past", "id", id, "state",
	    poke_state_name(state)));
}

json_t *journal_state_clock(void)
{
	return journal_state_checked(json_pack("{s:s}", "kind", "clock"));
}

static json_t *journal_starts_json(const struct journal_starts *starts)
{
	return json_pack("{s:s, s:I, s:I, s:I}", "boot", starts->boot, "clock", (json_int_t)starts->clock_ms, "full",
	    (json_int_t)starts->queue.full_ms, "interval", (json_int_t)starts->queue.interval_ms);
}

static bool read_starts(const json_t *head, struct journal_starts *out)
{
	json_int_t clock_ms, full_ms, interval_ms;
	const char *boot;

	if (json_unpack((json_t *)head, "{s:{s:s, s:I, s:I, s:I}}", "starts", "boot", &boot, "clock", &clock_ms, "full",
	        &full_ms, "interval", &interval_ms))
		return false;
	*out = (struct journal_starts){ .queue = { full_ms, interval_ms }, .clock_ms = clock_ms };
	snprintf(out->boot, sizeof(out->boot), "%s", boot);
	return true;
}

json_t *journal_state_start(const struct journal_run *run, json_t *take_ids, const struct journal_starts *starts)
{
	return journal_state_checked(json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}", "kind", "start", "run", run->id, "boot",
	    run->boot, "at", (json_int_t)run->started_ms, "pokes", take_ids, "starts", journal_starts_json(starts)));
}

void journal_state_put_gates(json_t *head, const struct journal_gates *gates)
{
	if (gates->memory)
		json_object_set_new(head, "gates",
		    journal_state_checked(json_pack("{s:s, s:I, s:I, s:O}", "boot", gates->boot, "clock",
		        (json_int_t)gates->clock_ms, "ran", (json_int_t)gates->ran_ms, "memory", gates->memory)));
}

json_t *journal_state_gates(const struct journal_gates *gates)
{
	json_t *head = journal_state_checked(json_pack("{s:s}", "kind", "gates"));

	journal_state_put_gates(head, gates);
	return head;
}

/* False, with nothing changed: the head has none. */
static bool read_gates(const json_t *head, struct journal_gates *out)
{
	json_int_t clock_ms, ran_ms;
	const char *boot;
	json_t *memory;

	if (json_unpack((json_t *)head, "{s:{s:s, s:I, s:I, s:o}}", "gates", "boot", &boot, "clock", &clock_ms, "ran",
	        &ran_ms, "memory", &memory))
		return false;
	struct journal_gates gates = { .memory = memory, .clock_ms = clock_ms, .ran_ms = ran_ms };
	snprintf(gates.boot, sizeof(gates.boot), "%s", boot);
	set_gates(out, &gates);
	return true;
}

json_t *journal_state_more(json_t *take_ids)
{
	return journal_state_checked(json_pack("{s:s, s:o}", "kind", "more", "pokes", take_ids));
}

json_t *journal_state_starts(const struct journal_starts *starts)
{
	return journal_state_checked(json_pack("{s:s, s:o}", "kind", "starts", "starts", journal_starts_json(starts)));
}

json_t *journal_state_again(const struct replay_entry *entry)
{
	return journal_state_checked(json_pack("{s:s, s:s, s:s, s:i}", "kind", "again", "id", entry->id, "run",
	    entry->attempt_of, "attempts", (int)entry->attempts));
}

json_t *journal_state_end(enum journal_outcome outcome)
{
	return journal_state_checked(json_pack("{s:s, s:s}", "kind", "end", "outcome", outcome_names[outcome]));
}

void journal_state_date(json_t *head, int64_t ran_ms)
{
	json_object_set_new(head, "ran", json_integer(ran_ms));
}

/* A record of an earlier version has no running time: it counts as the latest, so that no id is forgotten too early. */
static int64_t ran_of(const struct journal_state *state, const json_t *head)
{
	const json_t *ran = json_object_get(head, "ran");

	return json_is_integer(ran) ? json_integer_value(ran) : state->ran_ms;
}

/* The common members of poke and past. */
struct poke_head {
	const char *id;
	enum poke_state state;
};

static bool read_poke_head(const json_t *head, struct poke_head *out)
{
	const char *state;

	return !json_unpack((json_t *)head, "{s:s, s:s}", "id", &out->id, "state", &state) &&
	       poke_state_parse(state, &out->state);
}

static bool apply_poke(struct journal_state *state, const json_t *head, off_t offset)
{
	const json_t *at = json_object_get(head, "at");
	struct poke_head poke;

	if (!read_poke_head(head, &poke) || !json_is_integer(at) || poke.state > POKE_MERGED ||
	    replay_cache_find(state->replay_cache, poke.id))
		return false;
	struct replay_entry *entry = replay_cache_add(state->replay_cache, poke.id, state->ran_ms, poke.state);
	entry->at_ms = json_integer_value(at);
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
		entry = replay_cache_add(state->replay_cache, poke.id, ran_of(state, head), poke.state);
	entry->state = poke.state;
	entry->ended_ms = ran_of(state, head);
	return true;
}

static void set_attempts(struct replay_entry *entry, const char *run_id, unsigned attempts)
{
	free(entry->attempt_of);
	entry->attempt_of = memory_text(run_id);
	entry->attempts = attempts;
}

static bool apply_again(struct journal_state *state, const json_t *head, off_t offset)
{
	const char *id, *run_id;
	int attempts;

	(void)offset;
	if (json_unpack((json_t *)head, "{s:s, s:s, s:i}", "id", &id, "run", &run_id, "attempts", &attempts) ||
	    attempts <= 0)
		return false;
	struct replay_entry *entry = replay_cache_find(state->replay_cache, id);
	if (!entry)
		return false;
	set_attempts(entry, run_id, (unsigned)attempts);
	return true;
}

static void set_running(struct journal_state *state, json_t *ids)
{
	json_t *id;
	size_t i;

	json_array_foreach (ids, i, id) {
		struct replay_entry *entry =
		    json_is_string(id) ? replay_cache_find(state->replay_cache, json_string_value(id)) : NULL;
		if (entry && !poke_state_is_final(entry->state))
			entry->state = POKE_RUNNING;
	}
}

static bool apply_more(struct journal_state *state, const json_t *head, off_t offset)
{
	json_t *ids = json_object_get(head, "pokes");

	(void)offset;
	if (!state->run.id || !json_is_array(ids))
		return false;
	set_running(state, ids);
	return true;
}

static bool apply_start(struct journal_state *state, const json_t *head, off_t offset)
{
	const char *run_id, *boot = "";
	json_int_t at_ms;
	json_t *ids;

	(void)offset;
	if (json_unpack((json_t *)head, "{s:s, s?s, s:I, s:o}", "run", &run_id, "boot", &boot, "at", &at_ms, "pokes", &ids))
		return false;
	forget_run(state);
	state->run = (struct journal_run){ memory_text(run_id), memory_text(boot), at_ms };
	state->starts_before = state->starts;
	(void)read_starts(head, &state->starts); /* the first version had none */
	(void)read_gates(head, &state->gates);
	set_running(state, ids);
	return true;
}

static void end_poke(const struct journal_state *state, struct replay_entry *entry, enum journal_outcome outcome,
    int64_t ran_ms)
{
	static const enum poke_state states[] = {
		[JOURNAL_DONE] = POKE_DONE,
		[JOURNAL_FAILED] = POKE_FAILED,
		[JOURNAL_LOST] = POKE_LOST,
		[JOURNAL_AGAIN] = POKE_QUEUED,
		[JOURNAL_NOT_BEGUN] = POKE_QUEUED,
	};

	entry->state = states[outcome];
	if (outcome == JOURNAL_AGAIN && state->run.id) {
		set_attempts(entry, state->run.id, entry->attempts + 1);
		if (entry->attempts >= JOURNAL_ATTEMPTS_MAX)
			entry->state = POKE_LOST;
	}
	if (poke_state_is_final(entry->state)) {
		entry->ended_ms = ran_ms;
		free(entry->attempt_of);
		entry->attempt_of = NULL;
		entry->attempts = 0;
	}
}

/* Only one run is in progress at a time, so every running poke belongs to it. */
static void end_run(struct journal_state *state, enum journal_outcome outcome, int64_t ran_ms)
{
	for (struct replay_entry *entry = replay_cache_first(state->replay_cache); entry; entry = replay_cache_next(entry))
		if (entry->state == POKE_RUNNING)
			end_poke(state, entry, outcome, ran_ms);
	if (outcome == JOURNAL_NOT_BEGUN && state->run.id)
		state->starts = state->starts_before;
	forget_run(state);
}

static bool apply_starts(struct journal_state *state, const json_t *head, off_t offset)
{
	(void)offset;
	return read_starts(head, &state->starts);
}

static bool apply_gates(struct journal_state *state, const json_t *head, off_t offset)
{
	(void)offset;
	return read_gates(head, &state->gates);
}

static bool apply_end(struct journal_state *state, const json_t *head, off_t offset)
{
	const char *name = json_string_value(json_object_get(head, "outcome"));

	(void)offset;
	for (size_t i = 0; name && i < sizeof(outcome_names) / sizeof(*outcome_names); i++) {
		if (!strcmp(name, outcome_names[i])) {
			end_run(state, (enum journal_outcome)i, ran_of(state, head));
			(void)read_gates(head, &state->gates);
			return true;
		}
	}
	return false;
}

static bool apply_clock(struct journal_state *state, const json_t *head, off_t offset)
{
	(void)state, (void)head, (void)offset; /* its date says it all */
	return true;
}

/* A new kind is a row here. */
static const struct record_kind {
	const char *kind;
	bool (*apply)(struct journal_state *state, const json_t *head, off_t offset);
} record_kinds[] = {
	{ "poke", apply_poke },
	{ "past", apply_past },
	{ "again", apply_again },
	{ "start", apply_start },
	{ "more", apply_more },
	{ "starts", apply_starts },
	{ "gates", apply_gates },
	{ "end", apply_end },
	{ "clock", apply_clock },
};

static const struct record_kind *kind_of(const json_t *head)
{
	const char *kind = json_string_value(json_object_get(head, "kind"));

	for (size_t i = 0; kind && i < sizeof(record_kinds) / sizeof(*record_kinds); i++)
		if (!strcmp(kind, record_kinds[i].kind))
			return &record_kinds[i];
	return NULL;
}

bool journal_state_apply(struct journal_state *state, const json_t *head, off_t offset)
{
	const struct record_kind *kind = kind_of(head);
	int64_t ran_ms = ran_of(state, head);

	if (!kind && !json_is_string(json_object_get(head, "kind")))
		return false;
	if (ran_ms > state->ran_ms)
		state->ran_ms = ran_ms;
	return !kind || kind->apply(state, head, offset);
}

static void keep_unknown(struct journal_state *state, const char *bytes, size_t size)
{
	state->unknown = memory_grow(state->unknown, state->unknown_count + 1, sizeof(*state->unknown));
	state->unknown[state->unknown_count++] = (struct journal_unknown){ memory_copy(bytes, size), size };
}

static bool replay_record(struct journal_state *state, const char *bytes, size_t size, off_t offset)
{
	struct journal_record record;

	if (!journal_record_decode(bytes, size, &record))
		return false;
	bool applied = journal_state_apply(state, record.head, offset);
	if (applied && !kind_of(record.head))
		keep_unknown(state, bytes, size);
	journal_record_finish(&record);
	return applied;
}

void journal_state_replay(struct journal_state *state, const char *bytes, size_t size, off_t offset,
    struct journal_damage *out)
{
	size_t at = 0, record_size;
	struct journal_damage damage = { 0 };

	while (at < size) {
		record_size = journal_record_size(bytes + at, size - at);
		if (record_size && record_size <= size - at) {
			if (!replay_record(state, bytes + at, record_size, offset + (off_t)at))
				damage.records++;
		} else {
			record_size = journal_record_find(bytes + at, size - at);
			if (record_size == size - at)
				break;
			damage.records++;
		}
		at += record_size;
	}
	damage.tail_bytes = size - at;
	*out = damage;
}
