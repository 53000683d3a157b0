/* json_writer.h - the members of an object, put into a tree or straight into text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_JSON_WRITER_H
#define COMMON_JSON_WRITER_H

#include "common/json.h"

#include <stdint.h>
#include <string.h>

/* What is written once can be read by code as a tree, and by clients as text, which is made in a quarter of the time.
   Keys are our own words, each once; keys and texts are UTF-8, which is not checked again. */
struct json_writer {
	json_t *tree; /* NULL: into text */
	char *bytes;
	size_t size, room;
};

void json_writer_begin_tree(struct json_writer *writer);
json_t *json_writer_end_tree(struct json_writer *writer); /* the caller's */

void json_writer_begin_text(struct json_writer *writer);
/* As json_render would make it; NUL-terminated, free() it. */
char *json_writer_end_text(struct json_writer *writer, size_t *out_size);

void json_writer_put_text(struct json_writer *writer, const char *key, const char *text);
void json_writer_put_bytes(struct json_writer *writer, const char *key, const char *bytes, size_t size);
void json_writer_put_number(struct json_writer *writer, const char *key, uint64_t number);
void json_writer_put(struct json_writer *writer, const char *key, json_t *take_value);
/* Text only: members that are JSON text already, "\"a\":1,\"b\":2". */
void json_writer_put_members(struct json_writer *writer, const char *members);

/* For what renders a value: room for so many bytes behind the text, which then has to count them; bytes as they are; a
   string with its quotes. */
void json_writer_grow(struct json_writer *writer, size_t size);
static inline char *json_writer_reserve(struct json_writer *writer, size_t size)
{
	if (writer->room - writer->size < size)
		json_writer_grow(writer, size);
	return writer->bytes + writer->size;
}
static inline void json_writer_append(struct json_writer *writer, const char *bytes, size_t size)
{
	memcpy(json_writer_reserve(writer, size), bytes, size);
	writer->size += size;
}
void json_writer_append_string(struct json_writer *writer, const char *bytes, size_t size);
/* Appends a value as json_render makes it. */
void json_render_into(struct json_writer *writer, const json_t *value);

#endif
