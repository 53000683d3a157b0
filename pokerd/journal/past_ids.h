/* past_ids.h - the webhook-ids of pokes that have ended, on the disk: memory only has the list of the files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_PAST_IDS_H
#define POKERD_JOURNAL_PAST_IDS_H

#include "common/error.h"
#include "pokerd/journal/replay_cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A folder of files that are written once, each with many ids in order. */
struct past_ids;

enum { PAST_ID_BYTES = 16, PAST_IDS_FILES_MAX = 256 };

struct past_id {
	unsigned char digest[PAST_ID_BYTES]; /* past_id_of */
	enum poke_state state;               /* a final one */
};

/* The beginning of the SHA-256 of the webhook-id: its form in the files. */
void past_id_of(const char *id, unsigned char out[PAST_ID_BYTES]);

/* The folder is made when missing. *out_damaged: the number of damaged files, which are put aside as
   "NUMBER.damaged". */
struct past_ids *past_ids_open(const char *folder, size_t *out_damaged, struct error *err);
void past_ids_close(struct past_ids *past); /* accepts NULL */

bool past_ids_find(const struct past_ids *past, const char *id, enum poke_state *out_state);

/* Adds them as one file, which is durable when this returns true; list is sorted. newest_ms: the running time
   (journal.h) at which the last of them ended; never less than in the call before. ERROR_UNAVAILABLE: no space, nothing
   was added. */
bool past_ids_add(struct past_ids *past, struct past_id *list, size_t count, int64_t newest_ms, struct error *err);

/* Moves the ids that have ended from the cache to a file, if there are at least so many. False: there are not, or there
   is no space; they stay in the cache. */
bool past_ids_take_ended(struct past_ids *past, struct replay_cache *replay_cache, size_t least);

/* Removes the files whose ids have all ended before forget_ms; beyond PAST_IDS_FILES_MAX, also the oldest whose ids
   have all ended before young_ms. */
void past_ids_forget(struct past_ids *past, int64_t forget_ms, int64_t young_ms);

/* The greatest newest_ms; 0: there is none. */
int64_t past_ids_newest_ms(const struct past_ids *past);
size_t past_ids_files(const struct past_ids *past);

#endif
