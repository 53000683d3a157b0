/* sqlite_checksum.h - checksums of rows, in C and as functions of SQL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_SQLITE_CHECKSUM_H
#define NOAHD_STORE_SQLITE_CHECKSUM_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* The columns that one can be made of. */
enum { CHECKSUM_COLUMNS_MAX = 32 };

/* Gives the connection
       checksum_of(a, b, …)     the checksum of these values, in this order
       checked(checksum, a, …)  the checksum, where it is theirs; else the statement fails with SQLITE_CORRUPT
       checksum_sum(checksum)   an aggregate: their sum modulo 2^64, whatever their order
       bytes_of(a, b, …)        the bytes of these texts and blobs together, which length() tells of copies only
   SQL has the 64 bits as a signed integer. */
bool sqlite_checksum_register(sqlite3 *connection);

/* checksum_of for columns of a row that was stepped to. Before any of them was read as another type than its own. */
uint64_t sqlite_checksum_row(sqlite3_stmt *row, int first, int count);

#endif
