/* journal_state.h - the state that results from a journal's records: the state of each poke, and the run in progress.
   */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_JOURNAL_STATE_H
#define POKERD_JOURNAL_JOURNAL_STATE_H

#include "pokerd/run/boot_id.h"
#include "pokerd/journal/journal.h"

#include <jansson.h>

/* The part of the queue's burst used up at a moment of the monotonic clock, which restarts with each boot. */
struct journal_starts {
	struct run_queue_starts queue;
	int64_t clock_ms;
	char boot[BOOT_ID_BYTES]; /* "": there was no start yet */
};

/* What the queue remembers beside the pokes (run_queue_save), at a moment of both clocks. Zeroed: nothing. */
struct journal_gates {
	json_t *memory; /* owned */
	int64_t clock_ms, ran_ms;
	char boot[BOOT_ID_BYTES];
};

/* A record of a kind that this version does not know, kept for the one that wrote it. */
struct journal_unknown {
	char *bytes; /* the whole record, owned */
	size_t size;
};

enum { JOURNAL_IDS_BYTES_MAX = 1 << 20 };

struct journal_state {
	struct replay_cache *replay_cache;
	int64_t ran_ms; /* running time: of the last record that has it, or later */
	struct journal_starts starts,
	    starts_before;          /* the last start; the one before it, to which JOURNAL_NOT_BEGUN leads back */
	struct journal_gates gates; /* the last that was saved */
	struct journal_run run;     /* in progress; id NULL: none */
	struct journal_unknown *unknown;
	size_t unknown_count;
};

void journal_state_init(struct journal_state *state);
void journal_state_finish(struct journal_state *state);

/* Heads of records; the caller calls json_decref. */
/* Accepted: the poke's body follows. NULL if a text of it is not UTF-8. */
json_t *journal_state_poke(const struct poke *poke, enum poke_state state);
json_t *journal_state_past(const char *id, enum poke_state state); /* a poke that is in a final state */
json_t *journal_state_clock(void);
/* States when that happens or, in a record of the past, happened. */
void journal_state_date(json_t *head, int64_t ran_ms);
json_t *journal_state_start(const struct journal_run *run, json_t *take_ids, const struct journal_starts *starts);
/* Adds what the queue remembers from then on to a start, an end, or a record of its own. NULL memory: nothing. */
void journal_state_put_gates(json_t *head, const struct journal_gates *gates);
json_t *journal_state_gates(const struct journal_gates *gates);
/* More pokes of the run that the record before has started: no record has more than JOURNAL_IDS_BYTES_MAX of ids. */
json_t *journal_state_more(json_t *take_ids);
json_t *journal_state_starts(const struct journal_starts *starts);
/* A pending or running poke, and the lost run that it was part of. */
json_t *journal_state_again(const struct replay_entry *entry);
json_t *journal_state_end(enum journal_outcome outcome);

/* Applies a record that begins at offset, whether just written or read at a start. False, and nothing changed, if the
   head does not fit; true for unknown kinds, which journal_state_replay keeps. */
bool journal_state_apply(struct journal_state *state, const json_t *head, off_t offset);

/* Applies all records in bytes; the first is at that offset. */
void journal_state_replay(struct journal_state *state, const char *bytes, size_t size, off_t offset,
    struct journal_damage *out);

#endif
