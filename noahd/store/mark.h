/* mark.h - the file beside a store with its last acknowledged revision, by which lost changes are detected. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_MARK_H
#define NOAHD_STORE_MARK_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* A line of text of a fixed size, overwritten after each commit and before its answer, without a sync: it survives a
   crash of the process, and only a power cut can set it back. So it is never ahead of the store's revision unless the
   store has lost changes. */
struct mark {
	char epoch[40];
	uint64_t revision; /* the last one that was acknowledged */
	/* The last checkpoint of the write-ahead log: so many frames of the log with that name were copied to the
	   database. */
	uint64_t log; /* 0: there was none */
	uint32_t frames;
	bool is_checkpointed; /* it is complete: the database is whole without these frames */
};

/* To change the line: raise the number in it, and still read the previous form. */
enum mark_finding {
	MARK_MISSING, /* the store was made before there were marks, or its mark was removed */
	MARK_DAMAGED, /* torn by a power cut, or edited: it says nothing */
	MARK_FOUND,
};

/* Fails if the file exists but cannot be read. */
bool mark_read(const char *path, enum mark_finding *out_finding, struct mark *out, struct error *err);

/* Creates or replaces the file, synced. */
bool mark_create(const char *path, const struct mark *mark, struct error *err);

/* Overwrites the line with one write. ERROR_UNAVAILABLE: no room, on a file system that copies on write. */
bool mark_write(int fd, const struct mark *mark, struct error *err);

/* Whether the database is torn: a checkpoint was interrupted, and the log with that name (0: there is none) no longer
   has all its frames. */
bool mark_is_torn(const struct mark *mark, uint64_t log, uint32_t frames);

/* Whether that log must not be read: it is damaged, and the database is whole without it and newer than what the log
   still has. */
bool mark_is_stale_log(const struct mark *mark, uint64_t log, uint32_t frames);

#endif
