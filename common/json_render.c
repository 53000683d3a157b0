/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same bytes as jansson's compact ones, in a quarter of the time: jansson decodes each character and looks for
   cycles, which we never make. Every write renders two texts, and that was a tenth of what it costs. */

enum {
	FIRST_BYTES = 512,
	NUMBER_BYTES_MAX = 32,
	SHORT_DIGITS = 15, /* as most were given: 0.3, not 0.29999999999999999 */
	EXACT_DIGITS = 17, /* as many as can matter */
};

struct text {
	char *bytes;
	size_t size, room;
};

static char *reserve(struct text *text, size_t size)
{
	if (text->room - text->size < size) {
		text->room = 2 * text->room + size;
		text->bytes = memory_grow(text->bytes, text->room, 1);
	}
	return text->bytes + text->size;
}

static void json_render_append(struct text *text, const char *bytes, size_t size)
{
	memcpy(reserve(text, size), bytes, size);
	text->size += size;
}

static bool is_escaped(char byte)
{
	return (unsigned char)byte < 0x20 || byte == '"' || byte == '\\';
}

/* Whether none of eight bytes is escaped, by one subtraction that borrows from those that are: the bit tricks hasless
   and haszero (Warren, Hacker's Delight, 6-1). */
static bool all_are_plain(const char *bytes)
{
	const uint64_t ones = UINT64_MAX / 0xff, tops = ones << 7;
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
	const uint64_t below = word - ones * 0x20;
	return (((below & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & tops) == 0;
}

static const char *skip_plain(const char *bytes, const char *end)
{
	while (end - bytes >= (ptrdiff_t)sizeof(uint64_t) && all_are_plain(bytes))
		bytes += sizeof(uint64_t);
	while (bytes < end && !is_escaped(*bytes))
		bytes++;
	return bytes;
}

static void append_escaped(struct text *text, char byte)
{
	static const char letters[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'
	};
	char escape[8] = { '\\', letters[(unsigned char)byte] };

	if (!escape[1])
		snprintf(escape, sizeof(escape), "\\u%04X", (unsigned)byte);
	json_render_append(text, escape, strlen(escape));
}

static void append_string(struct text *text, const char *bytes, size_t size)
{
	const char *end = bytes + size;

	json_render_append(text, "\"", 1);
	while (bytes < end) {
		const char *plain = bytes;
		bytes = skip_plain(bytes, end);
		json_render_append(text, plain, (size_t)(bytes - plain));
		if (bytes < end)
			append_escaped(text, *bytes++);
	}
	json_render_append(text, "\"", 1);
}

static size_t write_integer(json_int_t integer, char *digits)
{
	if (integer >= 0)
		return (size_t)(number_write((uint64_t)integer, digits) - digits);
	*digits = '-';
	return (size_t)(number_write(-(uint64_t)integer, digits + 1) - digits);
}

/* As short as it was given, as long as it has to be. */
static size_t write_real(const json_t *real, char *digits)
{
	size_t size = json_dumpb(real, digits, NUMBER_BYTES_MAX, JSON_ENCODE_ANY | JSON_REAL_PRECISION(SHORT_DIGITS));
	json_t *read_back = json_loadb(digits, size, JSON_DECODE_ANY, NULL);
	bool is_same = json_equal(real, read_back);

	json_decref(read_back);
	if (is_same)
		return size;
	return json_dumpb(real, digits, NUMBER_BYTES_MAX, JSON_ENCODE_ANY | JSON_REAL_PRECISION(EXACT_DIGITS));
}

static void append_number(struct text *text, const json_t *number)
{
	char *digits = reserve(text, NUMBER_BYTES_MAX);

	text->size +=
	    json_is_integer(number) ? write_integer(json_integer_value(number), digits) : write_real(number, digits);
}

static void append_value(struct text *text, const json_t *value);

static void append_array(struct text *text, const json_t *array)
{
	size_t i;
	const json_t *item;

	json_render_append(text, "[", 1);
	json_array_foreach (array, i, item) {
		if (i > 0)
			json_render_append(text, ",", 1);
		append_value(text, item);
	}
	json_render_append(text, "]", 1);
}

static void append_object(struct text *text, json_t *object)
{
	const char *key, *separator = "{";
	size_t size;
	const json_t *value;

	if (json_object_size(object) == 0)
		json_render_append(text, separator, 1);
	json_object_keylen_foreach(object, key, size, value)
	{
		json_render_append(text, separator, 1);
		append_string(text, key, size);
		json_render_append(text, ":", 1);
		append_value(text, value);
		separator = ",";
	}
	json_render_append(text, "}", 1);
}

static void append_value(struct text *text, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		append_object(text, (json_t *)value);
		break;
	case JSON_ARRAY:
		append_array(text, value);
		break;
	case JSON_STRING:
		append_string(text, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		append_number(text, value);
		break;
	case JSON_TRUE:
		json_render_append(text, "true", 4);
		break;
	case JSON_FALSE:
		json_render_append(text, "false", 5);
		break;
	case JSON_NULL:
		json_render_append(text, "null", 4);
		break;
	}
}

char *json_render(const json_t *value, size_t *out_size)
{
	struct text text = { .bytes = memory_allocate(FIRST_BYTES), .room = FIRST_BYTES };

	append_value(&text, value);
	if (out_size)
		*out_size = text.size;
	json_render_append(&text, "", 1);
	return text.bytes;
}

char *json_text_put_members(char *take_object, size_t *size, const char *members, size_t members_size)
{
	const bool is_empty = *size == strlen("{}");
	char *object = memory_grow(take_object, *size + members_size + 2, 1), *end = object + *size - 1;

	if (!is_empty)
		*end++ = ',';
	end = mempcpy(end, members, members_size);
	memcpy(end, "}", sizeof("}"));
	*size += members_size + !is_empty;
	return object;
}

char *json_text_put(char *take_object, size_t *size, const char *key, const char *value)
{
	char *member = memory_format("\"%s\":%s", key, value);
	char *object = json_text_put_members(take_object, size, member, strlen(member));

	free(member);
	return object;
}

/* jansson's, with what the allocator adds. */
enum { VALUE_BYTES = 48, MEMBER_BYTES = 80, ITEM_BYTES = 8 };

size_t json_bytes(const json_t *value)
{
	size_t bytes = VALUE_BYTES + json_string_length(value), i;
	const json_t *part;
	const char *key;

	json_array_foreach (value, i, part)
		bytes += ITEM_BYTES + json_bytes(part);
	json_object_foreach ((json_t *)value, key, part)
		bytes += MEMBER_BYTES + strlen(key) + json_bytes(part);
	return bytes;
}
