/* journal_record.h - one record of the journal as bytes: a JSON object for what happened, and an optional body. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_JOURNAL_RECORD_H
#define POKERD_JOURNAL_JOURNAL_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* After JOURNAL_MAGIC, one record follows another:

     4 bytes  JOURNAL_RECORD_MARKER, which no text in UTF-8 contains, so no head and no body does
     4 bytes  size of the content, little-endian
     4 bytes  the beginning of the SHA-256 of these eight: a changed size does not hide the records behind it
     8 bytes  the beginning of the SHA-256 of the content
     content  compact JSON object, '\n', body (to the end; may be empty)

   To change this, or the meaning of the heads (journal_state.c), in a way that an older pokerd would misread: give
   JOURNAL_MAGIC the next number; convert a journal of the former number when it is opened, as journal_format_1.c does,
   for a year; write only the new one; keep a journal of each former number as a test (journal_test.c). New kinds of
   records and new members of heads need no new number: a pokerd that does not know a kind keeps its records for the one
   that does. */
#define JOURNAL_MAGIC "pokerd journal 2\n"
#define JOURNAL_RECORD_MARKER "\xffPJ\xfe"

enum {
	JOURNAL_MAGIC_BYTES = sizeof(JOURNAL_MAGIC) - 1,
	JOURNAL_RECORD_PREFIX_BYTES = 20,
	JOURNAL_RECORD_BYTES_MAX = 4 << 20, /* more than any has: a poke with its body, JOURNAL_IDS_BYTES_MAX of ids */
};

struct journal_record {
	json_t *head;     /* owned: journal_record_finish */
	const char *body; /* borrowed from the decoded bytes */
	size_t body_size;
};

void journal_record_finish(struct journal_record *record);

/* The caller frees it. */
char *journal_record_encode(const json_t *head, const char *body, size_t body_size, size_t *out_size);

/* What precedes this content in a record. */
void journal_record_prefix(const char *content, size_t size, char out[JOURNAL_RECORD_PREFIX_BYTES]);

/* The size of the record at bytes, with its prefix; 0: no record begins here (or fewer than JOURNAL_RECORD_PREFIX_BYTES
   are left). */
size_t journal_record_size(const char *bytes, size_t size);

/* Where the first undamaged record in bytes begins; size: there is none. */
size_t journal_record_find(const char *bytes, size_t size);

/* bytes has journal_record_size bytes. False: the record is damaged. */
bool journal_record_decode(const char *bytes, size_t size, struct journal_record *out);

#endif
