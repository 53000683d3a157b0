/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/plan.h"

#include "common/memory.h"
#include "noahd/registry/aliases.h"
#include "noahd/registry/event_view.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"
#include "noahd/registry/registry_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What the plan replaced in an entry. */
struct plan_step {
	struct registry_entry *entry;
	struct record *planned;
	const struct plan *plan;
};

struct plan {
	struct registry *registry;
	int64_t now_ms;            /* wall clock */
	uint64_t revision;         /* of the last planned change */
	uint64_t write;            /* of the current write's first change */
	struct plan_origin origin; /* of the current write; causes and by are never NULL */
	unsigned turn;             /* of the lifetime that the current write renews; 0: it is no renewal */
	struct change_list changes;
	struct registry_entry **entries; /* that have a planned version */
	size_t entry_count, entry_room;
	struct plan_step *steps; /* since the mark */
	size_t step_count, step_room;
	size_t marked_changes; /* their number at the mark */
	size_t bytes;          /* of the changes, and what plan_count added */
	size_t marked_bytes;   /* at the mark */
	size_t bytes_max;      /* from mark to mark; 0: no limit */
	bool is_too_large;     /* since the mark */
	bool is_blocked;       /* since the mark */
	bool changes_rights;
	bool renews; /* it contains a renewal, or a plan before it did that was pending when it began */
};

struct plan *plan_create(struct registry *registry, int64_t now_ms)
{
	struct plan *plan = memory_zeroed(1, sizeof(*plan));

	plan->registry = registry;
	plan->now_ms = now_ms;
	plan->revision = registry_revision(registry);
	plan->origin = (struct plan_origin){ .causes = "", .by = "" };
	return plan;
}

struct plan *plan_create_behind(const struct plan *before)
{
	struct plan *plan = plan_create(before->registry, before->now_ms);

	plan->revision = before->revision;
	plan->renews = before->renews;
	return plan;
}

struct registry *plan_registry(const struct plan *plan)
{
	return plan->registry;
}

int64_t plan_now_ms(const struct plan *plan)
{
	return plan->now_ms;
}

void plan_set_now(struct plan *plan, int64_t now_ms)
{
	plan->now_ms = now_ms;
}

uint64_t plan_revision(const struct plan *plan)
{
	return plan->revision;
}

const struct change_list *plan_changes(const struct plan *plan)
{
	return &plan->changes;
}

struct change_list plan_take_changes(struct plan *plan)
{
	struct change_list changes = plan->changes;

	plan->changes = (struct change_list){ 0 };
	return changes;
}

void plan_return_changes(struct plan *plan, struct change_list take)
{
	assert(!plan->changes.count);
	plan->changes = take;
}

bool plan_changes_rights(const struct plan *plan)
{
	return plan->changes_rights;
}

void plan_write(struct plan *plan, const struct plan_origin *origin)
{
	plan->write = plan->revision + 1;
	plan->turn = 0;
	plan->origin = origin ? *origin : (struct plan_origin){ 0 };
	if (!plan->origin.causes)
		plan->origin.causes = "";
	if (!plan->origin.by)
		plan->origin.by = "";
}

const char *plan_writer(const struct plan *plan)
{
	return plan->origin.writer;
}

void plan_renew(struct plan *plan, unsigned turn)
{
	plan->renews = true;
	plan->turn = turn;
}

unsigned plan_renewed_turn(const struct plan *plan)
{
	return plan->turn;
}

void plan_wait_for_renewals(struct plan *plan)
{
	plan->is_blocked |= plan->renews;
}

bool plan_is_blocked(const struct plan *plan)
{
	return plan->is_blocked;
}

void plan_limit_bytes(struct plan *plan, size_t bytes_max)
{
	plan->bytes_max = bytes_max;
}

size_t plan_bytes_max(const struct plan *plan)
{
	return plan->bytes_max;
}

size_t plan_bytes(const struct plan *plan)
{
	return plan->bytes;
}

bool plan_is_too_large(const struct plan *plan)
{
	return plan->is_too_large;
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
	plan->steps[plan->step_count++] = (struct plan_step){ entry, entry->planned, entry->plan };
}

/* Sets the planned version of an entry, replacing one made earlier in this batch. */
static void stage_version(struct plan *plan, struct registry_entry *entry, struct record *take_version)
{
	append_step(plan, entry);
	if (!entry->plan)
		append_entry(plan, entry);
	else if (entry->plan != plan)
		plan->is_blocked = true;
	registry_plan(plan->registry, entry, plan, take_version);
}

void plan_mark(struct plan *plan)
{
	while (plan->step_count > 0)
		registry_version_free(plan->steps[--plan->step_count].planned);
	plan->marked_changes = plan->changes.count;
	plan->marked_bytes = plan->bytes;
	plan->is_blocked = plan->is_too_large = false;
}

/* Steps are taken back in reverse order, so an entry that was new to the plan is its last one. */
static void take_back(struct plan *plan, const struct plan_step *step)
{
	struct registry_entry *entry = step->entry;

	if (step->plan) {
		struct record *undone = entry->planned;
		registry_plan(plan->registry, entry, step->plan, step->planned);
		registry_version_free(undone);
		return;
	}
	plan->entry_count--;
	registry_discard(plan->registry, entry);
}

void plan_undo(struct plan *plan)
{
	struct change_list *changes = &plan->changes;

	plan->revision -= changes->count - plan->marked_changes;
	for (size_t i = 0; i < plan->step_count; i++)
		registry_unnote_changes(plan->registry, plan->steps[i].entry, plan->revision);
	while (plan->step_count > 0)
		take_back(plan, &plan->steps[--plan->step_count]);
	while (changes->count > plan->marked_changes)
		change_release(changes->changes[--changes->count]);
	plan->bytes = plan->marked_bytes;
}

void plan_count(struct plan *plan, size_t bytes)
{
	plan->bytes += bytes;
	plan->is_too_large |= plan->bytes_max && plan->bytes - plan->marked_bytes > plan->bytes_max;
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
	stage_version(plan, entry, version);
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
	stage_version(plan, entry, repeated_version(plan, entry));
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

	stage_version(plan, entry, take_version);
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
	stage_version(plan, entry, NULL);
}

static void plan_destroy(struct plan *plan)
{
	free(plan->entries);
	free(plan->steps);
	change_list_finish(&plan->changes);
	free(plan);
}

void plan_apply(struct plan *take)
{
	struct registry *registry = take->registry;

	plan_mark(take);
	for (size_t i = 0; i < take->entry_count; i++)
		registry_expect_change(registry, take->entries[i]);
	registry_advance(registry, take->revision);
	for (size_t i = 0; i < take->entry_count; i++)
		registry_apply(registry, take->entries[i]);
	plan_destroy(take);
}

void plan_discard(struct plan *take)
{
	if (!take)
		return;
	plan_mark(take);
	for (size_t i = 0; i < take->entry_count; i++)
		registry_discard(take->registry, take->entries[i]);
	plan_destroy(take);
}
