/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/section.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct section *sections_add(struct sections *sections, enum section_role role, enum object_kind kind)
{
	if (sections->count == sections->room) {
		sections->room = 2 * sections->room + 1;
		sections->sections = memory_grow(sections->sections, sections->room, sizeof(struct section));
	}
	struct section *section = &sections->sections[sections->count++];
	*section = (struct section){ .role = role, .kind = kind };
	return section;
}

void section_add(struct section *section, struct fragment *take)
{
	if (section->count == section->room) {
		section->room = 2 * section->room + 1;
		section->items = memory_grow(section->items, section->room, sizeof(struct fragment *));
	}
	section->items[section->count++] = take;
}

/* Those of one first name ("http"), which stand together. */
struct group {
	const char *name;
	size_t count, first; /* first: its place among the items */
	UT_hash_handle hh;
};

static struct group *group_of(struct group **groups, const struct registry_entry *entry)
{
	const char *name = kind_entry_name(entry);
	const size_t size = strcspn(name, "/");
	struct group *group;

	HASH_FIND(hh, *groups, name, size, group);
	if (group)
		return group;
	group = memory_zeroed(1, sizeof(*group));
	group->name = name;
	HASH_ADD_KEYPTR(hh, *groups, group->name, size, group);
	return group;
}

/* Otherwise in the order in which they came. */
static void group_items(struct section *section)
{
	struct fragment **ungrouped = section->items;
	struct group *groups = NULL, *group, *following;
	size_t first = 0;

	for (size_t i = 0; i < section->count; i++)
		group_of(&groups, ungrouped[i]->entry)->count++;
	for (group = groups; group; group = group->hh.next) {
		group->first = first;
		first += group->count;
	}
	section->items = memory_allocate(section->room * sizeof(struct fragment *));
	for (size_t i = 0; i < section->count; i++)
		section->items[group_of(&groups, ungrouped[i]->entry)->first++] = ungrouped[i];
	HASH_ITER (hh, groups, group, following) {
		HASH_DEL(groups, group);
		free(group);
	}
	free(ungrouped);
}

void sections_group(struct sections *sections)
{
	for (size_t i = 0; i < sections->count; i++) {
		struct section *section = &sections->sections[i];
		/* SECTION_OWN has no kind. */
		if (section->count > 1 && section->kind && kind_of(section->kind)->has_two_names)
			group_items(section);
	}
}

size_t sections_bytes(const struct sections *sections)
{
	size_t bytes = sections->room * sizeof(struct section);

	for (size_t i = 0; i < sections->count; i++)
		bytes += sections->sections[i].room * sizeof(struct fragment *);
	return bytes;
}

void sections_finish(struct sections *sections, struct fragments *fragments)
{
	for (size_t i = 0; i < sections->count; i++) {
		for (size_t k = 0; k < sections->sections[i].count; k++)
			fragment_release(fragments, sections->sections[i].items[k]);
		free(sections->sections[i].items);
	}
	free(sections->sections);
}
