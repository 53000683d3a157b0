/* journal_record.h - one record of the journal as bytes: a JSON object for what happened, and an optional body. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_JOURNAL_RECORD_H
#define POKERD_RUNNER_JOURNAL_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* On disk:  8 bytes  the beginning of the SHA-256 of all that follows
             4 bytes  size of what follows them, little-endian
             compact JSON object, '\n', body (to the end; may be empty)

   To change this, or what the heads say (journal_state.c), in a way that an older pokerd would misread: give
   JOURNAL_MAGIC (journal.c) the next number, read the former one too for a year, write only the new one. New kinds of
   records and new members of heads need no new number: both are skipped by those who do not know them. */

enum {
	JOURNAL_RECORD_PREFIX_BYTES = 12,
	JOURNAL_RECORD_BYTES_MAX = 4 << 20, /* the longest: a start with REPLAY_CACHE_MAX pokes */
};

struct journal_record {
	json_t *head;     /* owned: journal_record_finish */
	const char *body; /* borrowed from the decoded bytes */
	size_t body_size;
};

void journal_record_finish(struct journal_record *record);

/* The caller frees it. */
char *journal_record_encode(const json_t *head, const char *body, size_t body_size, size_t *out_size);

/* The size claimed by the record at bytes, with its prefix; 0: not a record (or fewer than JOURNAL_RECORD_PREFIX_BYTES
   are left). */
size_t journal_record_size(const char *bytes, size_t size);

/* bytes has journal_record_size bytes. False: the record is damaged. */
bool journal_record_decode(const char *bytes, size_t size, struct journal_record *out);

#endif
