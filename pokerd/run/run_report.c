/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_report.h"

#include "common/file.h"
#include "common/json.h"
#include "common/utf8.h"
#include "pokerd/run/readable.h"
#include "pokerd/run/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void run_report_finish(struct run_report *report)
{
	free(report->exception);
	*report = (struct run_report){ 0 };
}

bool run_report_create(const char *path, const struct spawn_identity *identity, struct error *err)
{
	int fd = run_folder_file_create(path, identity);

	if (fd < 0)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot create %s", path);
	close(fd);
	return true;
}

/* The command's user owns the file: it may be large, and may grow while it is read. */
static bool read_bytes(const char *path, char *out, size_t room, size_t *out_size, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	size_t size = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status)) {
		error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (S_ISREG(status.st_mode) && size < room &&
	       ((got = read(fd, out + size, room - size)) > 0 || (got < 0 && errno == EINTR)))
		size += got > 0 ? (size_t)got : 0;
	close(fd);
	*out_size = size;
	return S_ISREG(status.st_mode) || error_set(err, ERROR_INVALID, "%s is not a regular file", path);
}

bool run_report_read(const char *path, struct run_report *out, struct error *err)
{
	char bytes[RUN_REPORT_BYTES_MAX + 1];
	json_t *json = NULL;
	size_t size;

	*out = (struct run_report){ 0 };
	if (!read_bytes(path, bytes, sizeof(bytes), &size, err))
		return false;
	if (size > RUN_REPORT_BYTES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "it is larger than %d bytes", RUN_REPORT_BYTES_MAX);
	if (!size)
		return true;
	bool found = json_decode_object(bytes, size, &json, err) && run_report_from_json(json, out, err);
	json_decref(json);
	return found;
}

json_t *run_report_json(const struct run_report *report)
{
	if (!report->is_given)
		return json_null();
	return json_pack("{s:I, s:I, s:s?}", "updated", (json_int_t)report->updated, "total", (json_int_t)report->total,
	    "exception", report->exception);
}

static bool read_count(const json_t *json, const char *key, int64_t *out, struct error *err)
{
	const json_t *count = json_object_get(json, key);

	*out = json_integer_value(count);
	return (json_is_integer(count) && *out >= 0) ||
	       error_set(err, ERROR_INVALID, "\"%s\" must be a number, 0 or more", key);
}

/* At most max bytes, whole characters. */
static size_t cut(const char *text, size_t size, size_t max)
{
	size_t at = 0, length;

	while (at < size && (length = utf8_sequence(text + at, size - at)) && at + length <= max)
		at += length;
	return at;
}

bool run_report_from_json(const json_t *json, struct run_report *out, struct error *err)
{
	const json_t *exception = json_object_get(json, "exception");
	struct run_report report = { .is_given = true };

	if (!read_count(json, "updated", &report.updated, err) || !read_count(json, "total", &report.total, err))
		return false;
	if (exception && !json_is_string(exception) && !json_is_null(exception))
		return error_set(err, ERROR_INVALID, "\"exception\" must be a string or null");
	if (json_is_string(exception)) {
		const char *text = json_string_value(exception);
		report.exception =
		    readable_text(text, cut(text, json_string_length(exception), RUN_REPORT_EXCEPTION_BYTES_MAX));
	}
	*out = report;
	return true;
}
