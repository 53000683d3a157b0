/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

/* jansson's parser and json_decref recurse, and its own limit is 2,048 levels. */
enum { DEPTH_MAX = 32 };

static bool too_deep_at(const char *bytes, const char *at, struct error *err)
{
	size_t line = 1, column = 1;

	for (; bytes < at; bytes++) {
		if (*bytes == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*bytes & 0xc0) != 0x80) {
			column++;
		}
	}
	return error_set(err, ERROR_INVALID, "malformed JSON at line %zu, column %zu: more than %d levels deep", line,
	    column, DEPTH_MAX);
}

/* Counts brackets outside strings; the parser rejects what is not JSON at all. */
static bool check_depth(const char *bytes, size_t size, struct error *err)
{
	bool in_string = false;
	size_t depth = 0;

	for (const char *at = bytes; at < bytes + size; at++) {
		if (in_string && *at == '\\')
			at++;
		else if (*at == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (*at == '[' || *at == '{')
			depth++;
		else if ((*at == ']' || *at == '}') && depth)
			depth--;
		if (depth > DEPTH_MAX)
			return too_deep_at(bytes, at, err);
	}
	return true;
}

static bool is_blank(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!memchr(" \t\r\n", bytes[i], 4))
			return false;
	return true;
}

static bool json_refuse(const json_error_t *error, struct error *err)
{
	bool trailing = json_error_code(error) == json_error_end_of_input_expected;
	/* jansson's quotation may begin or end within a UTF-8 sequence, and is left out then. */
	const char *text = error->text, *quote = strstr(text, " near ");
	size_t size = quote && !utf8_is_valid(text, strlen(text)) ? (size_t)(quote - text) : strlen(text);

	return error_set(err, ERROR_INVALID, "malformed JSON at line %d, column %d: %s%.*s", error->line, error->column,
	    trailing ? "trailing data after the value: " : "", (int)size, text);
}

/* Some editors write a byte order mark, which means nothing (RFC 8259, 8.1). */
static void skip_byte_order_mark(const char **bytes, size_t *size)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t mark_bytes = sizeof(mark) - 1;

	if (*size < mark_bytes || memcmp(*bytes, mark, mark_bytes) != 0)
		return;
	*bytes += mark_bytes;
	*size -= mark_bytes;
}

bool json_decode(const char *bytes, size_t size, json_t **out, struct error *err)
{
	const size_t flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	json_error_t error;

	skip_byte_order_mark(&bytes, &size);
	if (is_blank(bytes, size))
		return error_set(err, ERROR_INVALID, "malformed JSON: the text %s", size ? "is only white space" : "is empty");
	if (!check_depth(bytes, size, err))
		return false;
	json_t *value = json_loadb(bytes, size, flags, &error);
	if (!value)
		return json_refuse(&error, err);
	*out = value;
	return true;
}

bool json_looks_so(const char *text)
{
	size_t size = strlen(text);

	skip_byte_order_mark(&text, &size);
	return strchr("{[\"", text[strspn(text, " \t\r\n")]);
}

bool json_decode_object(const char *bytes, size_t size, json_t **out, struct error *err)
{
	json_t *value = NULL;

	if (!json_decode(bytes, size, &value, err) || !value)
		return false;
	if (!json_is_object(value)) {
		error_set(err, ERROR_INVALID, "a JSON object is required, found %s", json_type_name(value));
		json_decref(value);
		return false;
	}
	*out = value;
	return true;
}

const char *json_type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "object",
		[JSON_ARRAY] = "array",
		[JSON_STRING] = "string",
		[JSON_INTEGER] = "number",
		[JSON_REAL] = "number",
		[JSON_TRUE] = "true or false",
		[JSON_FALSE] = "true or false",
		[JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

void json_put(json_t *object, const char *key, json_t *take_value)
{
	(void)json_object_set_new_nocheck(object, key, take_value);
}

void json_put_text(json_t *object, const char *key, const char *text)
{
	json_put(object, key, json_string_nocheck(text));
}

/* Faster than jansson's own check, which takes one byte at a time. */
json_t *json_string_of(const void *bytes, size_t size)
{
	return utf8_is_valid(bytes, size) ? json_stringn_nocheck(bytes, size) : NULL;
}
