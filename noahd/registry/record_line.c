/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/record_line.h"

#include "common/base64.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"
#include "noahd/registry/record_check.h"

#include <stdlib.h>
#include <string.h>

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* As text if it is UTF-8, else as base64 under another key; null if there is none. */
static void add_value(json_t *line, const struct record *record)
{
	json_t *text = record->has_value ? json_string_of(record->value, record->value_size) : json_null();

	if (text) {
		json_object_set_new(line, "value", text);
		return;
	}
	char *encoded = memory_allocate(BASE64_TEXT_BYTES(record->value_size));
	base64_encode(record->value, record->value_size, encoded);
	json_object_set_new(line, "value_base64", json_string(encoded));
	free(encoded);
}

char *record_line(const struct record *record)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:I}", "kind", kind_of(record->kind)->name,
	    "path", record->path, "id", record->id, "created_ms", (json_int_t)record->created_ms, "updated_ms",
	    (json_int_t)record->updated_ms, "created_revision", (json_int_t)record->created_revision, "revision",
	    (json_int_t)record->revision, "tags", names_view(record->tags), "links", names_view(record->links),
	    "lifetime_ms", (json_int_t)record->lifetime_ms);

	add_value(line, record);
	char *text = json_render(line, NULL);
	json_decref(line);
	return text;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Without a NUL character, which would cut it off. */
static bool is_plain(const json_t *text)
{
	return json_is_string(text) && strlen(json_string_value(text)) == json_string_length(text);
}

static bool parse_kind(const json_t *value, struct record *out, struct error *err)
{
	for (const struct kind *const *kind = kind_table; *kind; kind++)
		if (!strcmp(json_string_value(value), (*kind)->name)) {
			out->kind = (*kind)->number;
			return true;
		}
	return error_set(err, ERROR_INVALID, "unknown kind \"%s\"", json_string_value(value));
}

static bool record_line_parse_path(const json_t *value, struct record *out, struct error *err)
{
	if (!is_plain(value))
		return error_set(err, ERROR_INVALID, "the path contains a NUL character");
	out->path = memory_text(json_string_value(value));
	return true;
}

static bool parse_id(const json_t *value, struct record *out, struct error *err)
{
	if (json_string_length(value) >= sizeof(out->id) || !is_plain(value))
		return error_set(err, ERROR_INVALID, "id is too long or contains a NUL character");
	memcpy(out->id, json_string_value(value), json_string_length(value) + 1);
	return true;
}

static bool parse_names(const json_t *array, char **out, struct error *err)
{
	char *names = memory_text("");
	const json_t *name;
	size_t i;

	json_array_foreach (array, i, name) {
		if (!is_plain(name) || !*json_string_value(name) || strchr(json_string_value(name), '\n')) {
			free(names);
			return error_set(err, ERROR_INVALID, "tags and links must be arrays of names");
		}
		char *longer = memory_format("%s%s\n", names, json_string_value(name));
		free(names);
		names = longer;
	}
	if (*names)
		*out = names;
	else
		free(names);
	return true;
}

static bool parse_tags(const json_t *value, struct record *out, struct error *err)
{
	return parse_names(value, &out->tags, err);
}

static bool parse_links(const json_t *value, struct record *out, struct error *err)
{
	return parse_names(value, &out->links, err);
}

static bool parse_value(const json_t *value, struct record *out, struct error *err)
{
	(void)err;
	if (out->has_value || json_is_null(value))
		return true;
	out->has_value = true;
	out->value_size = json_string_length(value);
	out->value = memory_copy(json_string_value(value), out->value_size);
	return true;
}

static bool parse_bytes(const json_t *value, struct record *out, struct error *err)
{
	size_t text_size = json_string_length(value), size;
	void *bytes = memory_allocate(text_size + 1);

	if (out->has_value || !base64_decode(json_string_value(value), text_size, bytes, text_size, &size)) {
		free(bytes);
		return error_set(err, ERROR_INVALID, "value_base64 is not base64, or there is a value as well");
	}
	out->has_value = true;
	out->value = bytes;
	out->value_size = size;
	return true;
}

/* Either value or value_base64 is required. number: the offset of a number in the record. */
static const struct key {
	const char *name;
	json_type type;
	bool may_be_null, may_be_missing;
	bool is_time; /* may be negative: clocks have been set before 1970 */
	bool (*parse)(const json_t *value, struct record *out, struct error *err);
	size_t number;
} keys[] = {
	{ "kind", JSON_STRING, .parse = parse_kind },
	{ "path", JSON_STRING, .parse = record_line_parse_path },
	{ "id", JSON_STRING, .parse = parse_id },
	{ "created_ms", JSON_INTEGER, .is_time = true, .number = offsetof(struct record, created_ms) },
	{ "updated_ms", JSON_INTEGER, .is_time = true, .number = offsetof(struct record, updated_ms) },
	{ "created_revision", JSON_INTEGER, .number = offsetof(struct record, created_revision) },
	{ "revision", JSON_INTEGER, .number = offsetof(struct record, revision) },
	{ "tags", JSON_ARRAY, .parse = parse_tags },
	{ "links", JSON_ARRAY, .parse = parse_links },
	{ "lifetime_ms", JSON_INTEGER, .number = offsetof(struct record, lifetime_ms) },
	{ "value", JSON_STRING, .may_be_null = true, .may_be_missing = true, .parse = parse_value },
	{ "value_base64", JSON_STRING, .may_be_missing = true, .parse = parse_bytes },
};

enum { KEYS = sizeof(keys) / sizeof(*keys) };

static bool parse_key(const struct key *key, const json_t *line, struct record *out, struct error *err)
{
	const json_t *value = json_object_get(line, key->name);

	if (!value)
		return key->may_be_missing || error_set(err, ERROR_INVALID, "%s is missing", key->name);
	if (json_typeof(value) != key->type && !(json_is_null(value) && key->may_be_null))
		return error_set(err, ERROR_INVALID, "%s has the wrong type %s", key->name, json_type_name(value));
	if (key->parse)
		return key->parse(value, out, err);
	int64_t number = json_integer_value(value);
	if (number < 0 && !key->is_time)
		return error_set(err, ERROR_INVALID, "%s is negative", key->name);
	memcpy((char *)out + key->number, &number, sizeof(number));
	return true;
}

/* Whether exactly one of "value" and "value_base64" is there, and no key that is not in the table. */
static bool check_keys(const json_t *line, struct error *err)
{
	if (!json_object_get(line, "value") == !json_object_get(line, "value_base64"))
		return error_set(err, ERROR_INVALID, "value or value_base64 is required");
	if (json_object_size(line) != KEYS - 1)
		return error_set(err, ERROR_INVALID, "there are unknown keys");
	return true;
}

bool record_line_parse(const json_t *line, struct record *out, struct error *err)
{
	struct record record = { .path = NULL };
	struct error why;
	bool is_sound = true;

	for (size_t i = 0; i < KEYS && is_sound; i++)
		is_sound = parse_key(&keys[i], line, &record, err);
	is_sound = is_sound && check_keys(line, err);
	if (is_sound && !record_check(&record, &why))
		is_sound =
		    error_set(err, ERROR_INVALID, "%s \"%.160s\": %s", kind_of(record.kind)->name, record.path, why.text);
	if (is_sound)
		*out = record;
	else
		record_finish(&record);
	return is_sound;
}
