/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/mark.h"

#include "common/file.h"
#include "common/number.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "noah-mark 1 EPOCH REVISION LOG FRAMES CARRIED CHECK", all of fixed width, so that people can read the file. */
#define TITLE "noah-mark 1 "
enum {
	EPOCH_BYTES = 39,
	NUMBER_BYTES = 20,
	FRAMES_BYTES = 10,
	BEFORE_CHECK_BYTES = 12 + EPOCH_BYTES + 1 + NUMBER_BYTES + 1 + NUMBER_BYTES + 1 + FRAMES_BYTES + 3,
	CHECK_BYTES = 16,
	LINE_BYTES = BEFORE_CHECK_BYTES + CHECK_BYTES + 1,
};
static_assert(sizeof(TITLE) - 1 == 12, "as BEFORE_CHECK_BYTES says");

/* FNV-1a: every flipped bit changes it. */
static uint64_t check_of(const char *bytes, size_t size)
{
	uint64_t check = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		check = (check ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return check;
}

/* Right-aligned, with a space behind it. Returns the place behind that. */
static char *mark_put_number(char *line, size_t width, uint64_t number)
{
	char digits[NUMBER_TEXT_BYTES];
	const size_t size = (size_t)(number_write(number, digits) - digits);

	assert(size <= width);
	memset(line, ' ', width + 1);
	memcpy(line + width - size, digits, size);
	return line + width + 1;
}

/* Every commit waits for this, so it is not left to snprintf, which takes ten times as long. */
static void mark_format_line(const struct mark *mark, char line[LINE_BYTES])
{
	static const char hexadecimal[] = "0123456789abcdef";
	char *end = line;

	memset(line, ' ', BEFORE_CHECK_BYTES);
	memcpy(end, TITLE, sizeof(TITLE) - 1);
	end += sizeof(TITLE) - 1;
	memcpy(end, mark->epoch, strnlen(mark->epoch, EPOCH_BYTES));
	end = mark_put_number(end + EPOCH_BYTES + 1, NUMBER_BYTES, mark->revision);
	end = mark_put_number(end, NUMBER_BYTES, mark->log);
	end = mark_put_number(end, FRAMES_BYTES, mark->frames);
	end = mark_put_number(end, 1, mark->is_checkpointed);
	const uint64_t check = check_of(line, BEFORE_CHECK_BYTES);
	for (unsigned i = 0; i < CHECK_BYTES; i++)
		*end++ = hexadecimal[check >> (60 - 4 * i) & 15];
	*end = '\n';
}

/* Cuts the next word off the line. */
static char *take_word(char **line)
{
	char *word = *line + strspn(*line, " ");
	char *end = word + strcspn(word, " ");

	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool take_number(char **line, uint64_t max, uint64_t *out)
{
	return number_parse_uint64(take_word(line), max, out);
}

/* A line is damaged unless what was read is written as the same bytes. */
static bool parse_line(const char *line, size_t size, struct mark *out)
{
	char copy[LINE_BYTES + 1], again[LINE_BYTES], *rest = copy;
	struct mark mark = { 0 };
	uint64_t frames, checkpointed;

	if (size != LINE_BYTES)
		return false;
	memcpy(copy, line, size);
	copy[size] = '\0';
	(void)take_word(&rest);
	(void)take_word(&rest);
	snprintf(mark.epoch, sizeof(mark.epoch), "%s", take_word(&rest));
	if (!take_number(&rest, UINT64_MAX, &mark.revision) || !take_number(&rest, UINT64_MAX, &mark.log) ||
	    !take_number(&rest, UINT32_MAX, &frames) || !take_number(&rest, 1, &checkpointed))
		return false;
	mark.frames = (uint32_t)frames;
	mark.is_checkpointed = checkpointed;
	mark_format_line(&mark, again);
	if (memcmp(line, again, LINE_BYTES) != 0)
		return false;
	*out = mark;
	return true;
}

bool mark_read(const char *path, enum mark_finding *out_finding, struct mark *out, struct error *err)
{
	struct error reason;
	char *line;
	size_t size;

	if (file_read(path, LINE_BYTES, FILE_PUBLIC, &line, &size, &reason)) {
		*out_finding = parse_line(line, size, out) ? MARK_FOUND : MARK_DAMAGED;
		free(line);
		return true;
	}
	if (reason.kind != ERROR_NOT_FOUND && reason.kind != ERROR_TOO_LARGE)
		return error_set(err, reason.kind, "%s", reason.text);
	*out_finding = reason.kind == ERROR_NOT_FOUND ? MARK_MISSING : MARK_DAMAGED;
	return true;
}

bool mark_create(const char *path, const struct mark *mark, struct error *err)
{
	char line[LINE_BYTES];

	mark_format_line(mark, line);
	return file_replace(path, line, LINE_BYTES, 0600, err);
}

bool mark_write(int fd, const struct mark *mark, struct error *err)
{
	char line[LINE_BYTES];
	ssize_t written;

	mark_format_line(mark, line);
	do
		written = pwrite(fd, line, LINE_BYTES, 0);
	while (written < 0 && errno == EINTR);
	if (written == LINE_BYTES)
		return true;
	if (written >= 0)
		errno = ENOSPC;
	return error_set_errno(err, file_error_kind(errno), "cannot write the mark");
}

bool mark_is_torn(const struct mark *mark, uint64_t log, uint32_t frames)
{
	return mark->log && !mark->is_checkpointed && (log != mark->log || frames < mark->frames);
}

bool mark_is_stale_log(const struct mark *mark, uint64_t log, uint32_t frames)
{
	return mark->log && mark->is_checkpointed && log == mark->log && frames < mark->frames;
}
