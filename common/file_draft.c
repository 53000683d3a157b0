/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file_draft.h"

#include "common/file.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024 };

static bool file_draft_fail(struct file_draft *draft, const char *what, struct error *err)
{
	return error_set_errno(err, file_error_kind(errno), "cannot %s %s", what, draft->fresh);
}

static bool refuse_existing(const char *path, struct error *err)
{
	return error_set(err, ERROR_CONFLICT, "%s already exists", path);
}

bool file_draft_open(const char *path, struct file_draft *out, struct error *err)
{
	struct file_draft draft = { .path = memory_text(path), .fresh = memory_format("%s.new", path), .fd = -1 };

	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		refuse_existing(path, err);
	} else {
		(void)unlink(draft.fresh);
		draft.fd = open(draft.fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (draft.fd < 0)
			file_draft_fail(&draft, "create", err);
	}
	if (draft.fd < 0) {
		free(draft.path);
		free(draft.fresh);
		return false;
	}
	*out = draft;
	return true;
}

bool file_draft_copy(struct file_draft *draft, const char *from, struct error *err)
{
	int from_fd = open(from, O_RDONLY | O_CLOEXEC);

	if (from_fd < 0)
		return error_set_errno(err, file_error_kind(errno), "cannot open %s", from);
	char *block = memory_allocate(BLOCK_BYTES);
	bool is_written = true;
	ssize_t size;
	while (is_written && ((size = read(from_fd, block, BLOCK_BYTES)) > 0 || (size < 0 && errno == EINTR)))
		is_written = size < 0 || file_write_all(draft->fd, block, (size_t)size);
	if (!is_written)
		file_draft_fail(draft, "write", err);
	else if (size < 0)
		is_written = error_set_errno(err, ERROR_INTERNAL, "cannot read %s", from);
	free(block);
	close(from_fd);
	return is_written;
}

/* Not every file system can rename without replacing; a second link does the same. */
static bool link_into_place(struct file_draft *draft, struct error *err)
{
	int failed = renameat2(AT_FDCWD, draft->fresh, AT_FDCWD, draft->path, RENAME_NOREPLACE);

	if (failed && (errno == EINVAL || errno == ENOSYS))
		failed = link(draft->fresh, draft->path) || unlink(draft->fresh);
	if (!failed)
		return true;
	return errno == EEXIST ? refuse_existing(draft->path, err) : file_draft_fail(draft, "put in its place", err);
}

bool file_draft_place(struct file_draft *draft, struct error *err)
{
	bool is_placed = fsync(draft->fd) == 0 || file_draft_fail(draft, "sync", err);

	is_placed = is_placed && link_into_place(draft, err) && file_sync_folder(draft->path, err);
	file_draft_drop(draft);
	return is_placed;
}

void file_draft_drop(struct file_draft *draft)
{
	if (!draft->fresh)
		return;
	close(draft->fd);
	(void)unlink(draft->fresh); /* once it is in place, the name is gone */
	free(draft->path);
	free(draft->fresh);
	*draft = (struct file_draft){ .fd = -1 };
}
