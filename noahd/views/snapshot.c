/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/snapshot.h"

#include "common/memory.h"
#include "noahd/views/snapshot_private.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	KEPT_MAX = 16,  /* lists that are kept for equal requests */
	KEPT_SHARE = 4, /* none is where all of them occupy more than this part of what they may */
};

struct snapshots *snapshots_create(struct registry *registry, size_t bytes_max)
{
	struct snapshots *snapshots = memory_zeroed(1, sizeof(*snapshots));
	snapshots->bytes_max = bytes_max;
	fragments_init(&snapshots->fragments, registry);
	return snapshots;
}

static void keep_no_more(struct snapshots *snapshots, struct snapshot *snapshot)
{
	DL_DELETE2(snapshots->kept, snapshot, previous, next);
	snapshots->kept_count--;
	snapshot_release(snapshot);
}

void snapshots_destroy(struct snapshots *snapshots)
{
	if (!snapshots)
		return;
	while (snapshots->kept)
		keep_no_more(snapshots, snapshots->kept);
	fragments_finish(&snapshots->fragments);
	free(snapshots);
}

static size_t occupied_bytes(const struct snapshots *snapshots)
{
	return snapshots->fragments.bytes + snapshots->section_bytes;
}

/* ---- taking ------------------------------------------------------------------------------------------------------ */

static bool snapshot_may_show(const struct snapshot_source *source, const struct registry_entry *entry)
{
	return !source->may_show || source->may_show(entry, source->context);
}

static void snapshot_add(struct snapshot *snapshot, struct section *section, struct registry_entry *entry,
    const struct representation *representation)
{
	section_add(section, fragment_take(&snapshot->snapshots->fragments, entry, representation));
	snapshot->count++;
}

/* Of the container whose sections begin there; a missing one is added. */
static struct section *section_of(struct sections *sections, size_t first, enum object_kind kind)
{
	for (size_t i = first; i < sections->count; i++)
		if (sections->sections[i].kind == kind)
			return &sections->sections[i];
	return sections_add(sections, SECTION_MEMBERS, kind);
}

static void take_members(struct snapshot *snapshot, const struct snapshot_source *source,
    const struct registry_entry *entry)
{
	const struct container *container = kind_of(entry->kind)->container;
	const struct membership *member = registry_members(snapshot->snapshots->fragments.registry, container->relation,
	    kind_entry_name(entry), VERSION_APPLIED);
	const size_t first = snapshot->sections.count;

	for (const enum object_kind *kind = container->always; *kind; kind++)
		sections_add(&snapshot->sections, SECTION_MEMBERS, *kind);
	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		if (snapshot_may_show(source, member->entry))
			snapshot_add(snapshot, section_of(&snapshot->sections, first, member->entry->kind), member->entry,
			    representation_contained(entry->kind));
}

static void take_container(struct snapshot *snapshot, const struct snapshot_source *source,
    struct registry_entry *entry, const struct representation *representation)
{
	struct sections *sections = &snapshot->sections;

	snapshot->has_containers = true;
	snapshot_add(snapshot, sections_add(sections, SECTION_OWN, 0), entry, representation);
	take_members(snapshot, source, entry);
	if (kind_of(entry->kind)->container->end)
		snapshot_add(snapshot, sections_add(sections, SECTION_OWN, 0), entry, &representation_end);
	sections->sections[sections->count - 1].ends_container = representation->shape == REPRESENTATION_OPEN;
}

static struct section *section_of_objects(struct snapshot *snapshot, const struct snapshot_source *source,
    struct registry_entry *first)
{
	struct sections *sections = &snapshot->sections;

	if (sections->count == 0 && source->head)
		snapshot_add(snapshot, sections_add(sections, SECTION_OWN, 0), first, source->head);
	if (sections->count == 0 || sections->sections[sections->count - 1].role == SECTION_OWN)
		return sections_add(sections, SECTION_OBJECTS, first->kind);
	return &sections->sections[sections->count - 1];
}

static void take_set(struct snapshot *snapshot, const struct snapshot_source *source)
{
	const struct membership *member =
	    registry_members(snapshot->snapshots->fragments.registry, source->relation, source->name, VERSION_APPLIED);

	for (; member; member = registry_next_member(member, VERSION_APPLIED)) {
		struct registry_entry *entry = member->entry;
		if ((source->kind && source->kind != entry->kind) || !snapshot_may_show(source, entry))
			continue;
		const struct representation *representation =
		    source->representation ? source->representation : representation_listed(entry->kind);
		if (kind_of(entry->kind)->container) {
			take_container(snapshot, source, entry, representation);
		} else { /* all of them are of one kind */
			snapshot_add(snapshot, section_of_objects(snapshot, source, entry), entry, representation);
			snapshot->is_array = representation->shape == REPRESENTATION_WHOLE;
		}
	}
}

/* Neighbours of one kind stand in one section. */
static void take_entries(struct snapshot *snapshot, const struct snapshot_source *source)
{
	struct sections *sections = &snapshot->sections;

	snapshot->is_array = true;
	for (size_t i = 0; i < source->entry_count; i++) {
		struct registry_entry *entry = source->entries[i];
		struct section *last = sections->count ? &sections->sections[sections->count - 1] : NULL;
		if (!last || last->kind != entry->kind)
			last = sections_add(sections, SECTION_OBJECTS, entry->kind);
		snapshot_add(snapshot, last, entry, source->representation);
	}
}

static uint64_t revision_of(const struct snapshots *snapshots, const struct snapshot_source *source)
{
	const struct registry *registry = snapshots->fragments.registry;

	if (source->container)
		return kind_shown_revision(registry, source->container, VERSION_APPLIED);
	return registry_members_revision(registry, source->relation, source->name, VERSION_APPLIED);
}

static struct snapshot *snapshot_allocate(struct snapshots *snapshots, const struct snapshot_source *source)
{
	struct snapshot *snapshot = memory_zeroed(1, sizeof(*snapshot));

	snapshot->snapshots = snapshots;
	snapshot->references = 1;
	snapshot->relation = memory_text(source->relation);
	snapshot->name = memory_text(source->name);
	snapshot->kind = source->kind;
	snapshot->representation = source->representation;
	snapshot->revision = revision_of(snapshots, source);
	if (source->is_of_entries)
		take_entries(snapshot, source);
	else if (source->container)
		take_container(snapshot, source, source->container, source->representation);
	else
		take_set(snapshot, source);
	if (!source->is_of_entries)
		sections_group(&snapshot->sections);
	snapshots->section_bytes += sections_bytes(&snapshot->sections);
	return snapshot;
}

static struct snapshot *find_kept(const struct snapshots *snapshots, const struct snapshot_source *source)
{
	struct snapshot *snapshot;

	DL_FOREACH2 (snapshots->kept, snapshot, next)
		if (snapshot->kind == source->kind && snapshot->representation == source->representation &&
		    !strcmp(snapshot->relation, source->relation) && !strcmp(snapshot->name, source->name))
			return snapshot;
	return NULL;
}

/* One that is out of date goes when the new one is there, which uses most of its fragments. */
static struct snapshot *take_whole(struct snapshots *snapshots, const struct snapshot_source *source)
{
	struct snapshot *former = find_kept(snapshots, source);

	if (former && former->revision == revision_of(snapshots, source)) {
		former->references++;
		return former;
	}
	struct snapshot *snapshot = snapshot_allocate(snapshots, source);
	if (former)
		keep_no_more(snapshots, former);
	if (snapshot->count && (source->container || !snapshot->has_containers)) {
		if (snapshots->kept_count == KEPT_MAX)
			keep_no_more(snapshots, snapshots->kept->previous);
		snapshot->references++;
		DL_PREPEND2(snapshots->kept, snapshot, previous, next);
		snapshots->kept_count++;
	}
	return snapshot;
}

struct snapshot *snapshot_take(struct snapshots *snapshots, const struct snapshot_source *source, struct error *err)
{
	while (snapshots->kept && occupied_bytes(snapshots) > snapshots->bytes_max / KEPT_SHARE)
		keep_no_more(snapshots, snapshots->kept->previous);
	if (occupied_bytes(snapshots) > snapshots->bytes_max) {
		error_set(err, ERROR_UNAVAILABLE, "Too many lists are waiting for their readers");
		return NULL;
	}
	return source->may_show || source->is_of_entries ? snapshot_allocate(snapshots, source)
	                                                 : take_whole(snapshots, source);
}

void snapshot_release(struct snapshot *snapshot)
{
	if (--snapshot->references)
		return;
	snapshot->snapshots->section_bytes -= sections_bytes(&snapshot->sections);
	sections_finish(&snapshot->sections, &snapshot->snapshots->fragments);
	free(snapshot->relation);
	free(snapshot->name);
	free(snapshot);
}

size_t snapshot_count(const struct snapshot *snapshot)
{
	return snapshot->count;
}
