/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/tag.h"

#include "common/memory.h"
#include "noahd/registry/names.h"

#include <stdlib.h>
#include <string.h>

char *tag_path(const char *name)
{
	return memory_format("/tags/%s", name);
}

/* Only the kinds that have members: a new tag has none. */
static json_t *view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	static const char *const without[] = { "created_at", "updated_at", "tags", "name", "host", NULL };
	const struct record *tag = registry_record(entry, version);
	const char *name = kind_path_name(tag);
	const struct membership *members = registry_members(registry, OBJECTS_OF_TAG, name, version);
	json_t *view = json_pack("{s:s, s:s}", "id", tag->id, "name", name);

	kind_view_times(view, tag);
	json_object_update_new(view, kind_view_members(registry, members, version, NULL, without));
	return view;
}

static uint64_t looks_revision(const struct registry *registry, const struct registry_entry *entry,
    enum version version)
{
	return registry_members_revision(registry, OBJECTS_OF_TAG, kind_entry_name(entry), version);
}

const struct kind tag_kind = {
	.collection = ALL_TAGS,
	.name_at = sizeof("/tags/") - 1,
	.view = view,
	.looks_revision = looks_revision,
};

static void make_tag(struct plan *plan, const char *name)
{
	char *path = tag_path(name);
	enum change_action action;

	if (!registry_find(plan->registry, path, VERSION_PLANNED))
		plan_announce(plan, plan_put(plan, OBJECT_TAG, path, NULL, &action), CHANGE_CREATE);
	free(path);
}

bool tag_tie(struct plan *plan, struct registry_entry *object, const char *names, struct error *err)
{
	const struct record *before = registry_record(object, VERSION_PLANNED);
	char *tags = names_with(before->tags, names), *name;

	if (names_count(tags) > TAGS_OF_OBJECT_MAX) {
		free(tags);
		return error_set(err, ERROR_TOO_LARGE, "An object can have %d tags", TAGS_OF_OBJECT_MAX);
	}
	for (; (name = names_next(&names)); free(name))
		make_tag(plan, name);
	plan_tag(plan, object, tags);
	return true;
}

void tag_untie(struct plan *plan, struct registry_entry *object, const char *names)
{
	const struct record *before = registry_record(object, VERSION_PLANNED);
	char *tags = names_without(before->tags, names);

	if (names_count(tags) < names_count(before->tags))
		plan_tag(plan, object, tags);
	else
		free(tags);
}
