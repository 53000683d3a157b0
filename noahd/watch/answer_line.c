/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/answer_line.h"

#include "common/memory.h"
#include "common/percent.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_BYTES_MIN = 4 }; /* shorter values occur in any text */

static const char CUT[] = "...";

/* In place: a query is never shorter than its replacement. */
static void cut_queries(char *line)
{
	char *to = line;

	for (const char *from = line; *from;) {
		size_t size = *from == '?' ? strcspn(from + 1, " \t\"'<>") : 0;
		*to++ = *from++;
		if (size < sizeof(CUT) - 1)
			continue;
		memcpy(to, CUT, sizeof(CUT) - 1);
		to += sizeof(CUT) - 1;
		from += size;
	}
	*to = '\0';
}

static void cut_text(char *line, const char *secret)
{
	size_t size = strlen(secret);

	if (size < SECRET_BYTES_MIN)
		return;
	for (char *found = line; (found = strstr(found, secret)); found += sizeof(CUT) - 1) {
		memcpy(found, CUT, sizeof(CUT) - 1);
		memmove(found + sizeof(CUT) - 1, found + size, strlen(found + size) + 1);
	}
}

/* Decodes in place, as forms are encoded. */
static void decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		int byte = *from == '%' ? percent_byte(from + 1) : -1;
		*to = byte >= 0 ? (char)byte : *from == '+' ? ' ' : *from;
		from += byte >= 0 ? 3 : 1;
	}
	*to = '\0';
}

static void cut_values(char *line, const char *query)
{
	size_t size;

	for (; *query; query += size + (query[size] == '&')) {
		size = strcspn(query, "&");
		const char *equals = memchr(query, '=', size), *value = equals ? equals + 1 : query;
		char *secret = memory_copy(value, size - (size_t)(value - query));
		cut_text(line, secret);
		decode(secret);
		cut_text(line, secret);
		free(secret);
	}
}

void answer_line_write(const char *body, size_t size, const char *endpoint, char out[ANSWER_LINE_BYTES])
{
	while (size && isspace((unsigned char)*body)) {
		body++;
		size--;
	}
	/* The first line that is not blank; a NUL ends it, too. */
	char *line = memory_copy(body, size);
	line[strcspn(line, "\r\n")] = '\0';
	const char *query = strchr(endpoint, '?');

	cut_queries(line);
	if (query)
		cut_values(line, query + 1);
	if (snprintf(out, ANSWER_LINE_BYTES, "%s", line) >= ANSWER_LINE_BYTES)
		memcpy(out + ANSWER_LINE_BYTES - sizeof(CUT), CUT, sizeof(CUT));
	free(line);
}
