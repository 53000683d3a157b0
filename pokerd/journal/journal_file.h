/* journal_file.h - a file that is extended by whole records or replaced as a whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_JOURNAL_FILE_H
#define POKERD_JOURNAL_JOURNAL_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum journal_durability { JOURNAL_LAZY, JOURNAL_DURABLE };

struct journal_file {
	char *path;
	int fd;      /* -1: not open */
	off_t bytes; /* the end of the last valid record */
	bool stale;  /* its contents are unknown or incomplete: must be replaced before the next append */
};

/* path is copied; nothing is opened. */
void journal_file_init(struct journal_file *file, const char *path);
void journal_file_finish(struct journal_file *file);

/* ERROR_NOT_FOUND: the file does not exist. Otherwise all its contents: the caller frees *out. */
bool journal_file_open(struct journal_file *file, size_t bytes_max, char **out, size_t *out_size, struct error *err);

/* Whether the open file is still the one at its path: it may have been removed, with its directory or without. */
bool journal_file_is_there(const struct journal_file *file);

/* ERROR_UNAVAILABLE: nothing was appended, and the file is unchanged or stale. Must not be stale already. */
bool journal_file_append(struct journal_file *file, const char *bytes, size_t size, enum journal_durability durability,
    struct error *err);

/* Keeps the current contents of the file under its name plus ".damaged", replacing an earlier one. Call it before the
   file is replaced. */
bool journal_file_keep(const struct journal_file *file);

/* If this fails half-way, the old file is still open and in use, and it is stale. */
bool journal_file_replace(struct journal_file *file, const char *bytes, size_t size, struct error *err);

/* The record at offset, with its prefix; the caller frees *out. ERROR_INTERNAL: there is none. */
bool journal_file_read(const struct journal_file *file, off_t offset, char **out, size_t *out_size, struct error *err);

#endif
