/* json.h - JSON by jansson, with our limits and our error texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Decodes exactly one JSON text (RFC 8259): no duplicate keys, at most 32 levels deep, "\u0000" allowed; a
   byte order mark before it is skipped.
   Fails with ERROR_INVALID naming line and column. The caller owns *out (json_decref). */
bool json_decode(const char *bytes, size_t size, json_t **out, struct error *err);

/* Whether a NUL-terminated text is blank, or begins as an object, an array or a string does. */
bool json_looks_so(const char *text);

/* Like json_decode, but the text must be an object; the error names any other type. */
bool json_decode_object(const char *bytes, size_t size, json_t **out, struct error *err);

/* Compact UTF-8 text, NUL-terminated, free() it; *out_size (may be NULL) excludes the NUL. Slashes are not escaped. */
char *json_render(const json_t *value, size_t *out_size);

/* Takes the text of an object, as json_render makes it, and returns it with one more member, whose value is JSON text
   too. *size: of the text, before and then after. free() it. */
char *json_text_put(char *take_object, size_t *size, const char *key, const char *value);
/* The same with the members in a text: "\"a\":1,\"b\":2". */
char *json_text_put_members(char *take_object, size_t *size, const char *members, size_t members_size);

/* Roughly how many bytes a value takes in memory, no fewer than its text. Its depth must be bounded. */
size_t json_bytes(const json_t *value);

/* "object", "array", "string", "number", "true or false", "null". */
const char *json_type_name(const json_t *value);

/* Adds a member to an object. Key and text must be UTF-8, which is not checked again: our own words, or text that has
   been checked. */
void json_put(json_t *object, const char *key, json_t *take_value);
void json_put_text(json_t *object, const char *key, const char *text);

/* A JSON string of these bytes, or NULL if they are not UTF-8. */
json_t *json_string_of(const void *bytes, size_t size);

#endif
