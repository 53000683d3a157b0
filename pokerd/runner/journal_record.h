/* journal_record.h - one record of the journal as bytes: a JSON object that says what happened, and perhaps a body. */
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
	JOURNAL_RECORD_BYTES_MAX = 4 << 20, /* the longest: a start that names REPLAY_CACHE_MAX pokes */
};

struct journal_record {
	json_t *head;     /* owned: journal_record_finish */
	const char *body; /* borrowed from the bytes that were decoded */
	size_t body_size;
};

void journal_record_finish(struct journal_record *record);

/* free() it. */
char *journal_record_encode(const json_t *head, const char *body, size_t body_size, size_t *out_size);

/* The size that the record at bytes claims to have, with its prefix; 0: it cannot be one (or not
   JOURNAL_RECORD_PREFIX_BYTES are left). */
size_t journal_record_size(const char *bytes, size_t size);

/* bytes holds journal_record_size of it. False: it is not as it was written. */
bool journal_record_decode(const char *bytes, size_t size, struct journal_record *out);

#endif
