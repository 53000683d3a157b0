/* replay_cache.h - the webhook-ids of the last days and their states: the journal's index in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_REPLAY_CACHE_H
#define POKERD_JOURNAL_REPLAY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uthash.h>

/* The states in answers to a poke. */
enum poke_state {
	POKE_QUEUED,  /* accepted: the first one pending, */
	POKE_MERGED,  /* or another one */
	POKE_RUNNING, /* its run is in progress */
	POKE_DONE,    /* the run succeeded */
	POKE_FAILED,  /* the run failed */
	POKE_LOST,    /* the result of the run is unknown */
	POKE_IGNORED, /* no rule matched */
};

/* "queued", "merged", "running", "done", "failed", "lost", "ignored". */
const char *poke_state_name(enum poke_state state);
bool poke_state_parse(const char *name, enum poke_state *out_state);
/* From POKE_DONE on: final. */
bool poke_state_is_final(enum poke_state state);

/* Plain data except for its place in the index. The caller may change all but the id of an entry it has found. */
struct replay_entry {
	int64_t at_ms;    /* wall clock: time of arrival; unused in a final state */
	int64_t ended_ms; /* running time (journal.h): when it reached its final state */
	off_t offset;     /* of the journal's record with the poke's body; unused in a final state */
	enum poke_state state;
	unsigned attempts; /* lost runs that included it */
	char *attempt_of;  /* the last of these, owned; NULL: none */
	UT_hash_handle hh;
	char id[]; /* webhook-id */
};

struct replay_cache;

struct replay_cache *replay_cache_create(void);
void replay_cache_destroy(struct replay_cache *replay_cache); /* accepts NULL */

/* Entries are borrowed, valid until they are forgotten. NULL: unknown. */
struct replay_entry *replay_cache_find(const struct replay_cache *replay_cache, const char *id);

/* The id must not be known yet. A final state is reached at that time. */
struct replay_entry *replay_cache_add(struct replay_cache *replay_cache, const char *id, int64_t ran_ms,
    enum poke_state state);

/* In insertion order: the first, and the one after an entry; NULL: no more. */
struct replay_entry *replay_cache_first(const struct replay_cache *replay_cache);
struct replay_entry *replay_cache_next(const struct replay_entry *entry);

/* Forgets one entry: its memory is gone. */
void replay_cache_forget(struct replay_cache *replay_cache, struct replay_entry *entry);
/* Forgets entries in a final state that are older. */
void replay_cache_forget_before(struct replay_cache *replay_cache, int64_t before_ms);

size_t replay_cache_count(const struct replay_cache *replay_cache);

#endif
