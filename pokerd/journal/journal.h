/* journal.h - every accepted poke from its 202 to its final state, preserved across crashes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_JOURNAL_H
#define POKERD_JOURNAL_JOURNAL_H

#include "common/error.h"
#include "pokerd/queue/run_pokes.h"
#include "pokerd/queue/run_queue.h"
#include "pokerd/journal/replay_cache.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A poke as received. journal_accept borrows the strings; after journal_read they are owned. */
struct poke {
	char *id;   /* webhook-id */
	char *path; /* of the request: with key and body, enough to find its rule again */
	char *key;  /* the name of the signing key */
	char *body;
	size_t body_size;
	int64_t at_ms; /* wall clock */
};

void poke_finish(struct poke *poke);

/* How a run ended, for its pokes. */
enum journal_outcome {
	JOURNAL_DONE,
	JOURNAL_FAILED,
	JOURNAL_LOST,      /* the result is unknown, and no further run is wanted */
	JOURNAL_AGAIN,     /* the result is unknown: its pokes are pending again, up to JOURNAL_ATTEMPTS_MAX times */
	JOURNAL_NOT_BEGUN, /* nothing was executed: its pokes are pending again */
};

enum { JOURNAL_ATTEMPTS_MAX = 5 };

struct journal_run {
	char *id;
	char *boot; /* the boot id at its start; "": unknown */
	int64_t started_ms;
};

/* A run that is about to begin; all borrowed. */
struct journal_beginning {
	const char *run_id;
	const struct run_pokes *pokes;
	int64_t started_ms;             /* wall clock */
	struct run_queue_starts starts; /* run_queue_starts_after */
	json_t *gates;                  /* run_queue_save_started; NULL: as before */
};

/* One file, "journal" in the state directory, whose lock the caller has. It is appended to, and rewritten when most of
   it is past. Ids are remembered by running time: the time that pokerd has run, over all restarts. The wall clock can
   be set, so it decides nothing; its times are passed in to be shown. */
struct journal;

struct journal_options {
	const char *state_directory; /* must exist */
	const char *boot;            /* boot_id.h; borrowed until journal_close */
	int64_t remember_ms;         /* how long an id is remembered after its poke has ended */
	int64_t (*monotonic_ms)(void);
	/* A pending poke cannot be read any more: it ends as POKE_LOST. */
	void (*lost)(const char *id);
};

/* Findings of the replay that an operator should know about. */
struct journal_damage {
	size_t records;    /* complete but damaged: skipped */
	size_t tail_bytes; /* after the last complete record: cut off */
	size_t id_files;   /* of ended pokes: put aside, so that their ids are unknown */
	bool is_kept;      /* the original file is kept as "journal.damaged", replacing an earlier one */
};

/* ERROR_INVALID: not a journal, or one of a newer format; the file is left unchanged. */
bool journal_open(const struct journal_options *options, struct journal **out, struct journal_damage *out_damage,
    struct error *err);
/* Accepts NULL. */
void journal_close(struct journal *journal);

/* Looks up an id, to detect replays and to answer them. */
bool journal_find(const struct journal *journal, const char *id, enum poke_state *out_state);

/* Whether the file is still at its path. If it was removed, the next record writes it anew, which fails while its
   directory is missing. */
bool journal_is_there(const struct journal *journal);

/* The poke is durable when this returns true; state is POKE_QUEUED or POKE_MERGED. The id must be unknown. There is no
   limit to the number of pokes. ERROR_UNAVAILABLE: no space on the disk, or the pending ones fill JOURNAL_BYTES_MAX;
   nothing is stored, and the call may be repeated later. */
bool journal_accept(struct journal *journal, const struct poke *poke, enum poke_state state, struct error *err);

enum {
	JOURNAL_BYTES_MAX = 64 << 20,
	JOURNAL_PAST_MAX = 16384,  /* ids that have ended and are in memory; more are in files: past_ids.h */
	JOURNAL_YOUNG_MS = 600000, /* a signature is valid for 300 s both ways: an id is remembered at least that long */
};

/* No rule matches: an unknown poke, or one that was accepted under an earlier configuration. This is its final state.
   */
void journal_ignore(struct journal *journal, const char *id);

/* A run for these pokes is about to start. ERROR_UNAVAILABLE: no space; nothing has changed. One run at a time. */
bool journal_start(struct journal *journal, const struct journal_beginning *beginning, struct error *err);

/* The part of the queue's burst used up by all starts so far, except those that ended as JOURNAL_NOT_BEGUN. A boot
   counts as having taken no time. */
struct run_queue_starts journal_starts(const struct journal *journal);

/* Ends the run that was started, and its pokes: the first ran in it, the others were merged into it. Synced, so that
   they do not run again after a power cut. gates (run_queue_save) is what the queue remembers from now on; borrowed,
   NULL: as before. Returns how many of the pokes JOURNAL_AGAIN has given up (POKE_LOST). */
size_t journal_end(struct journal *journal, enum journal_outcome outcome, json_t *gates);

/* What the queue remembers (run_queue_save, borrowed) has changed. Synced. ERROR_UNAVAILABLE: no space; it is as it
   was. */
bool journal_set_gates(struct journal *journal, json_t *gates, struct error *err);
/* The last of these, borrowed, and how long ago it was saved. The time that the machine was off counts for nothing, and
   across a boot only the time that pokerd has run is known. NULL: there is none. */
const json_t *journal_gates(const struct journal *journal, int64_t *out_age_ms);

/* The run that was started and has not ended; NULL: none. Borrowed. After a restart: find it (supervisor_find), then
   end it. */
const struct journal_run *journal_run(const struct journal *journal);
/* Calls each for all pokes of that run, in order of arrival; the poke is borrowed. One that cannot be read has only its
   id. */
void journal_running(const struct journal *journal, void (*each)(void *context, const struct poke *poke),
    void *context);

/* The last lost run that had one of these pokes; NULL: none. Borrowed. */
const char *journal_attempt_of(const struct journal *journal, const struct run_pokes *pokes);

/* Calls each for all pending pokes that can be read, in order of arrival; the poke is borrowed. It may call
   journal_ignore. */
void journal_waiting(struct journal *journal, void (*each)(void *context, const struct poke *poke), void *context);

/* Reads a poke that is pending or running; the caller calls poke_finish. */
bool journal_read(const struct journal *journal, const char *id, struct poke *out, struct error *err);

/* Forgets old pokes, and rewrites the file if that is due or if an ignore or end found no space; otherwise cheap.
   Called now and then, not between a request and its answer; journal_accept does it when the file is full and no poke
   is pending. On failure the old file remains, and the call may be repeated. */
bool journal_tidy(struct journal *journal, struct error *err);

#endif
