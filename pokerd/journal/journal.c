/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/journal.h"

#include "common/memory.h"
#include "pokerd/journal/journal_file.h"
#include "pokerd/journal/journal_load.h"
#include "pokerd/journal/journal_record.h"
#include "pokerd/journal/journal_state.h"
#include "pokerd/journal/past_ids.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CLOCK_MS = 600000,        /* running time that a restart may lose if nothing happens */
	QUICKLY_COPIED_MAX = 500, /* pokes: half of JOURNAL_BYTES_MAX at most */
	SLACK_BYTES = 1 << 20,    /* a past of this size is not worth a new file */
};

struct journal {
	struct journal_file file;
	struct journal_state state;
	struct past_ids *past; /* what has ended and is not in the file any more */
	size_t spill_at;       /* when so many are known in memory, those that have ended go there */
	const char *boot;
	int64_t remember_ms;
	int64_t (*monotonic_ms)(void);
	int64_t zero_ms; /* of the running time, on the monotonic clock */
	void (*lost)(const char *id);
	off_t due_bytes; /* above this size a new file is worth it */
};

static int64_t journal_ran_ms(const struct journal *journal)
{
	return journal->monotonic_ms() - journal->zero_ms;
}

/* A growing array of bytes. */
struct buffer {
	char *bytes;
	size_t size, room;
};

static void buffer_append(struct buffer *buffer, const char *bytes, size_t size)
{
	if (buffer->size + size > buffer->room) {
		buffer->room = (buffer->size + size) * 2;
		buffer->bytes = memory_grow(buffer->bytes, buffer->room, 1);
	}
	memcpy(buffer->bytes + buffer->size, bytes, size);
	buffer->size += size;
}

static void buffer_append_record(struct buffer *buffer, json_t *take_head, int64_t ran_ms)
{
	size_t size;

	journal_state_date(take_head, ran_ms);
	char *bytes = journal_record_encode(take_head, NULL, 0, &size);

	buffer_append(buffer, bytes, size);
	free(bytes);
	json_decref(take_head);
}

void poke_finish(struct poke *poke)
{
	free(poke->id);
	free(poke->path);
	free(poke->key);
	free(poke->body);
	*poke = (struct poke){ 0 };
}

/* The caller frees *out_bytes, which *out borrows from, and calls journal_record_finish. */
static bool read_record(const struct journal *journal, const struct replay_entry *entry, struct journal_record *out,
    char **out_bytes, size_t *out_size, struct error *err)
{
	char *bytes;
	size_t size;

	if (!journal_file_read(&journal->file, entry->offset, &bytes, &size, err))
		return false;
	if (!journal_record_decode(bytes, size, out)) {
		free(bytes);
		return error_set(err, ERROR_INTERNAL, "%s: the record at byte %lld is damaged", journal->file.path,
		    (long long)entry->offset);
	}
	*out_bytes = bytes;
	*out_size = size;
	return true;
}

static bool copy_record(struct buffer *buffer, const struct journal *journal, const struct replay_entry *entry)
{
	struct journal_record record;
	char *bytes;
	size_t size;

	if (!read_record(journal, entry, &record, &bytes, &size, NULL))
		return false;
	buffer_append(buffer, bytes, size);
	journal_record_finish(&record);
	free(bytes);
	return true;
}

/* An unreadable record must not prevent the others from being read and written. */
static void lose(const struct journal *journal, struct replay_entry *entry)
{
	entry->state = POKE_LOST;
	entry->ended_ms = journal_ran_ms(journal);
	journal->lost(entry->id);
}

/* As many of the running ids from *next on as one record may have; *next: the first that is left, NULL: none is. */
static json_t *running_ids(const struct replay_entry **next)
{
	const struct replay_entry *entry = *next;
	json_t *ids = json_array();
	size_t bytes = 0;

	for (; entry && bytes < JOURNAL_IDS_BYTES_MAX; entry = replay_cache_next(entry)) {
		if (entry->state != POKE_RUNNING)
			continue;
		json_array_append_new(ids, json_string(entry->id));
		bytes += strlen(entry->id);
	}
	*next = entry;
	return ids;
}

static void render_run(const struct journal_state *state, struct buffer *out, int64_t ran_ms)
{
	const struct replay_entry *next = replay_cache_first(state->replay_cache);

	buffer_append_record(out, journal_state_start(&state->run, running_ids(&next), &state->starts), ran_ms);
	while (next)
		buffer_append_record(out, journal_state_more(running_ids(&next)), ran_ms);
}

/* Encodes the state as the shortest equivalent file. offsets[i] is the position of the i-th entry's record in it. */
static void journal_render(const struct journal *journal, struct buffer *out, off_t *offsets)
{
	const struct journal_run *run = &journal->state.run;
	const struct journal_starts *before = run->id ? &journal->state.starts_before : &journal->state.starts;
	int64_t ran_ms = journal_ran_ms(journal);
	size_t i = 0;

	buffer_append(out, JOURNAL_MAGIC, JOURNAL_MAGIC_BYTES);
	for (struct replay_entry *entry = replay_cache_first(journal->state.replay_cache); entry;
	     entry = replay_cache_next(entry)) {
		offsets[i++] = (off_t)out->size;
		if (!poke_state_is_final(entry->state) && !copy_record(out, journal, entry))
			lose(journal, entry);
		if (poke_state_is_final(entry->state))
			buffer_append_record(out, journal_state_past(entry->id, entry->state), entry->ended_ms);
		else if (entry->attempt_of)
			buffer_append_record(out, journal_state_again(entry), ran_ms);
	}
	for (i = 0; i < journal->state.unknown_count; i++)
		buffer_append(out, journal->state.unknown[i].bytes, journal->state.unknown[i].size);
	if (*before->boot)
		buffer_append_record(out, journal_state_starts(before), ran_ms);
	if (journal->state.gates.memory)
		buffer_append_record(out, journal_state_gates(&journal->state.gates), ran_ms);
	if (run->id)
		render_run(&journal->state, out, ran_ms);
	buffer_append_record(out, journal_state_clock(), ran_ms);
}

static off_t due_after(off_t bytes)
{
	off_t due_bytes = bytes * 2 + SLACK_BYTES;

	return due_bytes < JOURNAL_BYTES_MAX ? due_bytes : JOURNAL_BYTES_MAX;
}

static bool rewrite(struct journal *journal, struct error *err)
{
	struct buffer buffer = { 0 };
	off_t *offsets = memory_allocate(replay_cache_count(journal->state.replay_cache) * sizeof(*offsets));
	size_t i = 0;

	journal_render(journal, &buffer, offsets);
	bool replaced = journal_file_replace(&journal->file, buffer.bytes, buffer.size, err);
	if (replaced) {
		for (struct replay_entry *entry = replay_cache_first(journal->state.replay_cache); entry;
		     entry = replay_cache_next(entry))
			entry->offset = offsets[i++];
		journal->due_bytes = due_after(journal->file.bytes);
	}
	free(offsets);
	free(buffer.bytes);
	return replaced;
}

static struct journal_starts starts_now(const struct journal *journal, const struct run_queue_starts *queue)
{
	struct journal_starts starts = { .queue = *queue, .clock_ms = journal->monotonic_ms() };

	snprintf(starts.boot, sizeof(starts.boot), "%s", journal->boot);
	return starts;
}

static struct journal_gates gates_now(const struct journal *journal, json_t *memory)
{
	struct journal_gates gates = {
		.memory = memory,
		.clock_ms = journal->monotonic_ms(),
		.ran_ms = journal_ran_ms(journal),
	};

	snprintf(gates.boot, sizeof(gates.boot), "%s", journal->boot);
	return gates;
}

/* After a boot nothing tells how long the machine was off: what was missing of the burst then is missing now. */
static void carry_over_boot(struct journal *journal, struct journal_starts *starts)
{
	int64_t now_ms = journal->monotonic_ms();

	if (!*starts->boot || (!strcmp(starts->boot, journal->boot) && starts->clock_ms <= now_ms))
		return;
	struct run_queue_starts queue = starts->queue;
	queue.full_ms += now_ms - starts->clock_ms;
	*starts = starts_now(journal, &queue);
}

static bool open_past(struct journal *journal, const struct journal_options *options, struct journal_damage *damage,
    struct error *err)
{
	char *folder = memory_format("%s/ids", options->state_directory);

	journal->past = past_ids_open(folder, &damage->id_files, err);
	free(folder);
	return journal->past != NULL;
}

bool journal_open(const struct journal_options *options, struct journal **out, struct journal_damage *out_damage,
    struct error *err)
{
	struct journal *journal = memory_zeroed(1, sizeof(*journal));
	struct journal_damage damage = { 0 };
	char *path = memory_format("%s/journal", options->state_directory);

	journal_file_init(&journal->file, path);
	free(path);
	journal_state_init(&journal->state);
	journal->boot = options->boot;
	journal->remember_ms = options->remember_ms;
	journal->monotonic_ms = options->monotonic_ms;
	journal->lost = options->lost;
	journal->due_bytes = SLACK_BYTES;
	journal->spill_at = JOURNAL_PAST_MAX;
	bool loaded =
	    journal_load(&journal->file, &journal->state, &damage, err) && open_past(journal, options, &damage, err);
	if (loaded && past_ids_newest_ms(journal->past) > journal->state.ran_ms)
		journal->state.ran_ms = past_ids_newest_ms(journal->past);
	journal->zero_ms = journal->monotonic_ms() - journal->state.ran_ms;
	carry_over_boot(journal, &journal->state.starts);
	carry_over_boot(journal, &journal->state.starts_before);
	if (!loaded || !journal_tidy(journal, err)) {
		journal_close(journal);
		return false;
	}
	*out = journal;
	*out_damage = damage;
	return true;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_file_finish(&journal->file);
	journal_state_finish(&journal->state);
	past_ids_close(journal->past);
	free(journal);
}

/* The ids that have ended move from memory to a file of their own; the journal loses them when it is next written anew.
   If there is no space they stay where they are. */
static void spill(struct journal *journal)
{
	if (past_ids_take_ended(journal->past, journal->state.replay_cache, JOURNAL_PAST_MAX / 2))
		journal->due_bytes = 0;
	journal->spill_at = replay_cache_count(journal->state.replay_cache) + JOURNAL_PAST_MAX / 2;
	if (journal->spill_at < JOURNAL_PAST_MAX)
		journal->spill_at = JOURNAL_PAST_MAX;
}

static void spill_if_due(struct journal *journal)
{
	if (replay_cache_count(journal->state.replay_cache) >= journal->spill_at)
		spill(journal);
}

bool journal_find(const struct journal *journal, const char *id, enum poke_state *out_state)
{
	const struct replay_entry *entry = replay_cache_find(journal->state.replay_cache, id);

	if (!entry)
		return past_ids_find(journal->past, id, out_state);
	*out_state = entry->state;
	return true;
}

static bool journal_append(struct journal *journal, json_t *head, const struct poke *poke,
    enum journal_durability durability, struct error *err)
{
	size_t size;

	journal_state_date(head, journal_ran_ms(journal));

	if (!journal_file_is_there(&journal->file))
		journal->file.stale = true; /* what is appended to a file without a name is lost */
	if (journal->file.stale && !rewrite(journal, err))
		return false;
	off_t offset = journal->file.bytes;
	char *bytes = journal_record_encode(head, poke ? poke->body : NULL, poke ? poke->body_size : 0, &size);
	bool appended = journal_file_append(&journal->file, bytes, size, durability, err);
	free(bytes);
	if (appended)
		(void)journal_state_apply(&journal->state, head, offset);
	return appended;
}

/* For events that have happened whether or not they can be written: the state changes now, and the next new file will
   include them. */
static void journal_note(struct journal *journal, json_t *take_head, enum journal_durability durability)
{
	if (!journal_append(journal, take_head, NULL, durability, NULL)) {
		(void)journal_state_apply(&journal->state, take_head, 0);
		journal->file.stale = true;
	}
	json_decref(take_head);
}

/* Whether so few pokes have not ended that their bodies are quickly copied. */
static bool is_mostly_past(const struct journal *journal)
{
	size_t count = 0;

	for (const struct replay_entry *entry = replay_cache_first(journal->state.replay_cache); entry;
	     entry = replay_cache_next(entry))
		count += !poke_state_is_final(entry->state);
	return count <= QUICKLY_COPIED_MAX;
}

/* A file that consists mostly of the past is quickly rewritten; one that has to be copied for the most part is left to
   journal_tidy. */
static bool journal_is_full(struct journal *journal)
{
	if (journal->file.bytes >= JOURNAL_BYTES_MAX && is_mostly_past(journal))
		(void)journal_tidy(journal, NULL);
	return journal->file.bytes >= JOURNAL_BYTES_MAX;
}

bool journal_is_there(const struct journal *journal)
{
	return journal_file_is_there(&journal->file);
}

bool journal_accept(struct journal *journal, const struct poke *poke, enum poke_state state, struct error *err)
{
	assert(!replay_cache_find(journal->state.replay_cache, poke->id));
	spill_if_due(journal);
	if (journal_is_full(journal))
		return error_set(err, ERROR_UNAVAILABLE, "%s is full: no more pokes are accepted until it is rewritten",
		    journal->file.path);

	json_t *head = journal_state_poke(poke, state);
	if (!head)
		return error_set(err, ERROR_INVALID, "the path of the poke or the name of its key is not UTF-8");
	bool accepted = journal_append(journal, head, poke, JOURNAL_DURABLE, err);
	json_decref(head);
	return accepted;
}

void journal_ignore(struct journal *journal, const char *id)
{
	spill_if_due(journal);
	journal_note(journal, journal_state_past(id, POKE_IGNORED), JOURNAL_LAZY);
}

struct run_queue_starts journal_starts(const struct journal *journal)
{
	return journal->state.starts.queue;
}

/* As many ids from *next on as one record may have. */
static json_t *waiting_ids(const struct run_pokes *pokes, size_t *next)
{
	json_t *ids = json_array();

	for (size_t bytes = 0; *next < pokes->count && bytes < JOURNAL_IDS_BYTES_MAX; ++*next) {
		const char *id = pokes->list[*next].id;
		json_array_append_new(ids, json_string(id));
		bytes += strlen(id);
	}
	return ids;
}

static size_t end_with(struct journal *journal, enum journal_outcome outcome, const struct journal_gates *gates)
{
	json_t *head = journal_state_end(outcome);
	size_t given_up = 0;

	for (const struct replay_entry *entry = replay_cache_first(journal->state.replay_cache); entry;
	     entry = replay_cache_next(entry))
		given_up +=
		    outcome == JOURNAL_AGAIN && entry->state == POKE_RUNNING && entry->attempts + 1 >= JOURNAL_ATTEMPTS_MAX;
	journal_state_put_gates(head, gates);
	journal_note(journal, head, JOURNAL_DURABLE);
	if (replay_cache_count(journal->state.replay_cache) >= JOURNAL_PAST_MAX)
		spill(journal);
	return given_up;
}

size_t journal_end(struct journal *journal, enum journal_outcome outcome, json_t *gates)
{
	const struct journal_gates now = gates_now(journal, gates);

	return end_with(journal, outcome, &now);
}

/* Not synced: after a power cut the pokes are pending again, which is correct for an interrupted run. */
bool journal_start(struct journal *journal, const struct journal_beginning *beginning, struct error *err)
{
	const struct journal_run run = { (char *)beginning->run_id, (char *)journal->boot, beginning->started_ms };
	const struct journal_starts starts = starts_now(journal, &beginning->starts);
	const struct journal_gates gates = gates_now(journal, beginning->gates), before = journal->state.gates;
	json_t *memory_before = json_incref(before.memory);
	size_t next = 0;
	json_t *head = journal_state_start(&run, waiting_ids(beginning->pokes, &next), &starts);

	journal_state_put_gates(head, &gates);
	bool started = journal_append(journal, head, NULL, JOURNAL_LAZY, err), is_noted = started;
	json_decref(head);
	while (started && next < beginning->pokes->count) {
		head = journal_state_more(waiting_ids(beginning->pokes, &next));
		started = journal_append(journal, head, NULL, JOURNAL_LAZY, err);
		json_decref(head);
	}
	if (is_noted && !started)
		(void)end_with(journal, JOURNAL_NOT_BEGUN, &before);
	json_decref(memory_before);
	return started;
}

bool journal_set_gates(struct journal *journal, json_t *gates, struct error *err)
{
	const struct journal_gates now = gates_now(journal, gates);
	json_t *head = journal_state_gates(&now);
	bool written = journal_append(journal, head, NULL, JOURNAL_DURABLE, err);

	json_decref(head);
	return written;
}

const json_t *journal_gates(const struct journal *journal, int64_t *out_age_ms)
{
	const struct journal_gates *gates = &journal->state.gates;
	int64_t age_ms = journal->monotonic_ms() - gates->clock_ms;

	if (!gates->memory)
		return NULL;
	*out_age_ms = !strcmp(gates->boot, journal->boot) && age_ms >= 0 ? age_ms : journal_ran_ms(journal) - gates->ran_ms;
	return gates->memory;
}

const struct journal_run *journal_run(const struct journal *journal)
{
	return journal->state.run.id ? &journal->state.run : NULL;
}

const char *journal_attempt_of(const struct journal *journal, const struct run_pokes *pokes)
{
	for (size_t i = pokes->count; i-- > 0;) {
		const struct replay_entry *entry = replay_cache_find(journal->state.replay_cache, pokes->list[i].id);
		if (entry && entry->attempt_of)
			return entry->attempt_of;
	}
	return NULL;
}

static char *journal_text_of(const json_t *head, const char *name)
{
	const char *text = json_string_value(json_object_get(head, name));

	return memory_text(text ? text : "");
}

static bool read_poke(const struct journal *journal, const struct replay_entry *entry, struct poke *out,
    struct error *err)
{
	struct journal_record record;
	char *bytes;
	size_t size;

	if (!read_record(journal, entry, &record, &bytes, &size, err))
		return false;
	*out = (struct poke){
		.id = memory_text(entry->id),
		.path = journal_text_of(record.head, "path"),
		.key = journal_text_of(record.head, "key"),
		.body = memory_copy(record.body, record.body_size),
		.body_size = record.body_size,
		.at_ms = entry->at_ms,
	};
	journal_record_finish(&record);
	free(bytes);
	return true;
}

void journal_running(const struct journal *journal, void (*each)(void *context, const struct poke *poke), void *context)
{
	for (const struct replay_entry *entry = replay_cache_first(journal->state.replay_cache); entry;
	     entry = replay_cache_next(entry)) {
		struct poke poke = { 0 };
		if (entry->state != POKE_RUNNING)
			continue;
		if (!read_poke(journal, entry, &poke, NULL))
			poke.id = memory_text(entry->id);
		each(context, &poke);
		poke_finish(&poke);
	}
}

static bool is_waiting(const struct replay_entry *entry)
{
	return entry->state == POKE_QUEUED || entry->state == POKE_MERGED;
}

void journal_waiting(struct journal *journal, void (*each)(void *context, const struct poke *poke), void *context)
{
	for (struct replay_entry *entry = replay_cache_first(journal->state.replay_cache); entry;
	     entry = replay_cache_next(entry)) {
		struct poke poke;
		if (!is_waiting(entry))
			continue;
		if (read_poke(journal, entry, &poke, NULL)) {
			each(context, &poke);
			poke_finish(&poke);
		} else {
			lose(journal, entry);
			journal_note(journal, journal_state_past(entry->id, POKE_LOST), JOURNAL_LAZY);
		}
	}
}

bool journal_read(const struct journal *journal, const char *id, struct poke *out, struct error *err)
{
	const struct replay_entry *entry = replay_cache_find(journal->state.replay_cache, id);

	if (!entry || poke_state_is_final(entry->state))
		return error_set(err, ERROR_NOT_FOUND, "%s: poke %s is not pending", journal->file.path, id);
	return read_poke(journal, entry, out, err);
}

bool journal_tidy(struct journal *journal, struct error *err)
{
	int64_t ran_ms = journal_ran_ms(journal);

	replay_cache_forget_before(journal->state.replay_cache, ran_ms - journal->remember_ms);
	if (replay_cache_count(journal->state.replay_cache) >= JOURNAL_PAST_MAX)
		spill(journal);
	past_ids_forget(journal->past, ran_ms - journal->remember_ms, ran_ms - JOURNAL_YOUNG_MS);
	if (ran_ms - journal->state.ran_ms >= CLOCK_MS)
		journal_note(journal, journal_state_clock(), JOURNAL_LAZY);
	if (!journal->file.stale && journal->file.bytes < journal->due_bytes)
		return true;
	return rewrite(journal, err);
}
