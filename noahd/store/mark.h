/* mark.h - the file beside a store that tells how far it had come, by which a store that has lost something is
   known. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_MARK_H
#define NOAHD_STORE_MARK_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* A line of text of a fixed size, written in its place after each commit and before its answer, without a sync: it
   outlives the process, and only a power cut may set it back. So it is at the store's revision or behind it, never
   ahead of it, unless the store has lost something. */
struct mark {
	char epoch[40];
	uint64_t revision; /* that was acknowledged */
	/* What was being carried over from the write-ahead log into the database: so many frames of the log with that
	   name. */
	uint64_t log; /* 0: nothing ever was */
	uint32_t frames;
	bool is_checkpointed; /* it was done: the database is whole without them */
};

/* Changed line: raise the number in it, and go on reading the one before. */
enum mark_finding {
	MARK_MISSING, /* the store is older than marks are, or its mark was removed */
	MARK_DAMAGED, /* torn by a power cut, or edited: it tells nothing */
	MARK_FOUND,
};

/* Fails where there is a file that cannot be read. */
bool mark_read(const char *path, enum mark_finding *out_finding, struct mark *out, struct error *err);

/* Makes the file, synced, in the place of another one. */
bool mark_create(const char *path, const struct mark *mark, struct error *err);

/* In its place: one write. ERROR_UNAVAILABLE: there is no room, on a file system that copies what is written over. */
bool mark_write(int fd, const struct mark *mark, struct error *err);

/* Whether the database is torn: part of the log was carried over, and the frames in the log that has that name now (0:
   there is none) are no longer all that was to be carried over. */
bool mark_is_torn(const struct mark *mark, uint64_t log, uint32_t frames);

/* Whether that log must not be read: it is damaged, and the database is whole without it and newer than what is left in
   the log. */
bool mark_is_stale_log(const struct mark *mark, uint64_t log, uint32_t frames);

#endif
