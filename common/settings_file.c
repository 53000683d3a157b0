/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_file.h"
#include "common/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The tokens of libconfig's grammar, as far as needed to tell a number from a string, a comment or a name. */

static const char *end_of_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return at + (*at == '"');
}

/* Returns at itself if no comment begins there. */
static const char *end_of_comment(const char *at)
{
	if (at[0] == '#' || (at[0] == '/' && at[1] == '/'))
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		const char *end = strstr(at + 2, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	return at;
}

/* The end of a name or number, without its sign. Returns at itself if none begins there. */
static const char *end_of_word(const char *at)
{
	if (*at == '-')
		return at;
	while (isalnum((unsigned char)*at) || (*at && strchr("_*-.", *at)))
		at++;
	return at;
}

/* Without a suffix: those of a float and an 'L' are not digits. */
static bool settings_file_is_whole_number(const char *at, size_t size)
{
	bool is_hexadecimal = size > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
	size_t prefix = is_hexadecimal ? 2 : 0;

	return prefix + strspn(at + prefix, is_hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") >= size;
}

/* The end of the token at at, never at itself. */
static const char *end_of_unit(const char *at)
{
	const char *end = end_of_comment(at);

	if (end != at)
		return end;
	if (*at == '"')
		return end_of_string(at);
	end = end_of_word(at);
	return end != at ? end : at + 1;
}

static size_t settings_file_line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

char *settings_file_prepare(const char *text, size_t size, size_t *out_line, struct error *err)
{
	char *prepared = memory_allocate(2 * size + 2); /* at most one 'L' after each byte */
	char *out = prepared;
	const char *at = text;

	for (const char *end; at < text + size && *at && *at != '@'; at = end) {
		end = end_of_unit(at);
		memcpy(out, at, (size_t)(end - at));
		out += end - at;
		if (isdigit((unsigned char)*at) && settings_file_is_whole_number(at, (size_t)(end - at)))
			*out++ = 'L';
	}
	*out++ = '\n'; /* a comment that ends with the file would be a syntax error */
	*out = '\0';
	if (at == text + size)
		return prepared;
	*out_line = settings_file_line_of(text, at);
	error_set(err, ERROR_INVALID, *at ? "@include is not supported" : "a NUL byte");
	free(prepared);
	return NULL;
}
