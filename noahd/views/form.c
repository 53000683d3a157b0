/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/form.h"

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
	return kind_view_member(registry, entry, VERSION_APPLIED, tag_kind.holder->without);
}

static json_t *view_linked(const struct registry *registry, const struct registry_entry *entry)
{
	return kind_view_member(registry, entry, VERSION_APPLIED, link_kind.holder->without);
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
	return kind_of(entry->kind)->holder->begin(registry_record(entry, VERSION_APPLIED));
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
	return kind_of(entry->kind)->holder->end(registry_record(entry, VERSION_APPLIED));
}

/* As events have it: a tag or a link without its members, and where the object is. */
static json_t *view_object(const struct registry *registry, const struct registry_entry *entry)
{
	const struct record *record = registry_record(entry, VERSION_APPLIED);
	const struct kind *kind = kind_of(entry->kind);
	json_t *view = kind->holder ? view_begin(registry, entry) : view_whole(registry, entry);
	char *path = kind->event_path ? kind->event_path(record) : kind->category ? kind->category(record) : NULL;
	char *location = kind_location(record);

	if (kind->holder && !json_object_get(view, "created_at"))
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

const struct form form_object = { FORM_WHOLE, view_object };
const struct form form_key = { FORM_WHOLE, view_key };
const struct form form_short = { FORM_NAMED, view_short };
const struct form form_alone = { FORM_BARE, view_begin };
const struct form form_on_host = { FORM_FLAT, view_linked };
const struct form form_service = { FORM_BARE, view_service };
const struct form form_end = { FORM_BARE, view_end };

const struct form *form_listed(enum object_kind kind)
{
	static const struct form object = { FORM_NAMED, view_nameless }, watch = { FORM_WHOLE, view_whole },
	                         holder = { FORM_OPEN, view_nameless_begin };

	if (kind == OBJECT_WATCH)
		return &watch;
	return kind_of(kind)->holder ? &holder : &object;
}

const struct form *form_held(enum object_kind holder)
{
	static const struct form tagged = { FORM_NAMED, view_tagged }, linked = { FORM_NAMED, view_linked };
	return holder == OBJECT_TAG ? &tagged : &linked;
}
