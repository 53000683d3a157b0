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

struct change *change_create(void)
{
	struct change *change = memory_zeroed(1, sizeof(*change));
	change->references = 1;
	return change;
}

struct change *change_reference(struct change *change)
{
	__atomic_add_fetch(&change->references, 1, __ATOMIC_RELAXED);
	return change;
}

void record_finish(struct record *record)
{
	free(record->path);
	free(record->value);
	record->path = NULL;
	record->value = NULL;
}

/* Acquire and release: whoever frees it must see what the other threads did with it before. */
void change_release(struct change *change)
{
	if (!change || __atomic_sub_fetch(&change->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free(change->pubcategory);
	free(change->aliases);
	free(change->causes);
	free(change->body);
	record_finish(&change->record);
	free(change);
}

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

size_t change_bytes(const struct change *change)
{
	return sizeof(*change) + text_bytes(change->pubcategory) + text_bytes(change->aliases) +
	       text_bytes(change->causes) + text_bytes(change->record.path) + change->body_size + change->record.value_size;
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
