/* replay_cache.h - the webhook-ids of the last days and what became of each: the journal's index in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_REPLAY_CACHE_H
#define POKERD_RUNNER_REPLAY_CACHE_H

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
	REPLAY_CACHE_MAX = 16384,
	REPLAY_CACHE_MS = 600000, /* a signature holds 300 s both ways: so long an id is never forgotten */
};

/* Plain data but for its place in the index. at_ms, offset and state may be changed by whoever finds it. */
struct replay_entry {
	int64_t at_ms; /* wall clock: when it came; in a final state: since when it is in that */
	off_t offset;  /* of the journal's record with the poke's body; of no use in a final state */
	enum poke_state state;
	UT_hash_handle hh;
	char id[]; /* webhook-id */
};

struct replay_cache;

struct replay_cache *replay_cache_create(void);
void replay_cache_destroy(struct replay_cache *replay_cache); /* NULL is fine */

/* Entries are borrowed, valid until they are forgotten. NULL: not seen. */
struct replay_entry *replay_cache_find(const struct replay_cache *replay_cache, const char *id);

/* Forgets the oldest that can be forgotten where REPLAY_CACHE_MAX are known: one in a final state for longer than
   REPLAY_CACHE_MS. False where there is none. */
bool replay_cache_make_room(struct replay_cache *replay_cache, int64_t now_ms);

/* The id must not be there yet. NULL, and nothing added, where there is no room to make at that time. */
struct replay_entry *replay_cache_add(struct replay_cache *replay_cache, const char *id, int64_t at_ms,
    enum poke_state state);

/* In the order they were added: the first, and the one after an entry; NULL: no more. */
struct replay_entry *replay_cache_first(const struct replay_cache *replay_cache);
struct replay_entry *replay_cache_next(const struct replay_entry *entry);

/* Forgets what is in a final state and older. */
void replay_cache_forget_before(struct replay_cache *replay_cache, int64_t before_ms);

size_t replay_cache_count(const struct replay_cache *replay_cache);

#endif
