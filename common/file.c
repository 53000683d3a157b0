/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum error_kind file_error_kind(int number)
{
	static const struct {
		int number;
		enum error_kind kind;
	} kinds[] = {
		{ ENOENT, ERROR_NOT_FOUND },
		{ ENOTDIR, ERROR_NOT_FOUND },
		{ EACCES, ERROR_DENIED },
		{ EPERM, ERROR_DENIED },
		{ ELOOP, ERROR_DENIED },
		{ EROFS, ERROR_UNAVAILABLE },
		{ ENOSPC, ERROR_UNAVAILABLE },
		{ EDQUOT, ERROR_UNAVAILABLE },
		{ EFBIG, ERROR_UNAVAILABLE },
		{ EMFILE, ERROR_UNAVAILABLE },
		{ ENFILE, ERROR_UNAVAILABLE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].number == number)
			return kinds[i].kind;
	return ERROR_INTERNAL;
}

/* Its secrets are as good as ours. */
static uid_t trusted_user;

void file_trust_user(const char *name)
{
	const struct passwd *entry = geteuid() == 0 ? getpwnam(name) : NULL;

	if (entry)
		trusted_user = entry->pw_uid;
}

static const char *purpose(enum file_secrecy secrecy)
{
	return secrecy == FILE_SECRET ? "contains a secret" : "must be safe from changes";
}

/* The service manager lets only our unit read its credentials, by an access list that looks like a mode for a group. */
static bool is_credential(const char *path)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	size_t size = directory ? strlen(directory) : 0;

	return size && !strncmp(path, directory, size) && path[size] == '/';
}

static bool check_access(const char *path, const struct stat *status, enum file_secrecy secrecy, struct error *err)
{
	unsigned mode = (unsigned)status->st_mode & 07777, forbidden = secrecy == FILE_SECRET ? 077 : 022;

	if (secrecy == FILE_PUBLIC || is_credential(path))
		return true;
	if (mode & forbidden)
		return error_set(err, ERROR_DENIED, "%s %s and has mode %04o: others can %s it; chmod %s %s", path,
		    purpose(secrecy), mode, secrecy == FILE_SECRET ? "read" : "change", secrecy == FILE_SECRET ? "600" : "go-w",
		    path);
	bool is_entrusted = secrecy == FILE_SECRET && status->st_uid == trusted_user;
	if (status->st_uid && status->st_uid != geteuid() && !is_entrusted)
		return error_set(err, ERROR_DENIED, "%s %s and belongs to user %u, neither to root nor to us (%u); chown %u %s",
		    path, purpose(secrecy), (unsigned)status->st_uid, (unsigned)geteuid(), (unsigned)geteuid(), path);
	return true;
}

/* -1 on failure. O_NONBLOCK: opening a FIFO must not wait for its other end. */
static int open_to_read(const char *path, size_t max, enum file_secrecy secrecy, struct error *err)
{
	bool may_be_link = secrecy == FILE_PUBLIC || secrecy == FILE_TRUSTED;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (may_be_link ? 0 : O_NOFOLLOW));
	struct stat status;

	if (fd < 0 && errno == ELOOP && !may_be_link) {
		error_set(err, ERROR_DENIED, "%s %s and is a symbolic link", path, purpose(secrecy));
		return -1;
	}
	if (fd < 0 || fstat(fd, &status)) {
		error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
		goto fail;
	}
	if (!S_ISREG(status.st_mode)) {
		error_set(err, ERROR_INVALID, "%s is not a regular file", path);
		goto fail;
	}
	if (status.st_size > 0 && (size_t)status.st_size > max) {
		error_set(err, ERROR_TOO_LARGE, "%s is larger than %zu bytes", path, max);
		goto fail;
	}
	if (!check_access(path, &status, secrecy, err))
		goto fail;
	return fd;
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Reads to the end with a growing buffer: files in /proc have no size, and others may grow meanwhile. NULL on
   failure. */
static char *read_to_end(int fd, const char *path, size_t max, size_t *out_size, struct error *err)
{
	size_t used = 0, capacity = 4096;
	char *bytes = memory_allocate(capacity);

	for (;;) {
		ssize_t got = read(fd, bytes + used, capacity - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			error_set_errno(err, file_error_kind(errno), "cannot read %s", path);
			break;
		}
		used += (size_t)got;
		if (used > max) {
			error_set(err, ERROR_TOO_LARGE, "%s is larger than %zu bytes", path, max);
			break;
		}
		if (!got) {
			bytes[used] = '\0';
			*out_size = used;
			return bytes;
		}
		if (used + 1 == capacity)
			bytes = memory_grow(bytes, capacity *= 2, 1);
	}
	free(bytes);
	return NULL;
}

bool file_read(const char *path, size_t max, enum file_secrecy secrecy, char **out, size_t *out_size, struct error *err)
{
	int fd = open_to_read(path, max, secrecy, err);

	if (fd < 0)
		return false;
	size_t size;
	char *bytes = read_to_end(fd, path, max, &size, err);
	close(fd);
	if (!bytes)
		return false;
	*out = bytes;
	*out_size = size;
	return true;
}

bool file_check(const char *path, size_t max, enum file_secrecy secrecy, struct error *err)
{
	int fd = open_to_read(path, max, secrecy, err);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

bool file_check_folder(const char *path, struct error *err)
{
	struct stat status;

	if (lstat(path, &status))
		return error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
	if (S_ISLNK(status.st_mode))
		return error_set(err, ERROR_DENIED, "%s must be a folder and is a symbolic link", path);
	if (!S_ISDIR(status.st_mode))
		return error_set(err, ERROR_DENIED, "%s is not a folder", path);
	return check_access(path, &status, FILE_OURS, err);
}

bool file_write_all(int fd, const void *bytes, size_t size)
{
	const char *next = bytes;

	while (size) {
		ssize_t written = write(fd, next, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		next += written;
		size -= (size_t)written;
	}
	return true;
}

static bool write_new_file(const char *path, const void *bytes, size_t size, mode_t mode, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return error_set_errno(err, file_error_kind(errno), "cannot create %s", path);
	bool written = file_write_all(fd, bytes, size) && !fchmod(fd, mode) && !fsync(fd);
	if (!written)
		error_set_errno(err, file_error_kind(errno), "cannot write %s", path);
	close(fd);
	return written;
}

bool file_sync_folder(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = !slash ? memory_text(".") : memory_copy(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && !fsync(fd);

	if (!synced)
		error_set_errno(err, file_error_kind(errno), "cannot sync the folder %s", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return synced;
}

bool file_replace(const char *path, const void *bytes, size_t size, mode_t mode, struct error *err)
{
	char *fresh = memory_format("%s.new", path);
	bool replaced = false;

	unlink(fresh); /* what a crash left behind */
	if (!write_new_file(fresh, bytes, size, mode, err))
		goto out;
	if (rename(fresh, path)) {
		error_set_errno(err, file_error_kind(errno), "cannot rename %s into place", fresh);
		goto out;
	}
	replaced = file_sync_folder(path, err);
out:
	if (!replaced)
		unlink(fresh);
	free(fresh);
	return replaced;
}

bool file_make_folder(const char *path, mode_t mode, struct error *err)
{
	struct stat status;

	if (!mkdir(path, mode))
		return !chmod(path, mode) || error_set_errno(err, file_error_kind(errno), "cannot set the mode of %s", path);
	if (errno != EEXIST)
		return error_set_errno(err, file_error_kind(errno), "cannot create the folder %s", path);
	if (stat(path, &status))
		return error_set_errno(err, file_error_kind(errno), "cannot read the attributes of %s", path);
	if (!S_ISDIR(status.st_mode))
		return error_set(err, ERROR_INVALID, "%s is not a folder", path);
	return true;
}

int file_lock(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0) {
		error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			error_set(err, ERROR_UNAVAILABLE, "%s is locked by another process", path);
		else
			error_set_errno(err, ERROR_INTERNAL, "cannot lock %s", path);
		close(fd);
		return -1;
	}
	return fd;
}
