/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/journal_file.h"

#include "common/file.h"
#include "common/memory.h"
#include "pokerd/journal/journal_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void journal_file_init(struct journal_file *file, const char *path)
{
	*file = (struct journal_file){ .path = memory_text(path), .fd = -1, .stale = true };
}

static void use_fd(struct journal_file *file, int fd, size_t bytes)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	file->bytes = (off_t)bytes;
	file->stale = false;
}

void journal_file_finish(struct journal_file *file)
{
	use_fd(file, -1, 0);
	free(file->path);
	file->path = NULL;
}

static int open_to_append(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot open %s", path);
	return fd;
}

bool journal_file_open(struct journal_file *file, size_t bytes_max, char **out, size_t *out_size, struct error *err)
{
	char *bytes;
	size_t size;

	if (!file_read(file->path, bytes_max, FILE_OURS, &bytes, &size, err))
		return false;
	int fd = open_to_append(file->path, err);
	if (fd < 0) {
		free(bytes);
		return false;
	}
	use_fd(file, fd, size);
	*out = bytes;
	*out_size = size;
	return true;
}

bool journal_file_is_there(const struct journal_file *file)
{
	struct stat opened, named;

	return !fstat(file->fd, &opened) && !stat(file->path, &named) && opened.st_dev == named.st_dev &&
	       opened.st_ino == named.st_ino;
}

bool journal_file_append(struct journal_file *file, const char *bytes, size_t size, enum journal_durability durability,
    struct error *err)
{
	bool written = file_write_all(file->fd, bytes, size);

	if (written && (durability == JOURNAL_LAZY || !fdatasync(file->fd))) {
		file->bytes += (off_t)size;
		return true;
	}
	error_set_errno(err, ERROR_UNAVAILABLE, "cannot write %s", file->path);
	/* After a failed sync the state of the file's pages on disk is unknown, even for earlier records. */
	file->stale = ftruncate(file->fd, file->bytes) || written;
	return false;
}

bool journal_file_keep(const struct journal_file *file)
{
	char *kept = memory_format("%s.damaged", file->path);

	(void)unlink(kept);
	bool is_kept = !link(file->path, kept);
	free(kept);
	return is_kept;
}

bool journal_file_replace(struct journal_file *file, const char *bytes, size_t size, struct error *err)
{
	file->stale = true;
	if (!file_replace(file->path, bytes, size, 0600, err))
		return false;
	int fd = open_to_append(file->path, err);
	if (fd < 0)
		return false;
	use_fd(file, fd, size);
	return true;
}

static bool read_at(int fd, off_t offset, char *out, size_t size)
{
	while (size) {
		ssize_t got = pread(fd, out, size, offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		out += got;
		offset += got;
		size -= (size_t)got;
	}
	return true;
}

bool journal_file_read(const struct journal_file *file, off_t offset, char **out, size_t *out_size, struct error *err)
{
	char prefix[JOURNAL_RECORD_PREFIX_BYTES];
	size_t size = 0;

	if (read_at(file->fd, offset, prefix, sizeof(prefix)))
		size = journal_record_size(prefix, sizeof(prefix));
	char *bytes = memory_allocate(size);
	if (size && read_at(file->fd, offset, bytes, size)) {
		*out = bytes;
		*out_size = size;
		return true;
	}
	free(bytes);
	return error_set(err, ERROR_INTERNAL, "%s: the record at byte %lld cannot be read", file->path, (long long)offset);
}
