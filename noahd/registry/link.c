/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/link.h"

#include "common/memory.h"
#include "noahd/registry/names.h"

#include <stdlib.h>
#include <string.h>

static bool link_is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

bool link_check_kept_name(const char *name, struct error *err)
{
	/* First segments that are in use, or may be one day. */
	static const char *const reserved[] = { "watchers", "ark", "noah", "events", "transactions", "keys", "deliveries",
		"graph", "impact", "nodes", "runs", "stats", "health", "metrics", "version", "page", "static", "lifetimes",
		NULL };

	if (*name != '/')
		return error_set(err, ERROR_INVALID, "\"link_name\" must begin with \"/\"");
	if (kind_of_collection(name + 1, strlen(name + 1)) || link_is_one_of(name + 1, reserved))
		return error_set(err, ERROR_INVALID, "Path is reserved");
	return name_check("link_name", name + 1, err);
}

bool link_check_name(const char *name, struct error *err)
{
	/* Links with these names may exist from before they were reserved. */
	static const char *const reserved_later[] = { "objects", "trouble", NULL };

	if (*name == '/' && link_is_one_of(name + 1, reserved_later))
		return error_set(err, ERROR_INVALID, "Path is reserved");
	return link_check_kept_name(name, err);
}

static bool link_check(const struct record *link, struct error *err)
{
	return link_check_kept_name(link->path, err);
}

static json_t *link_begin(const struct record *link)
{
	return json_pack("{s:s, s:s}", "id", link->id, "name", kind_path_name(link));
}

static json_t *link_end(const struct record *link)
{
	json_t *view = json_object();

	kind_view_times(view, link);
	return view;
}

static const struct container link_container = {
	.relation = OBJECTS_OF_LINK,
	.without = (const char *const[]){ "created_at", "updated_at", "links", "name", "host", NULL },
	.always = (const enum object_kind[]){ OBJECT_HOST, OBJECT_SERVICE, OBJECT_APPLICATION, OBJECT_CONFIGURATION,
	    OBJECT_EPHEMERAL, 0 },
	.begin = link_begin,
	.end = link_end,
};

static char *link_category(const struct record *link)
{
	return memory_join("/links", link->path);
}

/* "/links//name", as in Noah. */
static char *link_event_path(const struct record *link)
{
	return memory_join("/links/", link->path);
}

static bool link_name_is_sound(const char *name)
{
	return *name == '/' && kind_name_is_plain(name + 1);
}

const struct kind link_kind = {
	.number = OBJECT_LINK,
	.name = "link",
	.collection = ALL_LINKS,
	KIND_PREFIX(""),
	.name_is_sound = link_name_is_sound,
	.view = kind_view_container,
	.category = link_category,
	.alias = link_category,
	.event_path = link_event_path,
	.shown_revision = kind_container_revision,
	.check = link_check,
	.is_needed = true,
	.container = &link_container,
};

bool link_attach(struct plan *plan, struct registry_entry *object, const char *name, struct error *err)
{
	char *added = memory_format("%s\n", name);
	char *links = names_with(registry_record(object, VERSION_PLANNED)->links, added);
	enum change_action action;

	free(added);
	if (names_count(links) > LINKS_OF_OBJECT_MAX) {
		free(links);
		return error_set(err, ERROR_TOO_LARGE, "An object can have %d links", LINKS_OF_OBJECT_MAX);
	}
	if (!registry_find(plan_registry(plan), name, VERSION_PLANNED))
		plan_announce(plan, plan_put(plan, OBJECT_LINK, name, NULL, &action), CHANGE_CREATE);
	plan_link(plan, object, links);
	return true;
}

void link_detach(struct plan *plan, struct registry_entry *object, const char *name)
{
	const char *before = registry_record(object, VERSION_PLANNED)->links;
	char *gone = memory_format("%s\n", name);

	if (names_have(before, name))
		plan_link(plan, object, names_without(before, gone));
	free(gone);
}
