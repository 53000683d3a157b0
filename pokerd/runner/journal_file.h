/* journal_file.h - a file that grows by whole records, or is replaced whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_JOURNAL_FILE_H
#define POKERD_RUNNER_JOURNAL_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum journal_durability { JOURNAL_LAZY, JOURNAL_DURABLE };

struct journal_file {
	char *path;
	int fd;      /* -1: not open */
	off_t bytes; /* up to the end of the last good record */
	bool stale;  /* nobody knows what it holds, or it lacks something: to be replaced before the next append */
};

/* path is copied; nothing is opened. */
void journal_file_init(struct journal_file *file, const char *path);
void journal_file_finish(struct journal_file *file);

/* ERROR_NOT_FOUND: there is none. Else all that is in it: free() *out. */
bool journal_file_open(struct journal_file *file, size_t bytes_max, char **out, size_t *out_size, struct error *err);

/* ERROR_UNAVAILABLE: nothing was appended, and the file is as before or stale. Must not be stale already. */
bool journal_file_append(struct journal_file *file, const char *bytes, size_t size, enum journal_durability durability,
    struct error *err);

/* Keeps what is in the file now under its name with ".damaged" behind it, in place of what was kept before. Before it
   is replaced. */
bool journal_file_keep(const struct journal_file *file);

/* Where it fails half-way the old file, still open, is the one that is read, and it is stale. */
bool journal_file_replace(struct journal_file *file, const char *bytes, size_t size, struct error *err);

/* The record that begins at offset, with its prefix; free() *out. ERROR_INTERNAL: there is none. */
bool journal_file_read(const struct journal_file *file, off_t offset, char **out, size_t *out_size, struct error *err);

#endif
