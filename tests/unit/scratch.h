/* scratch.h - a temporary folder for the files of one test program. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One for the whole program, however many of its files include this. */
__attribute__((weak)) char scratch_folder[200];

/* A group set-up and tear-down for cmocka; what a test leaves in the folder (files, empty folders) is removed with
   it. */
static inline int scratch_open(void **state)
{
	(void)state;
	const char *parent = getenv("TMPDIR");
	snprintf(scratch_folder, sizeof(scratch_folder), "%s/noah-unit-XXXXXX", parent ? parent : "/tmp");
	return mkdtemp(scratch_folder) ? 0 : -1;
}

static inline int scratch_close(void **state)
{
	(void)state;
	DIR *folder = opendir(scratch_folder);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0))
			unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
	}
	if (folder)
		closedir(folder);
	return rmdir(scratch_folder);
}

/* The path of name in the folder; of the last four that this thread has asked for. */
static inline const char *scratch_path(const char *name)
{
	static _Thread_local char paths[4][300];
	static _Thread_local unsigned next;
	char *path = paths[next++ % 4];
	if (!*scratch_folder)
		abort(); /* without scratch_open this would be a path at the root */
	snprintf(path, sizeof(paths[0]), "%s/%s", scratch_folder, name);
	return path;
}

static inline const char *scratch_write_bytes(const char *name, const void *bytes, size_t size, mode_t mode)
{
	const char *path = scratch_path(name);
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, mode) || close(fd))
		abort();
	return path;
}

static inline const char *scratch_write(const char *name, const char *text, mode_t mode)
{
	return scratch_write_bytes(name, text, strlen(text), mode);
}

#endif
