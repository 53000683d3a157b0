/* wal_extent.h - how much of a write-ahead log of SQLite is valid. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_WAL_EXTENT_H
#define NOAHD_STORE_WAL_EXTENT_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* What SQLite will recover from it (https://sqlite.org/fileformat2.html, 4.3 to 4.5): it stops silently at the first
   damaged frame. */
struct wal_extent {
	uint64_t log;    /* names this round of the log, its two salts; 0: there is no log, or its head is damaged */
	uint32_t frames; /* up to the last one that ends a commit */
};

enum { WAL_LOG_AT = 16, WAL_LOG_BYTES = 8 }; /* where the name stands in the file */
uint64_t wal_log_name(const unsigned char bytes[WAL_LOG_BYTES]);

/* A missing file has no frames. Fails if the file exists but cannot be read. */
bool wal_extent_measure(const char *path, struct wal_extent *out, struct error *err);

#endif
