/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/change.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/utf8.h"
#include "noahd/registry/token_value.h"

#include <stdlib.h>
#include <string.h>

const char *change_action_name(enum change_action action)
{
	static const char *const names[] = {
		[CHANGE_CREATE] = "create",
		[CHANGE_UPDATE] = "update",
		[CHANGE_DELETE] = "delete",
	};

	return names[action];
}

static char *copy_names(const char *names)
{
	return names ? memory_text(names) : NULL;
}

void record_copy(struct record *out, const struct record *record)
{
	record_copy_for(out, record, memory_text(record->path));
}

void record_copy_for(struct record *out, const struct record *record, char *path)
{
	*out = *record;
	out->path = path;
	out->value = record->has_value ? memory_copy(record->value, record->value_size) : NULL;
	out->tags = copy_names(record->tags);
	out->links = copy_names(record->links);
}

void record_finish(struct record *record)
{
	free(record->path);
	free(record->value);
	free(record->tags);
	free(record->links);
	record->path = record->tags = record->links = NULL;
	record->value = NULL;
}

/* ---- what can be told of a record without knowing the rules of its kind ------------------------------------------ */

static bool any_value(const struct record *record)
{
	(void)record;
	return true;
}

static bool text_value(const struct record *record)
{
	return record->has_value && utf8_is_valid(record->value, record->value_size);
}

static bool watch_value(const struct record *record)
{
	json_t *value;

	if (!record->has_value || !json_decode_object(record->value, record->value_size, &value, NULL))
		return false;
	bool is_whole =
	    json_is_string(json_object_get(value, "pattern")) && json_is_string(json_object_get(value, "endpoint"));
	json_decref(value);
	return is_whole;
}

static bool token_value(const struct record *record)
{
	struct token_value value;

	if (!token_value_parse(record, &value))
		return false;
	token_value_finish(&value);
	return true;
}

/* Names, each ended by '\n'. */
static bool are_names(const char *bytes, size_t size)
{
	return size > 0 && bytes[size - 1] == '\n' && utf8_is_valid(bytes, size);
}

static bool names_value(const struct record *record)
{
	return !record->has_value || are_names(record->value, record->value_size);
}

static bool names_or_none(const char *names)
{
	return !names || are_names(names, strlen(names));
}

static bool no_value(const struct record *record)
{
	return !record->has_value;
}

/* A format, a NUL, and a body. */
static bool two_texts(const struct record *record)
{
	return text_value(record) && memchr(record->value, '\0', record->value_size);
}

static bool any_name(const char *name)
{
	return *name != '\0';
}

static bool plain_name(const char *name)
{
	return *name && !strchr(name, '/');
}

/* "http/web1" */
static bool two_names(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash && slash != name && plain_name(slash + 1);
}

static const struct shape {
	const char *collection;
	bool (*name_is_sound)(const char *name);
	bool (*value_is_sound)(const struct record *record);
	int64_t lifetime_ms_max; /* 0: it has none */
} SHAPES[] = {
	[OBJECT_HOST] = { "/hosts/", plain_name, text_value, LIFETIME_MS_MAX },
	[OBJECT_SERVICE] = { "/services/", two_names, text_value, LIFETIME_MS_MAX },
	[OBJECT_EPHEMERAL] = { "/ephemerals/", any_name, any_value, LIFETIME_MS_MAX },
	[OBJECT_WATCH] = { "/watches/", any_name, watch_value, 0 },
	[OBJECT_APPLICATION] = { "/applications/", plain_name, names_value, 0 },
	[OBJECT_CONFIGURATION] = { "/configurations/", plain_name, two_texts, 0 },
	[OBJECT_TAG] = { "/tags/", plain_name, no_value, 0 },
	[OBJECT_LINK] = { "/", plain_name, no_value, 0 },
	[OBJECT_TOKEN] = { "/tokens/", plain_name, token_value, 0 },
};

enum { SHAPE_COUNT = sizeof(SHAPES) / sizeof(*SHAPES) };

bool record_is_sound(const struct record *record)
{
	const struct shape *shape = &SHAPES[(size_t)record->kind < SHAPE_COUNT ? record->kind : 0];
	size_t size = shape->collection ? strlen(shape->collection) : 0;

	return size && !strncmp(record->path, shape->collection, size) && shape->name_is_sound(record->path + size) &&
	       utf8_is_valid(record->path, strlen(record->path)) && utf8_is_valid(record->id, strlen(record->id)) &&
	       shape->value_is_sound(record) && names_or_none(record->tags) && names_or_none(record->links) &&
	       record->lifetime_ms >= 0 && record->lifetime_ms <= shape->lifetime_ms_max;
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static size_t change_text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t value_bytes(const struct record *record)
{
	return record->has_value ? record->value_size + 1 : 0;
}

static size_t change_bytes_of(const struct change *shape)
{
	const struct record *record = &shape->record;

	return sizeof(*shape) + change_text_bytes(shape->pubcategory) + change_text_bytes(shape->aliases) +
	       change_text_bytes(shape->causes) + change_text_bytes(shape->by) + shape->body_size + 1 +
	       change_text_bytes(record->path) + value_bytes(record) + change_text_bytes(record->tags) +
	       change_text_bytes(record->links);
}

/* A copy with a NUL behind it, behind those that were made before. */
static char *put_bytes(char **end, const void *bytes, size_t size)
{
	char *copy = memcpy(*end, bytes, size);

	copy[size] = '\0';
	*end += size + 1;
	return copy;
}

static char *put_text(char **end, const char *text)
{
	return text ? put_bytes(end, text, strlen(text)) : NULL;
}

/* Ten times as many allocations were a tenth of what a write costs. */
struct change *change_create(const struct change *shape)
{
	const struct record *record = &shape->record;
	const size_t bytes = change_bytes_of(shape);
	struct change *change = memory_allocate(bytes);
	char *end = (char *)(change + 1);

	*change = *shape;
	change->references = 1;
	change->bytes = bytes;
	change->pubcategory = put_text(&end, shape->pubcategory);
	change->aliases = put_text(&end, shape->aliases);
	change->causes = put_text(&end, shape->causes);
	change->by = put_text(&end, shape->by);
	change->body = put_bytes(&end, shape->body, shape->body_size);
	change->record.path = put_text(&end, record->path);
	change->record.value = record->has_value ? put_bytes(&end, record->value, record->value_size) : NULL;
	change->record.tags = put_text(&end, record->tags);
	change->record.links = put_text(&end, record->links);
	return change;
}

struct change *change_reference(struct change *change)
{
	__atomic_add_fetch(&change->references, 1, __ATOMIC_RELAXED);
	return change;
}

/* Acquire and release: whoever frees it must see what the other threads did with it before. */
void change_release(struct change *change)
{
	if (change && __atomic_sub_fetch(&change->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(change);
}

void change_list_append(struct change_list *list, struct change *take)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 16;
		list->changes = memory_grow(list->changes, list->room, sizeof(*list->changes));
	}
	list->changes[list->count++] = take;
}

void change_list_finish(struct change_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		change_release(list->changes[i]);
	free(list->changes);
	*list = (struct change_list){ 0 };
}
