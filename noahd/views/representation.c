/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/representation.h"

#include "noahd/registry/configuration.h"
#include "noahd/registry/link.h"
#include "noahd/registry/tag.h"

#include <stdlib.h>
#include <string.h>

static json_t *view_whole(const struct registry *registry, const struct registry_entry *entry)
{
	return kind_of(entry->kind)->view(registry, entry, VERSION_APPLIED);
}

/* What it is called stands before it. */
static json_t *view_nameless(const struct registry *registry, const struct registry_entry *entry)
{
	static const char *const without[] = { "name", "host", NULL };
	return kind_view_member(registry, entry, VERSION_APPLIED, without);
}

static json_t *view_short(const struct registry *registry, const struct registry_entry *entry)
{
	const struct record *configuration = registry_record(entry, VERSION_APPLIED);
	char *location = kind_location(configuration);
	json_t *view = json_pack("{s:s, s:s}", "format", configuration_format(configuration), "location", location);

	(void)registry;
	free(location);
	kind_view_times(view, configuration);
	return view;
}

static json_t *view_tagged(const struct registry *registry, const struct registry_entry *entry)
{
	return kind_view_member(registry, entry, VERSION_APPLIED, tag_kind.container->without);
}

static json_t *view_linked(const struct registry *registry, const struct registry_entry *entry)
{
	return kind_view_member(registry, entry, VERSION_APPLIED, link_kind.container->without);
}

static json_t *view_service(const struct registry *registry, const struct registry_entry *entry)
{
	const char *name = kind_entry_name(entry);

	(void)registry;
	return json_pack("{s:s%}", "name", name, strcspn(name, "/"));
}

static json_t *view_begin(const struct registry *registry, const struct registry_entry *entry)
{
	(void)registry;
	return kind_of(entry->kind)->container->begin(registry_record(entry, VERSION_APPLIED));
}

static json_t *view_nameless_begin(const struct registry *registry, const struct registry_entry *entry)
{
	json_t *view = view_begin(registry, entry);

	json_object_del(view, "name");
	return view;
}

static json_t *view_end(const struct registry *registry, const struct registry_entry *entry)
{
	(void)registry;
	return kind_of(entry->kind)->container->end(registry_record(entry, VERSION_APPLIED));
}

/* As events have it: a tag or a link without its members, and where the object is. */
static json_t *view_object(const struct registry *registry, const struct registry_entry *entry)
{
	const struct record *record = registry_record(entry, VERSION_APPLIED);
	const struct kind *kind = kind_of(entry->kind);
	json_t *view = kind->container ? view_begin(registry, entry) : view_whole(registry, entry);
	char *path = kind->event_path ? kind->event_path(record) : kind->category ? kind->category(record) : NULL;
	char *location = kind_location(record);

	if (kind->container && !json_object_get(view, "created_at"))
		kind_view_times(view, record);
	json_object_set_new(view, "path", json_string(path ? path : record->path));
	json_object_set_new(view, "location", json_string(location));
	free(path);
	free(location);
	return view;
}

static json_t *view_key(const struct registry *registry, const struct registry_entry *entry)
{
	char *location = kind_location(registry_record(entry, VERSION_APPLIED));
	json_t *key = json_string(location);

	(void)registry;
	free(location);
	return key;
}

const struct representation representation_object = { REPRESENTATION_WHOLE, view_object };
const struct representation representation_key = { REPRESENTATION_WHOLE, view_key };
const struct representation representation_short = { REPRESENTATION_NAMED, view_short };
const struct representation representation_alone = { REPRESENTATION_BARE, view_begin };
const struct representation representation_on_host = { REPRESENTATION_FLAT, view_linked };
const struct representation representation_service = { REPRESENTATION_BARE, view_service };
const struct representation representation_end = { REPRESENTATION_BARE, view_end };

const struct representation *representation_listed(enum object_kind kind)
{
	static const struct representation object = { REPRESENTATION_NAMED, view_nameless },
	                                   watch = { REPRESENTATION_WHOLE, view_whole },
	                                   container = { REPRESENTATION_OPEN, view_nameless_begin };

	if (kind_of(kind)->is_listed_in_array)
		return &watch;
	return kind_of(kind)->container ? &container : &object;
}

const struct representation *representation_contained(enum object_kind container)
{
	static const struct representation tagged = { REPRESENTATION_NAMED, view_tagged },
	                                   linked = { REPRESENTATION_NAMED, view_linked };
	return container == OBJECT_TAG ? &tagged : &linked;
}
