/* file.h - files that are read or replaced as a whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who may have access to a file that we read. */
enum file_secrecy {
	FILE_PUBLIC,  /* anyone */
	FILE_TRUSTED, /* only root and our user may own and write it; it may be a symbolic link to such a file */
	FILE_OURS,    /* the same, and it is no symbolic link: a file that we have made */
	FILE_SECRET,  /* nor may others read it */
};

/* Reads a regular file of at most max bytes and appends a NUL. free() *out. Fails with ERROR_DENIED if others have more
   access than secrecy allows; the text has the command that corrects it. */
bool file_read(const char *path, size_t max, enum file_secrecy secrecy, char **out, size_t *out_size,
    struct error *err);

/* Where root does the work of a daemon that has a user of its own: from now on, a secret may belong to that user, too.
   Does nothing if there is no such user, or if we are not root. Before any thread is started. */
void file_trust_user(const char *name);

/* Fails as file_read would, but reads nothing: a secret stays out of our memory. */
bool file_check(const char *path, size_t max, enum file_secrecy secrecy, struct error *err);

/* Whether only root and our user can change what is in a folder, which may not be a symbolic link. ERROR_DENIED, with
   the command that corrects it; ERROR_NOT_FOUND. */
bool file_check_folder(const char *path, struct error *err);

/* One writer per path at a time. A reader sees the old bytes or the new ones, even after a power cut: writes
   "PATH.new", then fsync, rename, fsync of the folder. */
bool file_replace(const char *path, const void *bytes, size_t size, mode_t mode, struct error *err);

/* Writes all bytes, despite EINTR and short writes. */
bool file_write_all(int fd, const void *bytes, size_t size);

/* The kind of error that an errno of a call on a file means. */
enum error_kind file_error_kind(int number);

/* Syncs the folder that contains path: until then, a rename is not durable. */
bool file_sync_folder(const char *path, struct error *err);

/* Creates a folder (its parents must exist) unless it exists; the mode is independent of the umask. */
bool file_make_folder(const char *path, mode_t mode, struct error *err);

/* Takes an exclusive lock (flock) on path, which is created if missing. ERROR_UNAVAILABLE: another process holds it. -1
   on failure; close() unlocks. */
int file_lock(const char *path, struct error *err);

#endif
