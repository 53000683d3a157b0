/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/registry.h"

#include "common/memory.h"
#include "noahd/registry/kind.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct registry_set {
	char *name;
	struct membership *members;
	UT_hash_handle hh;
};

struct registry {
	struct registry_entry *entries; /* by path */
	struct registry_set *sets;      /* by "<relation>/<name>" */
	uint64_t revision;
	void (*stale)(struct registry_entry *entry, void *context);
	void *context;
};

struct registry *registry_create(void (*stale)(struct registry_entry *entry, void *context), void *context)
{
	struct registry *registry = memory_zeroed(1, sizeof(*registry));
	registry->stale = stale;
	registry->context = context;
	return registry;
}

void registry_version_free(struct record *version)
{
	if (!version)
		return;
	version->path = NULL;
	record_finish(version);
	free(version);
}

static void leave_set(struct registry *registry, struct membership *membership)
{
	struct registry_set *set = membership->set;
	DL_DELETE2(set->members, membership, previous, next);
	free(membership);
	if (set->members)
		return;
	HASH_DEL(registry->sets, set);
	free(set->name);
	free(set);
}

static void entry_destroy(struct registry *registry, struct registry_entry *entry)
{
	registry->stale(entry, registry->context);
	while (entry->memberships) {
		struct membership *membership = entry->memberships;
		entry->memberships = membership->next_of_entry;
		leave_set(registry, membership);
	}
	HASH_DEL(registry->entries, entry);
	registry_version_free(entry->applied);
	registry_version_free(entry->planned);
	free(entry->detail);
	free(entry->path);
	free(entry);
}

void registry_destroy(struct registry *registry)
{
	struct registry_entry *entry, *following;

	if (!registry)
		return;
	HASH_ITER (hh, registry->entries, entry, following)
		entry_destroy(registry, entry);
	free(registry);
}

struct registry_entry *registry_touch(struct registry *registry, enum object_kind kind, const char *path)
{
	struct registry_entry *entry;

	HASH_FIND_STR(registry->entries, path, entry);
	if (entry)
		return entry;
	entry = memory_zeroed(1, sizeof(*entry));
	entry->kind = kind;
	entry->path = memory_text(path);
	HASH_ADD_KEYPTR(hh, registry->entries, entry->path, strlen(entry->path), entry);
	return entry;
}

void registry_restore(struct registry *registry, const struct record *record)
{
	struct registry_entry *entry = registry_touch(registry, record->kind, record->path);
	struct record *version = memory_allocate(sizeof(*version));

	assert(!entry->applied);
	record_copy(version, record);
	free(version->path);
	version->path = entry->path;
	entry->applied = version;
	kind_join(registry, entry, version);
	registry->stale(entry, registry->context);
}

uint64_t registry_revision(const struct registry *registry)
{
	return registry->revision;
}

void registry_set_revision(struct registry *registry, uint64_t revision)
{
	registry->revision = revision;
}

const struct record *registry_record(const struct registry_entry *entry, enum version version)
{
	return version == VERSION_PLANNED && entry->in_plan ? entry->planned : entry->applied;
}

struct registry_entry *registry_find(const struct registry *registry, const char *path, enum version version)
{
	struct registry_entry *entry;

	HASH_FIND_STR(registry->entries, path, entry);
	return entry && registry_record(entry, version) ? entry : NULL;
}

static struct registry_set *find_set(const struct registry *registry, const char *relation, const char *name)
{
	struct registry_set *set;
	char *key = memory_format("%s/%s", relation, name);

	HASH_FIND_STR(registry->sets, key, set);
	free(key);
	return set;
}

const struct membership *registry_members(const struct registry *registry, const char *relation, const char *name)
{
	const struct registry_set *set = find_set(registry, relation, name);
	return set ? set->members : NULL;
}

static struct registry_set *make_set(struct registry *registry, const char *relation, const char *name)
{
	struct registry_set *set = memory_zeroed(1, sizeof(*set));
	set->name = memory_format("%s/%s", relation, name);
	HASH_ADD_KEYPTR(hh, registry->sets, set->name, strlen(set->name), set);
	return set;
}

void registry_join(struct registry *registry, struct registry_entry *entry, const char *relation, const char *name)
{
	struct registry_set *set = find_set(registry, relation, name);
	struct membership *membership = memory_zeroed(1, sizeof(*membership));

	membership->entry = entry;
	membership->set = set ? set : make_set(registry, relation, name);
	membership->next_of_entry = entry->memberships;
	entry->memberships = membership;
	DL_APPEND2(membership->set->members, membership, previous, next);
}

void registry_settle(struct registry *registry, struct registry_entry *entry, bool apply)
{
	struct record *planned = entry->planned;

	entry->planned = NULL;
	entry->in_plan = false;
	if (apply) {
		registry_version_free(entry->applied);
		entry->applied = planned;
		registry->stale(entry, registry->context);
	} else {
		registry_version_free(planned);
	}
	if (!entry->applied)
		entry_destroy(registry, entry);
}
