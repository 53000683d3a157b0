/* SPDX-License-Identifier: Apache-2.0 */
#include "common/error.h"
#include "common/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The text goes into JSON, so a cut must not leave half of a UTF-8 sequence. */
static void drop_cut_sequence(char *text)
{
	size_t size = strlen(text), start = size;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0)
		start--;
	if (!utf8_sequence(text + start, size - start))
		text[start] = '\0';
}

/* The text may quote what a client sent, which may be anything: a byte that is not UTF-8 becomes '?'. */
static void replace_foreign_bytes(char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t length = utf8_sequence(text, left);
		if (!length) {
			*text = '?';
			length = 1;
		}
		text += length;
		left -= length;
	}
}

static void error_append(struct error *err, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void error_append_text(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fill(struct error *err, enum error_kind kind, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void error_append(struct error *err, const char *format, va_list arguments)
{
	size_t used = strlen(err->text);
	size_t room = sizeof(err->text) - used;
	int size = vsnprintf(err->text + used, room, format, arguments);

	if (size >= 0 && (size_t)size >= room)
		drop_cut_sequence(err->text);
	replace_foreign_bytes(err->text + used);
}

static void error_append_text(struct error *err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_append(err, format, arguments);
	va_end(arguments);
}

/* Formatted into a second struct, since the arguments may point into err's own text. */
static void fill(struct error *err, enum error_kind kind, const char *format, va_list arguments)
{
	struct error fresh = { .kind = kind };

	error_append(&fresh, format, arguments);
	*err = fresh;
}

bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return false;
	va_start(arguments, format);
	fill(err, kind, format, arguments);
	va_end(arguments);
	return false;
}

bool error_set_errno(struct error *err, enum error_kind kind, const char *format, ...)
{
	int number = errno;
	char reason[128];
	va_list arguments;

	if (!err)
		return false;
	va_start(arguments, format);
	fill(err, kind, format, arguments);
	va_end(arguments);
	error_append_text(err, ": %s", strerror_r(number, reason, sizeof(reason)));
	errno = number;
	return false;
}
