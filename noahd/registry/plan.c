/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/plan.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/kind.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void plan_begin(struct plan *plan, struct registry *registry, int64_t now_ms)
{
	*plan = (struct plan){ .registry = registry, .now_ms = now_ms, .revision = registry_revision(registry) };
}

void plan_write(struct plan *plan, const char *causes)
{
	plan->write = plan->revision + 1;
	plan->causes = causes ? causes : "";
	plan->reason = NULL;
}

struct registry_entry *plan_find(const struct plan *plan, char *take_path, struct error *err)
{
	struct registry_entry *entry = registry_find(plan->registry, take_path, VERSION_PLANNED);

	free(take_path);
	if (!entry)
		(void)error_set(err, ERROR_NOT_FOUND, "Resource not found");
	return entry;
}

static void append_entry(struct plan *plan, struct registry_entry *entry)
{
	if (plan->entry_count == plan->entry_room) {
		plan->entry_room = plan->entry_room ? 2 * plan->entry_room : 16;
		plan->entries = memory_grow(plan->entries, plan->entry_room, sizeof(struct registry_entry *));
	}
	plan->entries[plan->entry_count++] = entry;
}

static void append_step(struct plan *plan, struct registry_entry *entry)
{
	if (plan->step_count == plan->step_room) {
		plan->step_room = plan->step_room ? 2 * plan->step_room : 16;
		plan->steps = memory_grow(plan->steps, plan->step_room, sizeof(*plan->steps));
	}
	plan->steps[plan->step_count++] = (struct plan_step){ entry, entry->planned, entry->in_plan };
}

/* Gives the entry that planned version, in place of an earlier one of this batch. */
static void stage(struct plan *plan, struct registry_entry *entry, struct record *take_version)
{
	append_step(plan, entry);
	if (!entry->in_plan)
		append_entry(plan, entry);
	entry->in_plan = true;
	entry->planned = take_version;
}

void plan_mark(struct plan *plan)
{
	while (plan->step_count > 0)
		registry_version_free(plan->steps[--plan->step_count].planned);
	plan->marked_changes = plan->changes.count;
}

/* An entry that was not in the plan before is the last that came in, since steps are taken back from the last. */
static void take_back(struct plan *plan, const struct plan_step *step)
{
	struct registry_entry *entry = step->entry;

	if (step->in_plan) {
		registry_version_free(entry->planned);
		entry->planned = step->planned;
		return;
	}
	plan->entry_count--;
	registry_settle(plan->registry, entry, false);
}

void plan_undo(struct plan *plan)
{
	struct change_list *changes = &plan->changes;

	while (plan->step_count > 0)
		take_back(plan, &plan->steps[--plan->step_count]);
	plan->revision -= changes->count - plan->marked_changes;
	while (changes->count > plan->marked_changes)
		change_release(changes->changes[--changes->count]);
}

/* The next version of an object: of itself, or the first one. */
static struct record *next_version(const struct plan *plan, const struct registry_entry *entry,
    const struct record *before)
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

struct registry_entry *plan_put(struct plan *plan, enum object_kind kind, const char *path,
    const struct plan_value *value, enum change_action *out_action)
{
	struct registry_entry *entry = registry_touch(plan->registry, kind, path);
	const struct record *before = registry_record(entry, VERSION_PLANNED);
	struct record *version = next_version(plan, entry, before);

	*out_action = before ? CHANGE_UPDATE : CHANGE_CREATE;
	version->has_value = value != NULL;
	version->value_size = value ? value->size : 0;
	version->value = value ? memory_copy(value->bytes, value->size) : NULL;
	stage(plan, entry, version);
	if (!entry->memberships)
		kind_join(plan->registry, entry, version);
	return entry;
}

/* view plus what makes it an event. */
static void render_body(struct change *change, const struct kind *kind, const char *reason, json_t *take_view)
{
	char *path = kind->event_path ? kind->event_path(&change->record) : kind->category(&change->record);
	char *location = kind_location(&change->record);

	json_object_set_new(take_view, "path", json_string(path));
	json_object_set_new(take_view, "action", json_string(change_action_name(change->action)));
	json_object_set_new(take_view, "pubcategory", json_string(change->pubcategory));
	json_object_set_new(take_view, "revision", json_integer((json_int_t)change->revision));
	json_object_set_new(take_view, "location", json_string(location));
	if (reason)
		json_object_set_new(take_view, "reason", json_string(reason));
	change->body = json_render(take_view, &change->body_size);
	json_decref(take_view);
	free(path);
	free(location);
}

static void announce(struct plan *plan, const struct record *record, enum change_action action, json_t *take_view)
{
	const struct kind *kind = kind_of(record->kind);
	struct change *change = change_create();
	char *category = kind->category(record);

	change->revision = ++plan->revision;
	change->write = plan->write;
	change->action = action;
	change->at_ms = plan->now_ms;
	change->pubcategory = memory_format("//noah%s", category);
	change->aliases = kind->aliases ? kind->aliases(record) : memory_text("");
	change->causes = memory_text(plan->causes);
	record_copy(&change->record, record);
	change->record.revision = change->revision;
	if (action == CHANGE_CREATE)
		change->record.created_revision = change->revision;
	render_body(change, kind, plan->reason, take_view);
	free(category);
	change_list_append(&plan->changes, change);
}

void plan_set_lifetime(struct registry_entry *entry, int64_t lifetime_ms)
{
	assert(entry->in_plan && entry->planned);
	entry->planned->lifetime_ms = lifetime_ms;
	entry->planned->turn++;
}

void plan_announce(struct plan *plan, struct registry_entry *entry, enum change_action action)
{
	assert(entry->in_plan && entry->planned);
	json_t *view = kind_of(entry->kind)->view(plan->registry, entry, VERSION_PLANNED);

	announce(plan, entry->planned, action, view);
	entry->planned->revision = plan->revision;
	if (action == CHANGE_CREATE)
		entry->planned->created_revision = plan->revision;
}

void plan_delete(struct plan *plan, struct registry_entry *entry, json_t *take_view)
{
	json_t *view = take_view ? take_view : kind_of(entry->kind)->view(plan->registry, entry, VERSION_PLANNED);

	announce(plan, registry_record(entry, VERSION_PLANNED), CHANGE_DELETE, view);
	stage(plan, entry, NULL);
}

static void settle(struct plan *plan, bool apply)
{
	plan_mark(plan);
	for (size_t i = 0; i < plan->entry_count; i++)
		registry_settle(plan->registry, plan->entries[i], apply);
	free(plan->entries);
	free(plan->steps);
	if (apply)
		registry_set_revision(plan->registry, plan->revision);
	change_list_finish(&plan->changes);
	*plan = (struct plan){ 0 };
}

void plan_apply(struct plan *plan)
{
	settle(plan, true);
}

void plan_discard(struct plan *plan)
{
	settle(plan, false);
}
