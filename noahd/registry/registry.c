/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/registry.h"

#include "common/memory.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"
#include "noahd/registry/path_index.h"
#include "noahd/registry/registry_private.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

struct registry_set {
	char *name;
	struct membership *members; /* of either version */
	struct membership *latest;  /* the last one found, a cache of regroup */
	size_t count[2];            /* by version */
	/* Of the last change to it, and of the last applied one as long as that is another. */
	uint64_t revision, revision_before;
	UT_hash_handle hh;
};

struct registry {
	struct path_index entries;
	struct registry_set *sets; /* by "<relation>/<name>" */
	uint64_t revision;
	uint64_t restored_revision; /* at the start; earlier changes to the sets are unknown */
	uint64_t emptied_revision;  /* of the last change that emptied a set; empty sets are not kept */
	struct registry_reader readers[REGISTRY_READERS_MAX];
	size_t reader_count, slot_count;
};

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

static void tell_before_change(struct registry *registry, struct registry_entry *entry)
{
	for (size_t i = 0; i < registry->reader_count; i++)
		if (registry->readers[i].before_change)
			registry->readers[i].before_change(entry, registry->readers[i].context);
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

/* ---- sets -------------------------------------------------------------------------------------------------------- */

/* "<relation>/<name>", without the cost of memory_format: a start needs several for each object. */
static char *set_key(const char *relation, const char *name)
{
	size_t relation_size = strlen(relation), name_size = strlen(name);
	char *key = memory_allocate(relation_size + 1 + name_size + 1);

	memcpy(key, relation, relation_size);
	key[relation_size] = '/';
	memcpy(key + relation_size + 1, name, name_size + 1);
	return key;
}

static struct registry_set *find_set(const struct registry *registry, const char *relation, const char *name)
{
	struct registry_set *set;
	char *key = set_key(relation, name);

	HASH_FIND_STR(registry->sets, key, set);
	free(key);
	return set;
}

/* The set had no members, at the latest since emptied_revision. */
static struct registry_set *make_set(struct registry *registry, const char *relation, const char *name)
{
	struct registry_set *set = memory_zeroed(1, sizeof(*set));
	set->name = set_key(relation, name);
	set->revision = registry->emptied_revision;
	HASH_ADD_KEYPTR(hh, registry->sets, set->name, strlen(set->name), set);
	return set;
}

/* A revision that is not applied yet belongs to a plan. */
static uint64_t applied_revision(const struct registry *registry, const struct registry_set *set)
{
	return set->revision <= registry->revision ? set->revision : set->revision_before;
}

/* For a member that is in neither version any more. */
static void leave_set(struct registry *registry, struct membership *membership)
{
	struct registry_set *set = membership->set;

	DL_DELETE2(set->members, membership, previous, next);
	if (set->latest == membership)
		set->latest = NULL;
	free(membership);
	if (set->members)
		return;
	uint64_t emptied_revision = applied_revision(registry, set);
	if (emptied_revision > registry->emptied_revision)
		registry->emptied_revision = emptied_revision;
	HASH_DEL(registry->sets, set);
	free(set->name);
	free(set);
}

static void set_member(struct membership *membership, enum version version, bool is_in)
{
	membership->set->count[version] += (size_t)is_in - (size_t)membership->is_in[version];
	membership->is_in[version] = is_in;
}

void registry_join(struct registry *registry, struct registry_entry *entry, const char *relation, const char *name)
{
	struct registry_set *set = find_set(registry, relation, name);

	if (!set)
		set = make_set(registry, relation, name);
	if (!set->latest || set->latest->entry != entry) {
		struct membership *membership = memory_zeroed(1, sizeof(*membership));
		membership->entry = entry;
		membership->set = set;
		membership->next_of_entry = entry->memberships;
		entry->memberships = membership;
		DL_APPEND2(set->members, membership, previous, next);
		set->latest = membership;
	}
	set_member(set->latest, VERSION_PLANNED, true);
}

/* Makes the entry a member of the sets of its planned version. Its present memberships become the latest of their sets,
   so registry_join finds them without a search. */
static void regroup(struct registry *registry, struct registry_entry *entry, const struct record *version)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		set_member(membership, VERSION_PLANNED, false);
		membership->set->latest = membership;
	}
	if (version)
		kind_join(registry, entry, version);
	entry->in_motion = true;
}

/* From now on both versions are in the sets of that version. */
static void settle_sets(struct registry *registry, struct registry_entry *entry, enum version version)
{
	struct membership **place = &entry->memberships;

	while (entry->in_motion && *place) {
		struct membership *membership = *place;
		set_member(membership, !version, membership->is_in[version]);
		if (membership->is_in[version]) {
			place = &membership->next_of_entry;
			continue;
		}
		*place = membership->next_of_entry;
		leave_set(registry, membership);
	}
	entry->in_motion = false;
}

static const struct membership *first_in(const struct membership *member, enum version version)
{
	while (member && !member->is_in[version])
		member = member->next;
	return member;
}

const struct membership *registry_members(const struct registry *registry, const char *relation, const char *name,
    enum version version)
{
	const struct registry_set *set = find_set(registry, relation, name);
	return set ? first_in(set->members, version) : NULL;
}

const struct membership *registry_next_member(const struct membership *member, enum version version)
{
	return first_in(member->next, version);
}

size_t registry_member_count(const struct registry *registry, const char *relation, const char *name,
    enum version version)
{
	const struct registry_set *set = find_set(registry, relation, name);
	return set ? set->count[version] : 0;
}

uint64_t registry_members_revision(const struct registry *registry, const char *relation, const char *name,
    enum version version)
{
	const struct registry_set *set = find_set(registry, relation, name);
	uint64_t revision = registry->emptied_revision;

	if (set)
		revision = version == VERSION_PLANNED ? set->revision : applied_revision(registry, set);
	return revision > registry->restored_revision ? revision : registry->restored_revision;
}

static void note_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		struct registry_set *set = membership->set;
		set->revision_before = applied_revision(registry, set);
		set->revision = revision;
	}
}

/* For a plan that is applied while a later plan has changed the same sets. The revision of the first change is lost by
   then, so a later one is noted: a revision may be too late, never too early. Objects that show the entry now, but no
   longer in the later plan, are noted as changed as well. */
static void apply_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		struct registry_set *set = membership->set;
		if (set->revision > revision)
			set->revision_before = revision;
	}
	(void)registry;
}

/* Forgets what was noted after that revision. What other unapplied plans noted before is lost too: the revision may be
   too late. */
static void unnote_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		struct registry_set *set = membership->set;
		if (set->revision > revision)
			set->revision = revision <= registry->revision ? set->revision_before : revision;
	}
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
	note_in_sets(registry, entry, revision);
	visit_showing(registry, entry, VERSION_PLANNED, note_in_sets, revision);
}

void registry_unnote_changes(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	unnote_in_sets(registry, entry, revision);
	visit_showing(registry, entry, VERSION_PLANNED, unnote_in_sets, revision);
	visit_showing(registry, entry, VERSION_APPLIED, unnote_in_sets, revision);
}

static void entry_destroy(struct registry *registry, struct registry_entry *entry)
{
	struct membership *membership, *following;

	tell_after_change(registry, entry);
	for (membership = entry->memberships; membership; membership = following) {
		following = membership->next_of_entry;
		leave_set(registry, membership);
	}
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
	regroup(registry, entry, entry->applied);
	settle_sets(registry, entry, VERSION_PLANNED);
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

/* True for most writes: then the entry keeps its memberships. */
static bool are_same_sets(const struct record *before, const struct record *after)
{
	return before && after && names_are_same(before->tags, after->tags) &&
	       names_are_same(before->links, after->links) && !kind_of(after->kind)->value_tells_sets;
}

void registry_plan(struct registry *registry, struct registry_entry *entry, const struct plan *plan,
    struct record *take_version)
{
	const struct record *before = registry_record(entry, VERSION_PLANNED);

	entry->plan = plan;
	entry->planned = take_version;
	if (!are_same_sets(before, take_version))
		regroup(registry, entry, take_version);
}

static void showing_will_change(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	(void)revision;
	tell_before_change(registry, entry);
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
	settle_sets(registry, entry, version);
}

void registry_apply(struct registry *registry, struct registry_entry *entry)
{
	struct record *planned = entry->planned;

	apply_in_sets(registry, entry, registry->revision);
	visit_showing(registry, entry, VERSION_PLANNED, apply_in_sets, registry->revision);
	visit_showing(registry, entry, VERSION_APPLIED, apply_in_sets, registry->revision);
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
