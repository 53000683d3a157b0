/* file.h - files that are read whole or replaced whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who may have access to a file that is read. */
enum file_secrecy { FILE_PUBLIC, FILE_SECRET };

/* Reads a regular file of at most max bytes; a NUL is put behind them. free() *out. FILE_SECRET: fails with
   ERROR_DENIED where anyone but its owner may read or write it, or the owner is neither root nor us. Nothing follows a
   symbolic link for FILE_SECRET. */
bool file_read(const char *path, size_t max, enum file_secrecy secrecy, char **out, size_t *out_size,
    struct error *err);

/* Fails as file_read would, and reads nothing: a secret stays out of our memory. */
bool file_check(const char *path, size_t max, enum file_secrecy secrecy, struct error *err);

/* One writer a path at a time. A reader sees the old bytes or the new ones, also after a power cut: "PATH.new" beside
   it, fsync, rename, fsync of the folder. */
bool file_replace(const char *path, const void *bytes, size_t size, mode_t mode, struct error *err);

/* Writes all of it, through EINTR and short writes. */
bool file_write_all(int fd, const void *bytes, size_t size);

/* What an errno of a call on a file means. */
enum error_kind file_error_kind(int number);

/* A rename is on the disk only when the folder is: that in which path lies. */
bool file_sync_folder(const char *path, struct error *err);

/* Makes a folder (its parents must exist) unless it is there; the umask takes nothing from the mode. */
bool file_make_folder(const char *path, mode_t mode, struct error *err);

/* Opens and holds an exclusive lock (flock) on path, made when missing. ERROR_UNAVAILABLE when someone has it. -1 on
   failure; close() unlocks. */
int file_lock(const char *path, struct error *err);

#endif
