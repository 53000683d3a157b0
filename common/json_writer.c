/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_writer.h"

#include "common/memory.h"
#include "common/number.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_BYTES = 512 };

/* ---- text ------------------------------------------------------------------------------------------------------- */

void json_writer_grow(struct json_writer *writer, size_t size)
{
	writer->room = 2 * writer->room + size;
	writer->bytes = memory_grow(writer->bytes, writer->room, 1);
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
	while (bytes < end && (unsigned char)*bytes >= 0x20 && *bytes != '"' && *bytes != '\\')
		bytes++;
	return bytes;
}

static void append_escaped(struct json_writer *writer, char byte)
{
	static const char letters[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'
	};
	char escape[8] = { '\\', letters[(unsigned char)byte] };

	if (!escape[1])
		snprintf(escape, sizeof(escape), "\\u%04X", (unsigned)byte);
	json_writer_append(writer, escape, strlen(escape));
}

void json_writer_append_string(struct json_writer *writer, const char *bytes, size_t size)
{
	const char *end = bytes + size, *plain_end = skip_plain(bytes, end);

	if (plain_end == end) {
		char *out = json_writer_reserve(writer, size + 2);
		*out++ = '"';
		out = mempcpy(out, bytes, size);
		*out = '"';
		writer->size += size + 2;
		return;
	}
	json_writer_append(writer, "\"", 1);
	while (bytes < end) {
		const char *plain = bytes;
		bytes = skip_plain(bytes, end);
		json_writer_append(writer, plain, (size_t)(bytes - plain));
		if (bytes < end)
			append_escaped(writer, *bytes++);
	}
	json_writer_append(writer, "\"", 1);
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

void json_writer_begin_tree(struct json_writer *writer)
{
	*writer = (struct json_writer){ .tree = json_object() };
}

json_t *json_writer_end_tree(struct json_writer *writer)
{
	return writer->tree;
}

void json_writer_begin_text(struct json_writer *writer)
{
	*writer = (struct json_writer){ .bytes = memory_allocate(FIRST_BYTES), .room = FIRST_BYTES };
}

char *json_writer_end_text(struct json_writer *writer, size_t *out_size)
{
	json_writer_append(writer, writer->size ? "}" : "{}", writer->size ? 1 : 2);
	*out_size = writer->size;
	json_writer_append(writer, "", 1);
	return writer->bytes;
}

static void begin_member(struct json_writer *writer, const char *key)
{
	const size_t size = strlen(key);
	char *out = json_writer_reserve(writer, size + 4);

	*out++ = writer->size ? ',' : '{';
	*out++ = '"';
	out = mempcpy(out, key, size);
	*out++ = '"';
	*out = ':';
	writer->size += size + 4;
}

void json_writer_put_bytes(struct json_writer *writer, const char *key, const char *bytes, size_t size)
{
	if (writer->tree) {
		json_put(writer->tree, key, json_stringn_nocheck(bytes, size));
		return;
	}
	begin_member(writer, key);
	json_writer_append_string(writer, bytes, size);
}

void json_writer_put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_writer_put_bytes(writer, key, text, strlen(text));
}

void json_writer_put_number(struct json_writer *writer, const char *key, uint64_t number)
{
	if (writer->tree) {
		json_put(writer->tree, key, json_integer((json_int_t)number));
		return;
	}
	begin_member(writer, key);
	char *digits = json_writer_reserve(writer, NUMBER_TEXT_BYTES);
	writer->size += (size_t)(number_write(number, digits) - digits);
}

void json_writer_put(struct json_writer *writer, const char *key, json_t *take_value)
{
	if (writer->tree) {
		json_put(writer->tree, key, take_value);
		return;
	}
	begin_member(writer, key);
	json_render_into(writer, take_value);
	json_decref(take_value);
}

void json_writer_put_members(struct json_writer *writer, const char *members)
{
	json_writer_append(writer, writer->size ? "," : "{", 1);
	json_writer_append(writer, members, strlen(members));
}
