/* journal.h - every accepted poke from its 202 to its one end, kept through crashes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_JOURNAL_H
#define POKERD_RUNNER_JOURNAL_H

#include "common/error.h"
#include "pokerd/runner/run_pokes.h"
#include "pokerd/runner/replay_cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A poke as it came in. The strings are borrowed by journal_accept, owned after journal_read. */
struct poke {
	char *id;   /* webhook-id */
	char *path; /* of the request: with key and body all that is needed to find its rule again */
	char *key;  /* the name of the key that signed it */
	char *body;
	size_t body_size;
	int64_t at_ms; /* wall clock */
};

void poke_finish(struct poke *poke);

/* How a run ended, for the pokes it answers. */
enum journal_outcome {
	JOURNAL_DONE,
	JOURNAL_FAILED,
	JOURNAL_LOST,      /* nobody knows */
	JOURNAL_NOT_BEGUN, /* nothing was executed: its pokes wait again */
};

/* One file, "journal" in the state directory, whose lock the caller holds; appended to, written anew when most of
   it is past. All times are clock_wall_ms, handed in. */
struct journal;

struct journal_options {
	const char *state_directory; /* must exist */
	int64_t remember_ms;         /* how long an id is known after its poke has ended */
	int64_t now_ms;
	/* A poke that waits cannot be read any more: it ends as POKE_LOST. */
	void (*lost)(const char *id);
};

/* What replaying it has shown that an operator should be told. */
struct journal_damage {
	size_t records;    /* whole, but not as they were written: skipped */
	size_t tail_bytes; /* behind the last whole record: cut off */
	bool is_kept;      /* the file as it was is beside the new one, "journal.damaged" instead of an earlier one */
};

/* ERROR_INVALID: no journal, or one of a newer format; it is left alone. */
bool journal_open(const struct journal_options *options, struct journal **out, struct journal_damage *out_damage,
    struct error *err);
/* NULL is fine. */
void journal_close(struct journal *journal);

/* What is known of an id: replays, and what to answer to them. */
bool journal_find(const struct journal *journal, const char *id, enum poke_state *out_state);

/* Durable when it returns true; state is POKE_QUEUED or POKE_MERGED. The id must be unknown. ERROR_UNAVAILABLE: no room
   on the disk or in the journal (JOURNAL_BYTES_MAX, REPLAY_CACHE_MAX pokes that wait or are too young to be forgotten);
   nothing is kept of it, and it may be tried again later. */
bool journal_accept(struct journal *journal, const struct poke *poke, enum poke_state state, struct error *err);

enum { JOURNAL_BYTES_MAX = 64 << 20 };

/* No rule wants it: a poke that is unknown, or one that was accepted under an earlier configuration. That is its
   end. */
void journal_ignore(struct journal *journal, const char *id, int64_t now_ms);

/* The pokes are about to be answered by that run. ERROR_UNAVAILABLE: no room; nothing has changed. One run at a
   time. */
bool journal_start(struct journal *journal, const char *run_id, const struct run_pokes *pokes, int64_t now_ms,
    struct error *err);

/* The end of the run that was started, and of its pokes: the first ran in it, the others were merged into it. Synced,
   lest they run once more after a power cut. */
void journal_end(struct journal *journal, enum journal_outcome outcome, int64_t now_ms);

/* The run that was started and not ended; NULL: none. Borrowed. After a restart: find it (supervisor_find), then
   end it. */
const char *journal_run(const struct journal *journal);

/* Calls each for all pokes that wait and can be read, in the order they came; the poke is borrowed. It may call
   journal_ignore. */
void journal_waiting(struct journal *journal, int64_t now_ms, void (*each)(void *context, const struct poke *poke),
    void *context);

/* A poke that waits or whose run is on; poke_finish it. */
bool journal_read(const struct journal *journal, const char *id, struct poke *out, struct error *err);

/* Forgets what is old and writes the file anew where that is due, or where an ignore or end found no room; else
   cheap. Called now and then, not between a request and its answer; journal_accept does it when the file is full and
   no poke waits. On failure the old file stays, and it may be
   tried again. */
bool journal_tidy(struct journal *journal, int64_t now_ms, struct error *err);

#endif
