/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/signed_headers.h"

#include "common/memory.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	size_t offset;
} names[] = {
	{ "webhook-id", offsetof(struct signed_headers, id) },
	{ "webhook-timestamp", offsetof(struct signed_headers, timestamp) },
	{ "webhook-signature", offsetof(struct signed_headers, signature) },
};
enum { NAMES = sizeof(names) / sizeof(*names) };

static char **value_in(struct signed_headers *headers, size_t i)
{
	return (char **)((char *)headers + names[i].offset);
}

/* The size of the line without the white space at its end. */
static size_t trimmed(const char *line, size_t size)
{
	while (size && strchr(" \t\r", line[size - 1]))
		size--;
	return size;
}

static bool take_line(struct signed_headers *headers, const char *line, size_t size, struct error *err)
{
	if (size >= 2 && !strncmp(line, "> ", 2)) {
		line += 2;
		size -= 2;
	}
	for (size_t i = 0; i < NAMES; i++) {
		size_t name_size = strlen(names[i].name);
		if (size <= name_size || line[name_size] != ':' || strncasecmp(line, names[i].name, name_size) != 0)
			continue;
		if (*value_in(headers, i))
			return error_set(err, ERROR_INVALID, "%s is given twice", names[i].name);
		const char *value = line + name_size + 1;
		value += strspn(value, " \t");
		*value_in(headers, i) =
		    value < line + size ? memory_format("%.*s", (int)(line + size - value), value) : memory_text("");
	}
	return true;
}

bool signed_headers_parse(const char *text, struct signed_headers *out, struct error *err)
{
	struct signed_headers headers = { 0 };
	bool is_good = true;

	while (*text && is_good) {
		size_t size = strcspn(text, "\n");
		is_good = take_line(&headers, text, trimmed(text, size), err);
		text += size + (text[size] == '\n');
	}
	for (size_t i = 0; i < NAMES && is_good; i++)
		if (!*value_in(&headers, i))
			is_good = error_set(err, ERROR_INVALID, "%s is missing", names[i].name);
	if (is_good)
		*out = headers;
	else
		signed_headers_finish(&headers);
	return is_good;
}

void signed_headers_finish(struct signed_headers *headers)
{
	for (size_t i = 0; i < NAMES; i++)
		free(*value_in(headers, i));
	*headers = (struct signed_headers){ 0 };
}
