/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/registry.h"

#include "common/memory.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"
#include "noahd/registry/registry_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct registry *registry_create(void)
{
	return memory_zeroed(1, sizeof(struct registry));
}

/* ---- readers ----------------------------------------------------------------------------------------------------- */

void registry_add_reader(struct registry *registry, const struct registry_reader *reader)
{
	assert(registry->reader_count < REGISTRY_READERS_MAX);
	registry->readers[registry->reader_count++] = *reader;
}

void registry_remove_reader(struct registry *registry, const void *context)
{
	size_t i = 0;

	while (i < registry->reader_count && registry->readers[i].context != context)
		i++;
	assert(i < registry->reader_count);
	registry->readers[i] = registry->readers[--registry->reader_count];
}

size_t registry_add_slot(struct registry *registry)
{
	assert(registry->slot_count < REGISTRY_SLOTS);
	return registry->slot_count++;
}

static void tell_after_change(struct registry *registry, struct registry_entry *entry)
{
	for (size_t i = 0; i < registry->reader_count; i++)
		if (registry->readers[i].after_change)
			registry->readers[i].after_change(entry, registry->readers[i].context);
}

/* ---- versions ---------------------------------------------------------------------------------------------------- */

void registry_version_free(struct record *version)
{
	if (!version)
		return;
	version->path = NULL;
	record_finish(version);
	free(version);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

/* Calls visit for each entry whose view shows this one. */
static void visit_showing(struct registry *registry, const struct registry_entry *entry, enum version version,
    void (*visit)(struct registry *registry, struct registry_entry *showing, uint64_t revision), uint64_t revision)
{
	const char *relation = kind_of(entry->kind)->shown_in;
	const struct membership *member;

	if (!relation)
		return;
	for (member = registry_members(registry, relation, kind_entry_name(entry), version); member;
	     member = registry_next_member(member, version))
		visit(registry, member->entry, revision);
}

void registry_note_change(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	registry_note_in_sets(registry, entry, revision);
	visit_showing(registry, entry, VERSION_PLANNED, registry_note_in_sets, revision);
}

void registry_unnote_changes(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	registry_unnote_in_sets(registry, entry, revision);
	visit_showing(registry, entry, VERSION_PLANNED, registry_unnote_in_sets, revision);
	visit_showing(registry, entry, VERSION_APPLIED, registry_unnote_in_sets, revision);
}

static void entry_destroy(struct registry *registry, struct registry_entry *entry)
{
	tell_after_change(registry, entry);
	registry_leave_sets(registry, entry);
	path_index_remove(&registry->entries, entry);
	registry_version_free(entry->applied);
	registry_version_free(entry->planned);
	free(entry->detail);
	free(entry);
}

void registry_destroy(struct registry *registry)
{
	if (!registry)
		return;
	assert(!registry->reader_count);
	for (size_t i = 0; i < registry->entries.size; i++)
		while (registry->entries.slots[i].entry)
			entry_destroy(registry, registry->entries.slots[i].entry);
	path_index_finish(&registry->entries);
	free(registry);
}

static struct registry_entry *add_entry(struct registry *registry, enum object_kind kind, const char *path)
{
	size_t size = strlen(path) + 1;
	struct registry_entry *entry = memory_zeroed(1, sizeof(*entry) + size);

	entry->kind = kind;
	memcpy(entry->path, path, size);
	path_index_add(&registry->entries, entry);
	return entry;
}

struct registry_entry *registry_touch(struct registry *registry, enum object_kind kind, const char *path)
{
	struct registry_entry *entry = path_index_find(&registry->entries, path);
	return entry ? entry : add_entry(registry, kind, path);
}

/* A start may restore a million entries, so their paths are not looked up: each is in the store only once. */
void registry_restore(struct registry *registry, const struct record *record)
{
	struct registry_entry *entry = add_entry(registry, record->kind, record->path);

	entry->applied = memory_allocate(sizeof(*entry->applied));
	record_copy_for(entry->applied, record, entry->path);
	registry_regroup(registry, entry, entry->applied);
	registry_settle_sets(registry, entry, VERSION_PLANNED);
	tell_after_change(registry, entry);
}

uint64_t registry_revision(const struct registry *registry)
{
	return registry->revision;
}

void registry_set_revision(struct registry *registry, uint64_t revision)
{
	registry->revision = registry->restored_revision = revision;
}

void registry_advance(struct registry *registry, uint64_t revision)
{
	registry->revision = revision;
}

const struct record *registry_record(const struct registry_entry *entry, enum version version)
{
	return version == VERSION_PLANNED && entry->plan ? entry->planned : entry->applied;
}

struct registry_entry *registry_find(const struct registry *registry, const char *path, enum version version)
{
	struct registry_entry *entry = path_index_find(&registry->entries, path);
	return entry && registry_record(entry, version) ? entry : NULL;
}

void registry_plan(struct registry *registry, struct registry_entry *entry, const struct plan *plan,
    struct record *take_version)
{
	const struct record *before = registry_record(entry, VERSION_PLANNED);

	entry->plan = plan;
	entry->planned = take_version;
	/* As most writes: then the entry keeps its memberships. */
	bool has_same_sets = before && take_version && names_are_same(before->tags, take_version->tags) &&
	                     names_are_same(before->links, take_version->links) &&
	                     !kind_of(take_version->kind)->value_tells_sets;
	if (!has_same_sets)
		registry_regroup(registry, entry, take_version);
}

static void showing_will_change(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	(void)revision;
	for (size_t i = 0; i < registry->reader_count; i++)
		if (registry->readers[i].before_change)
			registry->readers[i].before_change(entry, registry->readers[i].context);
}

void registry_expect_change(struct registry *registry, struct registry_entry *entry)
{
	showing_will_change(registry, entry, 0);
	visit_showing(registry, entry, VERSION_APPLIED, showing_will_change, 0);
}

static void showing_has_changed(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	(void)revision;
	tell_after_change(registry, entry);
}

/* Detaches the entry from its plan; both versions are in the sets of that version. */
static void end_plan(struct registry *registry, struct registry_entry *entry, enum version version)
{
	entry->planned = NULL;
	entry->plan = NULL;
	registry_settle_sets(registry, entry, version);
}

void registry_apply(struct registry *registry, struct registry_entry *entry)
{
	struct record *planned = entry->planned;

	registry_apply_in_sets(registry, entry, registry->revision);
	visit_showing(registry, entry, VERSION_PLANNED, registry_apply_in_sets, registry->revision);
	visit_showing(registry, entry, VERSION_APPLIED, registry_apply_in_sets, registry->revision);
	end_plan(registry, entry, VERSION_PLANNED);
	registry_version_free(entry->applied);
	entry->applied = planned;
	tell_after_change(registry, entry);
	visit_showing(registry, entry, VERSION_APPLIED, showing_has_changed, 0);
	if (!planned)
		entry_destroy(registry, entry);
}

void registry_discard(struct registry *registry, struct registry_entry *entry)
{
	struct record *planned = entry->planned;

	end_plan(registry, entry, VERSION_APPLIED);
	registry_version_free(planned);
	if (!entry->applied)
		entry_destroy(registry, entry);
}
