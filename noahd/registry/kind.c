/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/kind.h"

#include "common/clock.h"
#include "common/http_target.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/percent.h"
#include "common/utf8.h"
#include "noahd/registry/fingerprint.h"
#include "noahd/registry/names.h"
#include "noahd/registry/registry_private.h"

#include <stdlib.h>
#include <string.h>

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

uint64_t kind_shown_revision(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct kind *kind = kind_of(entry->kind);
	uint64_t own = registry_record(entry, version)->revision;
	uint64_t shown = kind->shown_revision ? kind->shown_revision(registry, entry, version) : 0;

	return shown > own ? shown : own;
}

/* A fingerprint in the making. */
struct fingerprinting {
	const struct registry *registry;
	enum version version;
	entry_visitor *may_show;
	void *context;
	bool counts_presence; /* which objects there are, not their views */
	uint64_t sum;
};

static bool add_fingerprint(void *context, const struct registry_entry *entry)
{
	struct fingerprinting *seen = context;

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
	struct fingerprinting seen = { registry, version, may_show, context, kind->moves_with_shown, 0 };

	if (kind->visit_shown)
		(void)kind->visit_shown(registry, entry, version, add_fingerprint, &seen);
	return seen.sum ? fingerprint_add(seen.sum, entry->path, own) : own;
}

uint64_t kind_set_fingerprint(const struct registry *registry, const char *relation, const char *name,
    enum version version, entry_visitor *may_show, void *context)
{
	struct fingerprinting seen = { registry, version, may_show, context, false, 0 };
	const struct membership *member = registry_members(registry, relation, name, version);

	for (; member; member = registry_next_member(member, version))
		(void)add_fingerprint(&seen, member->entry);
	return seen.sum;
}

char *kind_location(const struct record *record)
{
	if (!kind_of(record->kind)->slash_in_name)
		return percent_encode_path(record->path);

	const char *name = kind_path_name(record);
	char *encoded = percent_encode_segment(name);
	char *location = memory_format("%.*s%s", (int)(name - record->path), record->path, encoded);
	free(encoded);
	return location;
}

void kind_write_lifetime(struct json_writer *out, const struct record *record)
{
	const int64_t ms = record->lifetime_ms;

	if (ms) /* in seconds, as an integer if possible */
		json_writer_put(out, "lifetime", ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000));
}

void kind_write_begin(struct json_writer *out, const struct record *record)
{
	json_writer_put_text(out, "id", record->id);
	json_writer_put(out, "tags", names_view(record->tags));
	json_writer_put(out, "links", names_view(record->links));
	kind_write_lifetime(out, record);
}

json_t *kind_view_begin(const struct record *record)
{
	struct json_writer view;

	json_writer_begin_tree(&view);
	kind_write_begin(&view, record);
	return json_writer_end_tree(&view);
}

void kind_write_times(struct json_writer *out, const struct record *record)
{
	char text[CLOCK_TEXT_BYTES];

	json_writer_put_text(out, "created_at", clock_text(record->created_ms, text));
	json_writer_put_text(out, "updated_at", clock_text(record->updated_ms, text));
}

void kind_view_times(json_t *view, const struct record *record)
{
	kind_write_times(&(struct json_writer){ .tree = view }, record);
}

json_t *kind_view_written(const struct kind *kind, const struct registry *registry, const struct registry_entry *entry,
    enum version version)
{
	struct json_writer view;

	json_writer_begin_tree(&view);
	(void)kind->write(&view, registry, entry, version, NULL);
	return json_writer_end_tree(&view);
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

/* Puts a view into {"<name>": …}, or, if there are two names, into {"<first>": {"<second>": …}}. */
static void kind_list(json_t *listed, const struct record *record, json_t *take_view)
{
	if (!kind_of(record->kind)->has_two_names) {
		json_object_set_new(listed, kind_path_name(record), take_view);
		return;
	}
	const char *name = kind_path_name(record), *second = kind_path_last(record);
	char *first = memory_copy(name, (size_t)(second - 1 - name));
	json_object_set_new(object_in(listed, first), second, take_view);
	free(first);
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
		kind_list(object_in(view, kind_of(member->entry->kind)->collection), registry_record(member->entry, version),
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
		is_path = error_set(err, ERROR_TOO_LARGE, "a name in the path must have at most %d bytes",
		    HTTP_TARGET_NAME_BYTES_MAX);
	http_target_finish(&target);
	free(location);
	return is_path;
}

bool kind_name_is_plain(const char *name)
{
	return *name && !strchr(name, '/');
}

bool kind_name_is_any(const char *name)
{
	return *name != '\0';
}

bool kind_value_is_text(const struct record *record)
{
	return record->has_value && utf8_is_valid(record->value, record->value_size);
}
