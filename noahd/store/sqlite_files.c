/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/file.h"
#include "common/memory.h"
#include "common/plural.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of https://sqlite.org/fileformat2.html, 1.3. */
enum { HEAD_BYTES = 100, PAGE_BYTES_MIN = 512 };
static const char magic[] = "SQLite format 3";

#define STALE_LOG "-wal.stale"

/* -1: not there. */
static off_t size_of(const struct sqlite_store *store, const char *suffix)
{
	char *name = memory_format("%s%s", store->path, suffix);
	struct stat status;
	off_t size = stat(name, &status) ? -1 : status.st_size;

	free(name);
	return size;
}

/* A backup is written without a log; a log beside it belongs to another database, and SQLite would copy its pages into
   this one. */
static bool check_log(struct sqlite_store *store, const char head[HEAD_BYTES], struct error *err)
{
	store->is_wal = head[SQLITE_VERSIONS_AT] == SQLITE_VERSION_WAL;
	if (store->is_wal || size_of(store, "-wal") <= 0)
		return true;
	return error_set(err, ERROR_INVALID,
	    "%s is a backup or a copy, but %s-wal belongs to another database: move %s-wal away", store->path, store->path,
	    store->path);
}

/* SQLite would treat an empty file as a new database, a file of one byte as an empty one, and then remove the log. */
static bool sqlite_files_check_head(struct sqlite_store *store, int fd, struct error *err)
{
	char head[HEAD_BYTES] = { 0 };
	struct stat status;

	if (fstat(fd, &status))
		return error_set_errno(err, ERROR_INTERNAL, "cannot examine %s", store->path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "%s is not a regular file", store->path);
	if (status.st_size == 0)
		return error_set(err, ERROR_INVALID, "%s is damaged: it is empty", store->path);
	if (status.st_size < PAGE_BYTES_MIN)
		return error_set(err, ERROR_INVALID, "%s is damaged: it is truncated", store->path);
	if (pread(fd, head, sizeof(head), 0) != sizeof(head))
		return error_set_errno(err, ERROR_INTERNAL, "cannot read %s", store->path);
	if (memcmp(head, magic, sizeof(magic)) != 0)
		return error_set(err, ERROR_INVALID, "%s is damaged: it is not a database", store->path);
	return check_log(store, head, err);
}

char *sqlite_files_uri(const char *path, const char *query)
{
	static const char digits[] = "0123456789ABCDEF";
	char *escaped = memory_allocate(3 * strlen(path) + 1), *end = escaped;

	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;
		if (!strchr("%?#", byte)) {
			*end++ = (char)byte;
			continue;
		}
		*end++ = '%';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	*end = '\0';
	char *uri = memory_format("file:%s%s", escaped, query);
	free(escaped);
	return uri;
}

bool sqlite_files_has_head(const char *path)
{
	char head[HEAD_BYTES] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;
	bool has_head = fd >= 0 && !fstat(fd, &status) && status.st_size >= PAGE_BYTES_MIN &&
	                pread(fd, head, sizeof(head), 0) == sizeof(head) && !memcmp(head, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return has_head;
}

/* -1 on failure. SQLite would open a read-only file, too, and fail at the first write. */
static int open_to_write(const struct sqlite_store *store, const char *suffix, struct error *err)
{
	char *name = memory_format("%s%s", store->path, suffix);
	int fd = open(name, O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		error_set_errno(err, errno == EISDIR ? ERROR_INVALID : ERROR_UNAVAILABLE, "cannot write to %s", name);
	free(name);
	return fd;
}

static bool sqlite_files_check_files(struct sqlite_store *store, struct error *err)
{
	int fd = open_to_write(store, "", err), log = fd >= 0 && store->had_wal ? open_to_write(store, "-wal", err) : -1;
	bool is_well = fd >= 0 && (!store->had_wal || log >= 0) && sqlite_files_check_head(store, fd, err);

	if (log >= 0)
		close(log);
	if (fd >= 0)
		close(fd);
	return is_well;
}

static bool move_log(const struct sqlite_store *store, const char *from, const char *to)
{
	char *before = memory_format("%s%s", store->path, from), *after = memory_format("%s%s", store->path, to);
	bool is_moved = !rename(before, after);

	free(before);
	free(after);
	return is_moved;
}

static bool put_log_aside(struct sqlite_store *store, struct error *err)
{
	store->is_log_aside = move_log(store, "-wal", STALE_LOG);
	if (!store->is_log_aside)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot rename %s-wal, which is damaged", store->path);
	store->found_log = (struct wal_extent){ 0 };
	store->wal_frames = 0;
	return true;
}

static bool check_missing(struct sqlite_store *store, bool must_exist, struct error *err)
{
	if (store->had_wal)
		return error_set(err, ERROR_INVALID, "%s is missing, but its log %s-wal exists", store->path, store->path);
	if (!sqlite_mark_find(store, err))
		return false;
	if (store->mark_finding == MARK_FOUND && store->mark.revision)
		return error_set(err, ERROR_INVALID,
		    "%s is missing, but %s says that it had %" PRIu64 " %s: put it or a backup in its place, or remove %s "
		    "to begin an empty registry",
		    store->path, store->mark_path, store->mark.revision, plural(store->mark.revision, "change", "changes"),
		    store->mark_path);
	if (must_exist)
		return error_set(err, ERROR_NOT_FOUND, "%s does not exist", store->path);
	return true;
}

bool sqlite_files_find(struct sqlite_store *store, bool must_exist, struct error *err)
{
	store->had_wal = size_of(store, "-wal") >= 0;
	if (size_of(store, "") >= 0)
		return sqlite_files_check_files(store, err) && sqlite_mark_find(store, err) &&
		       (!sqlite_mark_forbids_log(store) || put_log_aside(store, err));
	if (!check_missing(store, must_exist, err))
		return false;
	store->is_new = store->is_wal = sqlite_schema_create(store->path, err);
	return store->is_new;
}

/* SQLite would pad a truncated last page. If there is a write-ahead log, the page may be in it. */
bool sqlite_files_check_size(struct sqlite_store *store, struct error *err)
{
	int pages, page_bytes;

	if (!sqlite_read_pragma(store, "PRAGMA page_count", &pages, err) ||
	    !sqlite_read_pragma(store, "PRAGMA page_size", &page_bytes, err))
		return false;
	if (size_of(store, "-wal") <= 0 && size_of(store, "") < (off_t)pages * page_bytes)
		return error_set(err, ERROR_INVALID, "%s is damaged: it is truncated", store->path);
	return true;
}

static void remove_file(const struct sqlite_store *store, const char *suffix)
{
	char *name = memory_format("%s%s", store->path, suffix);

	(void)unlink(name);
	free(name);
}

/* SQLite creates the log when it reads a database in WAL mode. */
void sqlite_files_leave(const struct sqlite_store *store)
{
	if (store->is_log_aside)
		(void)move_log(store, STALE_LOG, "-wal");
	else if (!store->had_wal && size_of(store, "-wal") == 0)
		remove_file(store, "-wal");
	if (store->is_new)
		remove_file(store, "");
}

void sqlite_files_start(const struct sqlite_store *store)
{
	if (store->is_log_aside)
		remove_file(store, STALE_LOG);
}
