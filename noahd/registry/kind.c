/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/kind.h"

#include "common/clock.h"
#include "common/http_target.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/percent.h"
#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/link.h"
#include "noahd/registry/fingerprint.h"
#include "noahd/registry/names.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/registry_private.h"
#include "noahd/registry/service.h"
#include "noahd/registry/tag.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct kind *kind_of(enum object_kind kind)
{
	static const struct kind *const kinds[] = {
		[OBJECT_HOST] = &host_kind,
		[OBJECT_SERVICE] = &service_kind,
		[OBJECT_EPHEMERAL] = &ephemeral_kind,
		[OBJECT_WATCH] = &watch_kind,
		[OBJECT_APPLICATION] = &application_kind,
		[OBJECT_CONFIGURATION] = &configuration_kind,
		[OBJECT_TAG] = &tag_kind,
		[OBJECT_LINK] = &link_kind,
		[OBJECT_TOKEN] = &token_kind,
	};
	assert(kind < sizeof(kinds) / sizeof(*kinds) && kinds[kind]);
	return kinds[kind];
}

static void join_each(struct registry *registry, struct registry_entry *entry, const char *relation, const char *names)
{
	char *name;

	for (; (name = names_next(&names)); free(name))
		registry_join(registry, entry, relation, name);
}

void kind_join(struct registry *registry, struct registry_entry *entry, const struct record *record)
{
	const struct kind *kind = kind_of(record->kind);

	registry_join(registry, entry, kind->collection, "");
	join_each(registry, entry, OBJECTS_OF_TAG, record->tags);
	join_each(registry, entry, OBJECTS_OF_LINK, record->links);
	if (kind->join)
		kind->join(registry, entry, record);
}

/* The names of those that show an entry, NULL at the end. free() it. */
static const char **containers_of(const struct registry *registry, const struct registry_entry *entry)
{
	const char *relation = kind_of(entry->kind)->shown_in, *name = kind_entry_name(entry);
	size_t count = registry_member_count(registry, relation, name, VERSION_PLANNED), i = 0;
	const char **containers = memory_zeroed(count + 1, sizeof(*containers));
	const struct membership *member = registry_members(registry, relation, name, VERSION_PLANNED);

	for (; member; member = registry_next_member(member, VERSION_PLANNED))
		containers[i++] = kind_entry_name(member->entry);
	return containers;
}

char *kind_aliases(const struct registry *registry, const struct registry_entry *entry)
{
	const char **containers = kind_of(entry->kind)->shown_in ? containers_of(registry, entry) : NULL;
	char *aliases = path_aliases(registry_record(entry, VERSION_PLANNED), containers);

	free(containers);
	return aliases;
}

uint64_t kind_shown_revision(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct kind *kind = kind_of(entry->kind);
	uint64_t own = registry_record(entry, version)->revision;
	uint64_t shown = kind->shown_revision ? kind->shown_revision(registry, entry, version) : 0;

	return shown > own ? shown : own;
}

/* What has been seen of an entry so far. */
struct seen {
	const struct registry *registry;
	enum version version;
	entry_visitor *may_show;
	void *context;
	bool counts_presence; /* whatever they look like */
	uint64_t sum;
};

static bool add_seen(void *context, const struct registry_entry *entry)
{
	struct seen *seen = context;

	if (seen->may_show && !seen->may_show(seen->context, entry))
		return true;
	uint64_t number = seen->counts_presence
	                      ? 0
	                      : kind_fingerprint(seen->registry, entry, seen->version, seen->may_show, seen->context);
	seen->sum = fingerprint_add(seen->sum, entry->path, number);
	return true;
}

uint64_t kind_fingerprint(const struct registry *registry, const struct registry_entry *entry, enum version version,
    entry_visitor *may_show, void *context)
{
	const struct kind *kind = kind_of(entry->kind);
	const uint64_t own = registry_record(entry, version)->revision;
	struct seen seen = { registry, version, may_show, context, kind->moves_with_shown, 0 };

	if (kind->visit_shown)
		(void)kind->visit_shown(registry, entry, version, add_seen, &seen);
	return seen.sum ? fingerprint_add(seen.sum, entry->path, own) : own;
}

uint64_t kind_set_number(const struct registry *registry, const char *relation, const char *name, enum version version,
    entry_visitor *may_show, void *context)
{
	struct seen seen = { registry, version, may_show, context, false, 0 };
	const struct membership *member = registry_members(registry, relation, name, version);

	for (; member; member = registry_next_member(member, version))
		(void)add_seen(&seen, member->entry);
	return seen.sum;
}

char *kind_location(const struct record *record)
{
	if (!kind_of(record->kind)->slash_in_name)
		return percent_encode(record->path, false);

	const char *name = kind_path_name(record);
	char *encoded = percent_encode(name, true);
	char *location = memory_format("%.*s%s", (int)(name - record->path), record->path, encoded);
	free(encoded);
	return location;
}

/* Seconds, whole where they can be. */
static json_t *seconds_of(int64_t ms)
{
	return ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000);
}

void kind_view_lifetime(json_t *view, const struct record *record)
{
	if (record->lifetime_ms)
		json_put(view, "lifetime", seconds_of(record->lifetime_ms));
}

json_t *kind_view_begin(const struct record *record)
{
	json_t *view = json_object();

	json_put_text(view, "id", record->id);
	json_put(view, "tags", names_view(record->tags));
	json_put(view, "links", names_view(record->links));
	kind_view_lifetime(view, record);
	return view;
}

void kind_view_times(json_t *view, const struct record *record)
{
	char text[CLOCK_TEXT_BYTES];

	json_put_text(view, "created_at", clock_text(record->created_ms, text));
	json_put_text(view, "updated_at", clock_text(record->updated_ms, text));
}

json_t *kind_view_member(const struct registry *registry, const struct registry_entry *entry, enum version version,
    const char *const *without)
{
	json_t *view = kind_of(entry->kind)->view(registry, entry, version);

	for (; *without; without++)
		json_object_del(view, *without);
	return view;
}

static json_t *object_in(json_t *parent, const char *key)
{
	json_t *object = json_object_get(parent, key);

	if (!object) {
		object = json_object();
		json_object_set_new(parent, key, object);
	}
	return object;
}

/* Puts a view into {"<name>": …}; a service's into {"<service>": {"<host>": …}}. */
static void list(json_t *snapshot, const struct record *record, json_t *take_view)
{
	if (record->kind != OBJECT_SERVICE) {
		json_object_set_new(snapshot, kind_path_name(record), take_view);
		return;
	}
	const char *name = kind_path_name(record), *host = kind_path_last(record);
	char *service = memory_copy(name, (size_t)(host - 1 - name));
	json_object_set_new(object_in(snapshot, service), host, take_view);
	free(service);
}

json_t *kind_view_container(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct container *container = kind_of(entry->kind)->container;
	const struct record *record = registry_record(entry, version);
	const struct membership *member = registry_members(registry, container->relation, kind_entry_name(entry), version);
	json_t *view = container->begin(record);

	for (const enum object_kind *kind = container->always; *kind; kind++)
		json_object_set_new(view, kind_of(*kind)->collection, json_object());
	for (; member; member = registry_next_member(member, version))
		list(object_in(view, kind_of(member->entry->kind)->collection), registry_record(member->entry, version),
		    kind_view_member(registry, member->entry, version, container->without));
	if (container->end)
		json_object_update_new(view, container->end(record));
	return view;
}

uint64_t kind_container_revision(const struct registry *registry, const struct registry_entry *entry,
    enum version version)
{
	return registry_members_revision(registry, kind_of(entry->kind)->container->relation, kind_entry_name(entry),
	    version);
}

const char *kind_path_name(const struct record *record)
{
	return record->path + kind_of(record->kind)->name_at;
}

const char *kind_entry_name(const struct registry_entry *entry)
{
	return entry->path + kind_of(entry->kind)->name_at;
}

const char *kind_path_last(const struct record *record)
{
	return strrchr(record->path, '/') + 1;
}

bool kind_check_path(const struct record *record, struct error *err)
{
	char *location = kind_location(record);
	struct http_target target = { 0 };
	bool is_path = http_target_parse(location, &target, err);

	if (is_path && target.long_segment)
		is_path =
		    error_set(err, ERROR_TOO_LARGE, "a name in the path has at most %d bytes", HTTP_TARGET_NAME_BYTES_MAX);
	http_target_finish(&target);
	free(location);
	return is_path;
}
