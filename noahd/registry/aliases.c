/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/aliases.h"

#include "common/memory.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"

#include <stdlib.h>
#include <string.h>

struct alias_list {
	char *text;
	size_t size;
};

/* Adds the path root + name + path. */
static void add_alias(struct alias_list *list, const char *root, const char *name, const char *path)
{
	size_t size = strlen(root) + strlen(name) + strlen(path);

	list->text = memory_grow(list->text, list->size + size + 2, 1);
	(void)stpcpy(stpcpy(stpcpy(stpcpy(list->text + list->size, root), name), path), "\n");
	list->size += size + 1;
}

static void add_alias_for_each(struct alias_list *list, const char *root, const char *names, const char *path)
{
	char *name;

	for (; (name = names_next(&names)); free(name))
		add_alias(list, root, name, path);
}

char *aliases_of(const struct record *record, const char *const *shown_in)
{
	const struct kind *kind = kind_of(record->kind);
	struct alias_list list = { memory_text(""), 0 };
	char *own = kind->alias ? kind->alias(record) : NULL;

	if (own)
		add_alias(&list, "", own, "");
	free(own);
	for (; shown_in && *shown_in; shown_in++)
		add_alias(&list, "", *shown_in, record->path);
	add_alias_for_each(&list, "/tags/", record->tags, record->path);
	add_alias_for_each(&list, "", record->links, record->path);
	return list.text;
}

/* The paths of the objects in a set, ended by NULL. free() it. */
static const char **member_paths(const struct registry *registry, const char *relation, const char *name)
{
	size_t count = registry_member_count(registry, relation, name, VERSION_PLANNED), i = 0;
	const char **paths = memory_zeroed(count + 1, sizeof(*paths));
	const struct membership *member = registry_members(registry, relation, name, VERSION_PLANNED);

	for (; member; member = registry_next_member(member, VERSION_PLANNED))
		paths[i++] = member->entry->path;
	return paths;
}

char *aliases_of_entry(const struct registry *registry, const struct registry_entry *entry)
{
	const char *relation = kind_of(entry->kind)->shown_in;
	const char **shown_in = relation ? member_paths(registry, relation, kind_entry_name(entry)) : NULL;
	char *aliases = aliases_of(registry_record(entry, VERSION_PLANNED), shown_in);

	free(shown_in);
	return aliases;
}

char *aliases_join(char *take_aliases, const char *more)
{
	char *paths = more ? names_with(take_aliases, more) : NULL;

	if (!paths)
		return take_aliases;
	free(take_aliases);
	return paths;
}
