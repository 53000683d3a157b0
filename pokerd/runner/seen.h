/* seen.h - the webhook-ids of the last days and what became of each: the journal's index in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_SEEN_H
#define POKERD_RUNNER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uthash.h>

/* The words of the answers to a poke. */
enum poke_state {
	POKE_QUEUED,  /* accepted: the first of those that wait, */
	POKE_MERGED,  /* or one more of them */
	POKE_RUNNING, /* the run that answers it is on */
	POKE_DONE,    /* that run succeeded */
	POKE_FAILED,  /* it did not */
	POKE_LOST,    /* nobody knows how it ended */
	POKE_IGNORED, /* no rule wanted it */
};

/* "queued", "merged", "running", "done", "failed", "lost", "ignored". */
const char *poke_state_name(enum poke_state state);
bool poke_state_parse(const char *name, enum poke_state *out_state);
/* From POKE_DONE on: nothing changes it any more. */
bool poke_state_is_final(enum poke_state state);

enum {
	SEEN_MAX = 16384,
	SEEN_REPLAY_MS = 600000, /* a signature holds 300 s both ways: so long an id is never forgotten */
};

/* Plain data but for its place in the index. at_ms, offset and state may be changed by whoever finds it. */
struct seen_entry {
	int64_t at_ms; /* wall clock: when it came; in a final state: since when it is in that */
	off_t offset;  /* of the journal's record with the poke's body; of no use in a final state */
	enum poke_state state;
	UT_hash_handle hh;
	char id[]; /* webhook-id */
};

struct seen;

struct seen *seen_create(void);
void seen_destroy(struct seen *seen); /* NULL is fine */

/* Entries are borrowed, valid until they are forgotten. NULL: not seen. */
struct seen_entry *seen_find(const struct seen *seen, const char *id);

/* Forgets the oldest that can be forgotten where SEEN_MAX are known: one in a final state for longer than SEEN_REPLAY_MS. False where
   there is none. */
bool seen_make_room(struct seen *seen, int64_t now_ms);

/* The id must not be there yet. NULL, and nothing added, where there is no room to make at that time. */
struct seen_entry *seen_add(struct seen *seen, const char *id, int64_t at_ms, enum poke_state state);

/* In the order they were added: the first, and the one after an entry; NULL: no more. */
struct seen_entry *seen_first(const struct seen *seen);
struct seen_entry *seen_after(const struct seen_entry *entry);

/* Forgets what is in a final state and older. */
void seen_forget_before(struct seen *seen, int64_t before_ms);

size_t seen_count(const struct seen *seen);

#endif
