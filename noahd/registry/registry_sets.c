/* SPDX-License-Identifier: Apache-2.0 */
#include "common/memory.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/registry_private.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* Which entries are members of which sets. Each membership holds for one version of its entry, or for both. */

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

static void set_is_in(struct membership *membership, enum version version, bool is_in)
{
	membership->set->count[version] += (size_t)is_in - (size_t)membership->is_in[version];
	membership->is_in[version] = is_in;
}

void registry_join(struct registry *registry, struct registry_entry *entry, const char *relation, const char *name)
{
	struct registry_set *set = find_set(registry, relation, name);

	if (!set) {
		set = memory_zeroed(1, sizeof(*set));
		set->name = set_key(relation, name);
		set->revision = registry->emptied_revision; /* since then, at the latest, the set has had no members */
		HASH_ADD_KEYPTR(hh, registry->sets, set->name, strlen(set->name), set);
	}
	if (!set->latest || set->latest->entry != entry) {
		struct membership *membership = memory_zeroed(1, sizeof(*membership));
		membership->entry = entry;
		membership->set = set;
		membership->next_of_entry = entry->memberships;
		entry->memberships = membership;
		DL_APPEND2(set->members, membership, previous, next);
		set->latest = membership;
	}
	set_is_in(set->latest, VERSION_PLANNED, true);
}

void registry_regroup(struct registry *registry, struct registry_entry *entry, const struct record *version)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		set_is_in(membership, VERSION_PLANNED, false);
		membership->set->latest = membership;
	}
	if (version)
		kind_join(registry, entry, version);
	entry->in_motion = true;
}

void registry_settle_sets(struct registry *registry, struct registry_entry *entry, enum version version)
{
	struct membership **place = &entry->memberships;

	while (entry->in_motion && *place) {
		struct membership *membership = *place;
		set_is_in(membership, !version, membership->is_in[version]);
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

void registry_note_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		struct registry_set *set = membership->set;
		set->revision_before = applied_revision(registry, set);
		set->revision = revision;
	}
}

void registry_apply_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		struct registry_set *set = membership->set;
		if (set->revision > revision)
			set->revision_before = revision;
	}
	(void)registry;
}

void registry_unnote_in_sets(struct registry *registry, struct registry_entry *entry, uint64_t revision)
{
	for (struct membership *membership = entry->memberships; membership; membership = membership->next_of_entry) {
		struct registry_set *set = membership->set;
		if (set->revision > revision)
			set->revision = revision <= registry->revision ? set->revision_before : revision;
	}
}

void registry_leave_sets(struct registry *registry, struct registry_entry *entry)
{
	struct membership *membership, *following;

	for (membership = entry->memberships; membership; membership = following) {
		following = membership->next_of_entry;
		leave_set(registry, membership);
	}
}
