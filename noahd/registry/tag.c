/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/tag.h"

#include "common/memory.h"
#include "noahd/registry/names.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/tags/"

char *tag_path(const char *name)
{
	return memory_join(PREFIX, name);
}

static json_t *tag_begin(const struct record *tag)
{
	json_t *view = json_pack("{s:s, s:s}", "id", tag->id, "name", kind_path_name(tag));

	kind_view_times(view, tag);
	return view;
}

/* A tag shows only kinds that have members; a new tag shows none. */
static const struct container tag_container = {
	.relation = OBJECTS_OF_TAG,
	.without = (const char *const[]){ "created_at", "updated_at", "tags", "name", "host", NULL },
	.always = (const enum object_kind[]){ 0 },
	.begin = tag_begin,
};

static bool tag_check(const struct record *tag, struct error *err)
{
	return name_check("tags", kind_path_name(tag), err);
}

const struct kind tag_kind = {
	.number = OBJECT_TAG,
	.name = "tag",
	.collection = ALL_TAGS,
	KIND_PREFIX(PREFIX),
	.name_is_sound = kind_name_is_plain,
	.view = kind_view_container,
	.shown_revision = kind_container_revision,
	.check = tag_check,
	.is_needed = true,
	.container = &tag_container,
};

static void make_tag(struct plan *plan, const char *name)
{
	char *path = tag_path(name);
	enum change_action action;

	if (!registry_find(plan_registry(plan), path, VERSION_PLANNED))
		plan_announce(plan, plan_put(plan, OBJECT_TAG, path, NULL, &action), CHANGE_CREATE);
	free(path);
}

bool tag_attach(struct plan *plan, struct registry_entry *object, const char *names, struct error *err)
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

void tag_detach(struct plan *plan, struct registry_entry *object, const char *names)
{
	const struct record *before = registry_record(object, VERSION_PLANNED);
	char *tags = names_without(before->tags, names);

	if (names_count(tags) < names_count(before->tags))
		plan_tag(plan, object, tags);
	else
		free(tags);
}
