/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_folder.h"

#include "common/file.h"
#include "common/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RUN_NUMBER_AT = RUN_ID_BYTES - 1 - 6 };

void run_id_make(int64_t wall_ms, unsigned number, char out[RUN_ID_BYTES])
{
	time_t seconds = wall_ms / 1000;
	struct tm utc;
	char day[16];

	gmtime_r(&seconds, &utc);
	strftime(day, sizeof(day), "%Y%m%dT%H%M%S", &utc);
	snprintf(out, RUN_ID_BYTES, "%s.%03uZ-%06x", day, (unsigned)(wall_ms % 1000) % 1000, number % RUN_NUMBERS);
}

bool run_id_is_valid(const char *text)
{
	static const char shape[RUN_ID_BYTES] = "00000000T000000.000Z-xxxxxx";

	for (size_t i = 0; i < RUN_ID_BYTES; i++) {
		const char *allowed = shape[i] == '0' ? "0123456789" : shape[i] == 'x' ? "0123456789abcdef" : NULL;
		if (allowed ? !text[i] || !strchr(allowed, text[i]) : text[i] != shape[i])
			return false;
	}
	return true;
}

char *run_folder_path(const char *runs_directory, const char *run_id, const char *file)
{
	return memory_format("%s/%s%s%s", runs_directory, run_id, *file ? "/" : "", file);
}

bool run_folder_create(const char *runs_directory, const char *run_id, struct error *err)
{
	char *path = run_folder_path(runs_directory, run_id, "");
	bool created = file_make_folder(runs_directory, 0711, err) && file_make_folder(path, 0711, err);

	free(path);
	return created;
}

int run_folder_file_create(const char *path, const struct spawn_identity *identity)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && fchown(fd, identity->uid, identity->gid)) {
		int number = errno;
		close(fd);
		errno = number;
		fd = -1;
	}
	return fd;
}

/* Not through a link: as root we would empty another folder. NULL with errno. */
static DIR *open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !folder)
		close(fd);
	return folder;
}

/* A link to another folder is no run. */
static bool is_folder_in(DIR *parent, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return !fstatat(dirfd(parent), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) && S_ISDIR(status.st_mode);
}

void run_folder_remove(const char *runs_directory, const char *run_id)
{
	char *path = run_folder_path(runs_directory, run_id, "");
	DIR *folder = open_folder(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	(void)rmdir(path);
	free(path);
}

/* The id is valid. */
static unsigned run_number_of(const char *run_id)
{
	unsigned number = 0;

	for (const char *digit = run_id + RUN_NUMBER_AT; *digit; digit++)
		number = number << 4 | (unsigned)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
	return number;
}

/* Runs with the same number are from a version with random numbers. */
static int compare_numbers(const void *a, const void *b)
{
	int order = strcmp((const char *)b + RUN_NUMBER_AT, (const char *)a + RUN_NUMBER_AT);

	return order ? order : strcmp(b, a);
}

/* The index of the newest in a list of descending numbers. All numbers are close together, except where they restarted,
   and between the oldest and the next one. */
static size_t find_newest(const struct run_ids *ids)
{
	unsigned widest = 0;
	size_t newest = 0;

	for (size_t i = 0; i < ids->count; i++) {
		const char *before = ids->list[i ? i - 1 : ids->count - 1];
		unsigned gap = (run_number_of(before) - run_number_of(ids->list[i])) % RUN_NUMBERS;
		if (gap > widest) {
			widest = gap;
			newest = i;
		}
	}
	return newest;
}

static void sort_newest_first(struct run_ids *ids)
{
	qsort(ids->list, ids->count, sizeof(*ids->list), compare_numbers);
	size_t newest = find_newest(ids);
	if (!newest)
		return;
	char(*list)[RUN_ID_BYTES] = memory_allocate(ids->count * sizeof(*list));
	memcpy(list, ids->list + newest, (ids->count - newest) * sizeof(*list));
	memcpy(list + ids->count - newest, ids->list, newest * sizeof(*list));
	free(ids->list);
	ids->list = list;
}

bool run_folder_list(const char *runs_directory, struct run_ids *out, struct error *err)
{
	DIR *folder = open_folder(runs_directory);
	struct run_ids ids = { 0 };
	struct dirent *entry;
	size_t room = 0;

	if (!folder && errno != ENOENT)
		return error_set_errno(err, ERROR_INTERNAL, "cannot read the folder %s", runs_directory);
	while (folder && (entry = readdir(folder))) {
		if (!run_id_is_valid(entry->d_name) || !is_folder_in(folder, entry))
			continue;
		if (ids.count == room) {
			room = room ? room * 2 : 16;
			ids.list = memory_grow(ids.list, room, sizeof(*ids.list));
		}
		memcpy(ids.list[ids.count++], entry->d_name, RUN_ID_BYTES);
	}
	if (folder)
		closedir(folder);
	if (ids.count)
		sort_newest_first(&ids);
	*out = ids;
	return true;
}

void run_ids_finish(struct run_ids *ids)
{
	free(ids->list);
	*ids = (struct run_ids){ 0 };
}

unsigned run_number_next(const char *runs_directory)
{
	struct run_ids ids;
	unsigned next = 0;

	if (run_folder_list(runs_directory, &ids, NULL)) {
		if (ids.count)
			next = (run_number_of(ids.list[0]) + 1) % RUN_NUMBERS;
		run_ids_finish(&ids);
	}
	return next;
}

bool run_folder_is_on(const char *runs_directory, const char *run_id)
{
	char *path = run_folder_path(runs_directory, run_id, RUN_FOLDER_LOCK);
	int lock_fd = file_lock(path, NULL);

	free(path);
	if (lock_fd < 0)
		return true;
	close(lock_fd);
	return false;
}

bool run_folder_rotate(const char *runs_directory, size_t kept, struct error *err)
{
	struct run_ids ids;

	if (!run_folder_list(runs_directory, &ids, err))
		return false;
	for (size_t i = kept; i < ids.count; i++)
		if (!run_folder_is_on(runs_directory, ids.list[i]))
			run_folder_remove(runs_directory, ids.list[i]);
	run_ids_finish(&ids);
	return true;
}
