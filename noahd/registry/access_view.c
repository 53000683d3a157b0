/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/access_view.h"

#include "common/memory.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>

static bool may_read_path(const struct access_rules *rules, char *take_path)
{
	bool may = access_allows(rules, ACCESS_READ, take_path);

	free(take_path);
	return may;
}

/* In the view of the object with that name. */
static void prune_shown(const struct access_rules *rules, const struct shown *shown, const char *name, json_t *view)
{
	const char *of_name;
	json_t *others = json_object_get(view, shown->root + 1), *other;
	void *next;

	json_object_foreach_safe (others, next, of_name, other)
		if (!may_read_path(rules, shown->path(name, of_name)))
			json_object_del(others, of_name);
}

/* {"web1": …}; first: "http/" if the kind has two names, else "". */
static void prune_members(const struct access_rules *rules, const struct kind *kind, const char *first, json_t *members)
{
	const char *name;
	json_t *member;
	void *next;

	json_object_foreach_safe (members, next, name, member) {
		if (!may_read_path(rules, memory_format("%s%s%s", kind->prefix, first, name)))
			json_object_del(members, name);
		else if (kind->shown)
			prune_shown(rules, kind->shown, name, member);
	}
}

/* {"http": {"web1": …}} */
static void prune_groups(const struct access_rules *rules, const struct kind *kind, json_t *groups)
{
	const char *first;
	json_t *members;
	void *next;

	json_object_foreach_safe (groups, next, first, members) {
		char *before = memory_join(first, "/");
		prune_members(rules, kind, before, members);
		free(before);
		if (json_object_size(members) == 0)
			json_object_del(groups, first);
	}
}

static bool always_stands(const struct container *container, const struct kind *kind)
{
	const enum object_kind *always = container->always;

	while (*always && *always != kind->number)
		always++;
	return *always;
}

static void prune_holder(const struct access_rules *rules, const struct container *container, json_t *view)
{
	for (const struct kind *const *kind = kind_listed; *kind; kind++) {
		json_t *members = json_object_get(view, (*kind)->collection);
		if (!json_is_object(members))
			continue;
		if ((*kind)->has_two_names)
			prune_groups(rules, *kind, members);
		else
			prune_members(rules, *kind, "", members);
		if (json_object_size(members) == 0 && !always_stands(container, *kind))
			json_object_del(view, (*kind)->collection);
	}
}

bool access_view_is_whole(const struct access_rules *rules, enum object_kind number)
{
	const struct kind *kind = kind_of(number);

	if (kind->container)
		return access_allows_all(rules, ACCESS_READ, "");
	return !kind->shown || access_allows_all(rules, ACCESS_READ, kind->shown->root);
}

void access_view_prune(const struct access_rules *rules, const struct record *record, json_t *view)
{
	const struct kind *kind = kind_of(record->kind);

	if (access_view_is_whole(rules, record->kind))
		return;
	if (kind->container)
		prune_holder(rules, kind->container, view);
	else
		prune_shown(rules, kind->shown, kind_path_last(record), view);
	(void)json_object_del(view, "changed"); /* it may reveal a change of something removed */
}
