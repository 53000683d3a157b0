/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/change.h"

#include "common/memory.h"

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

static size_t change_text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t change_bytes_of(const struct change *shape)
{
	const struct record *record = &shape->record;

	return sizeof(*shape) + change_text_bytes(shape->pubcategory) + change_text_bytes(shape->aliases) +
	       change_text_bytes(shape->causes) + change_text_bytes(shape->by) + shape->body_size + 1 +
	       change_text_bytes(record->path) + (record->has_value ? record->value_size + 1 : 0) +
	       change_text_bytes(record->tags) + change_text_bytes(record->links);
}

/* Appends a copy and a NUL at *end. */
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

/* One allocation: one for each string cost a tenth of a write. */
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

/* Acquire and release: the thread that frees it must see everything the other threads did with it. */
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
