/* journal_state.h - what the records of a journal come to, one after another: which poke is where, which run is on. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_JOURNAL_STATE_H
#define POKERD_RUNNER_JOURNAL_STATE_H

#include "pokerd/runner/journal.h"

#include <jansson.h>

struct journal_state {
	struct replay_cache *replay_cache;
	char *run_id; /* of the run that is on; NULL: none */
};

void journal_state_init(struct journal_state *state);
void journal_state_finish(struct journal_state *state);

/* Heads of records; json_decref them. */
/* Accepted: the poke's body follows. NULL where something of it is not UTF-8. */
json_t *journal_state_poke(const struct poke *poke, enum poke_state state);
json_t *journal_state_past(const char *id, enum poke_state state, int64_t at_ms); /* a poke that is in a final state */
json_t *journal_state_start(const char *run_id, json_t *take_ids, int64_t at_ms);
json_t *journal_state_end(enum journal_outcome outcome, int64_t at_ms);

/* Takes in what a record says that begins at offset: the same for one just written and for one read at start.
   False, and nothing changed, where the head says nothing that fits; true for kinds that are not known here. */
bool journal_state_apply(struct journal_state *state, const json_t *head, off_t offset);

/* Applies all records in bytes, whose first has that offset. */
void journal_state_replay(struct journal_state *state, const char *bytes, size_t size, off_t offset,
    struct journal_damage *out);

#endif
