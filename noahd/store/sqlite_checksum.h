/* sqlite_checksum.h - checksums of rows, in C and as functions of SQL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_SQLITE_CHECKSUM_H
#define NOAHD_STORE_SQLITE_CHECKSUM_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The columns that one can be made of, and what each adds beside its text or blob. */
enum { CHECKSUM_COLUMNS_MAX = 32, CHECKSUM_HEAD_BYTES = 9 };

/* Gives the connection
       checksum_of(a, b, …)     the checksum of these values, in this order
       checked(checksum, a, …)  the checksum, where it is theirs; else the statement fails with SQLITE_CORRUPT
       whole_bytes(checksum, a, …)  bytes_of(a, …) where the checksum is theirs, else NULL
       checksum_sum(checksum)   an aggregate: their sum modulo 2^64, whatever their order
       bytes_of(a, b, …)        the bytes of these texts and blobs together, which length() tells of copies only
   SQL has the 64 bits as a signed integer. */
bool sqlite_checksum_register(sqlite3 *connection);

/* checksum_of for columns of a row that was stepped to. Before any of them was read as another type than its own. */
uint64_t sqlite_checksum_row(sqlite3_stmt *row, int first, int count);

/* checksum_of for columns that are added one after another. Borrows their bytes until the end. */
struct sqlite_checksum {
	size_t count, size; /* size: of the texts and blobs */
	const void *bytes[CHECKSUM_COLUMNS_MAX];
	size_t sizes[CHECKSUM_COLUMNS_MAX];
	unsigned char heads[CHECKSUM_COLUMNS_MAX * CHECKSUM_HEAD_BYTES];
};

static inline void sqlite_checksum_begin(struct sqlite_checksum *checksum)
{
	checksum->count = checksum->size = 0;
}

void sqlite_checksum_add_null(struct sqlite_checksum *checksum);
void sqlite_checksum_add_integer(struct sqlite_checksum *checksum, int64_t number);
/* type: SQLITE_TEXT or SQLITE_BLOB. */
void sqlite_checksum_add_bytes(struct sqlite_checksum *checksum, int type, const void *bytes, size_t size);
uint64_t sqlite_checksum_end(const struct sqlite_checksum *checksum);

#endif
