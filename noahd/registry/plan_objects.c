/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/plan_private.h"

#include "common/memory.h"
#include "noahd/registry/aliases.h"
#include "noahd/registry/event_view.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"
#include "noahd/registry/registry_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct registry_entry *plan_find(const struct plan *plan, char *take_path, struct error *err)
{
	struct registry_entry *entry = registry_find(plan->registry, take_path, VERSION_PLANNED);

	free(take_path);
	if (!entry)
		(void)error_set(err, ERROR_NOT_FOUND, "Resource not found");
	return entry;
}

/* The next version of an object, or its first one. */
static struct record *next_version(const struct plan *plan, struct registry_entry *entry, const struct record *before)
{
	struct record *version = memory_zeroed(1, sizeof(*version));

	if (before) {
		*version = *before;
		version->tags = before->tags ? memory_text(before->tags) : NULL;
		version->links = before->links ? memory_text(before->links) : NULL;
	} else {
		version->kind = entry->kind;
		version->path = entry->path;
		version->created_ms = plan->now_ms;
		uuid_make(version->id);
	}
	version->updated_ms = plan->now_ms;
	return version;
}

static void set_value(struct record *version, const struct plan_value *value)
{
	version->has_value = value != NULL;
	version->value_size = value ? value->size : 0;
	version->value = value ? memory_copy(value->bytes, value->size) : NULL;
}

static bool plan_is_same_value(const struct record *a, const struct record *b)
{
	const struct kind *kind = kind_of(a->kind);

	if (kind->value_looks_same)
		return kind->value_looks_same(a, b);
	return a->has_value == b->has_value && a->value_size == b->value_size &&
	       (!a->value_size || !memcmp(a->value, b->value, a->value_size));
}

struct registry_entry *plan_put(struct plan *plan, enum object_kind kind, const char *path,
    const struct plan_value *value, enum change_action *out_action)
{
	struct registry_entry *entry = registry_touch(plan->registry, kind, path);
	const struct record *before = registry_record(entry, VERSION_PLANNED);
	struct record *version = next_version(plan, entry, before);

	*out_action = before ? CHANGE_UPDATE : CHANGE_CREATE;
	set_value(version, value);
	version->value_differs = version->differs = !before || !plan_is_same_value(before, version);
	plan_stage_version(plan, entry, version);
	return entry;
}

/* The next version with the same value. */
static struct record *repeated_version(const struct plan *plan, struct registry_entry *entry)
{
	const struct record *before = registry_record(entry, VERSION_PLANNED);
	const struct plan_value value = { before->value, before->value_size };
	struct record *version = next_version(plan, entry, before);

	set_value(version, before->has_value ? &value : NULL);
	version->value_differs = version->differs = false;
	return version;
}

bool plan_value_differs(const struct registry_entry *entry)
{
	assert(entry->plan && entry->planned);
	return entry->planned->value_differs;
}

void plan_view_differs(struct registry_entry *entry)
{
	assert(entry->plan && entry->planned);
	entry->planned->differs = true;
}

void plan_put_again(struct plan *plan, struct registry_entry *entry)
{
	plan_stage_version(plan, entry, repeated_version(plan, entry));
}

static void plan_append_change(struct plan *plan, struct registry_entry *entry, enum change_action action,
    json_t *take_view, const char *former_aliases)
{
	const struct record *record = registry_record(entry, VERSION_PLANNED);
	const uint64_t revision = ++plan->revision;

	plan->changes_rights |= kind_grants_rights(record->kind);
	char *pubcategory = event_pubcategory(record);
	char *aliases = aliases_join(aliases_of_entry(plan->registry, entry), former_aliases);
	struct change shape = {
		.revision = revision,
		.write = plan->write,
		.action = action,
		.at_ms = plan->now_ms,
		.pubcategory = pubcategory,
		.aliases = aliases,
		.causes = plan->origin.causes,
		.by = plan->origin.by,
		.changed = action != CHANGE_UPDATE || record->differs,
		.record = *record,
	};

	shape.record.revision = revision;
	if (action == CHANGE_CREATE)
		shape.record.created_revision = revision;
	char *body = event_render_change(plan->registry, entry, &shape, plan->origin.reason, take_view, &shape.body_size);
	shape.body = body;
	struct change *change = change_create(&shape);
	plan_count(plan, change->bytes);
	change_list_append(&plan->changes, change);
	free(pubcategory);
	free(aliases);
	free(body);
	registry_note_change(plan->registry, entry, revision);
}

void plan_set_lifetime(struct registry_entry *entry, int64_t lifetime_ms)
{
	assert(entry->plan && entry->planned);
	entry->planned->differs |= lifetime_ms != entry->planned->lifetime_ms;
	entry->planned->lifetime_ms = lifetime_ms;
	entry->planned->turn = (unsigned)entry->plan->revision + 1;
}

static void announce_version(struct plan *plan, struct registry_entry *entry, enum change_action action,
    const char *former_aliases)
{
	assert(entry->plan && entry->planned);
	if (!plan->is_too_large)
		plan_append_change(plan, entry, action, NULL, former_aliases);
	entry->planned->revision = plan->revision;
	if (action == CHANGE_CREATE)
		entry->planned->created_revision = plan->revision;
}

void plan_announce(struct plan *plan, struct registry_entry *entry, enum change_action action)
{
	announce_version(plan, entry, action, NULL);
}

static void replace_and_announce(struct plan *plan, struct registry_entry *entry, struct record *take_version)
{
	char *former_aliases = aliases_of_entry(plan->registry, entry);

	plan_stage_version(plan, entry, take_version);
	announce_version(plan, entry, CHANGE_UPDATE, former_aliases);
	free(former_aliases);
}

void plan_tag(struct plan *plan, struct registry_entry *entry, char *take_tags)
{
	struct record *version = repeated_version(plan, entry);

	version->differs = !names_are_same(version->tags, take_tags);
	free(version->tags);
	version->tags = take_tags;
	replace_and_announce(plan, entry, version);
}

void plan_link(struct plan *plan, struct registry_entry *entry, char *take_links)
{
	struct record *version = repeated_version(plan, entry);

	version->differs = !names_are_same(version->links, take_links);
	free(version->links);
	version->links = take_links;
	replace_and_announce(plan, entry, version);
}

void plan_delete(struct plan *plan, struct registry_entry *entry, json_t *take_view)
{
	if (plan->is_too_large)
		json_decref(take_view);
	else
		plan_append_change(plan, entry, CHANGE_DELETE, take_view, NULL);
	plan_stage_version(plan, entry, NULL);
}
