/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/event_view.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>

/* The category of every change begins with this. */
#define ROOT "//noah"

/* Only what identifies the object and its change. */
static json_t *view_without_contents(const struct record *record)
{
	json_t *view = json_object();

	json_put_text(view, "id", record->id);
	json_put_text(view, "name", kind_path_name(record));
	kind_view_times(view, record);
	json_put(view, "truncated", json_true());
	return view;
}

bool event_exceeds(const struct registry *registry, const struct registry_entry *entry)
{
	const struct kind *kind = kind_of(entry->kind);
	return kind->view_exceeds && kind->view_exceeds(registry, entry, VERSION_PLANNED, EVENT_BYTES_MAX);
}

json_t *event_view(const struct registry *registry, const struct registry_entry *entry)
{
	const struct kind *kind = kind_of(entry->kind);

	if (event_exceeds(registry, entry))
		return view_without_contents(registry_record(entry, VERSION_PLANNED));
	return kind->view(registry, entry, VERSION_PLANNED);
}

json_t *event_without_contents(const json_t *body)
{
	static const char *const kept[] = { "id", "name", "host", "path", "pattern", "created_at", "updated_at", "action",
		"pubcategory", "revision", "location", "reason", "endpoint", "watch", "event", "cause", "by", "changed",
		"told" };
	json_t *small = json_object();

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		json_t *value = json_object_get(body, kept[i]);
		if (value)
			json_object_set(small, kept[i], value);
	}
	json_put(small, "truncated", json_true());
	return small;
}

char *event_render(json_t *take_body, size_t bytes_beside, size_t *out_size)
{
	size_t size;
	char *text = json_render(take_body, &size);

	if (size + bytes_beside > EVENT_BYTES_MAX) {
		json_t *small = event_without_contents(take_body);
		free(text);
		text = json_render(small, &size);
		json_decref(small);
	}
	json_decref(take_body);
	*out_size = size;
	return text;
}

char *event_pubcategory(const struct record *record)
{
	const struct kind *kind = kind_of(record->kind);
	char *category = kind->category ? kind->category(record) : NULL;
	char *pubcategory = memory_join(ROOT, category ? category : record->path);

	free(category);
	return pubcategory;
}

/* The members "by" and "changed" as text. They are part of the body because rows of the log from before they existed
   lack them. free() it. */
static char *authorship_of(const struct change *change)
{
	static const char by[] = "\"by\":", changed[] = "\"changed\":true", unchanged[] = "\"changed\":false";
	char *members = memory_allocate(sizeof(by) + strlen(change->by) + sizeof(unchanged)), *end = members;

	if (*change->by)
		end = stpcpy(stpcpy(stpcpy(end, by), change->by), ",");
	(void)stpcpy(end, change->changed ? changed : unchanged);
	return members;
}

/* Writes the members that make a view an event, except its authorship; path NULL: the view has one. */
static void write_event(struct json_writer *out, const struct change *change, const char *reason, const char *path)
{
	char *location = kind_location(&change->record);

	if (path)
		json_writer_put_text(out, "path", path);
	json_writer_put_text(out, "action", change_action_name(change->action));
	json_writer_put_text(out, "pubcategory", change->pubcategory);
	json_writer_put_number(out, "revision", change->revision);
	json_writer_put_text(out, "location", location);
	if (reason)
		json_writer_put_text(out, "reason", reason);
	free(location);
}

static char *event_of_view(const struct change *change, const char *reason, const char *path, json_t *take_view,
    size_t *out_size)
{
	struct json_writer out = { .tree = take_view };
	char *authorship = authorship_of(change);
	const size_t size = strlen(authorship);

	write_event(&out, change, reason, path);
	char *body = json_text_put_members(event_render(take_view, size + 1, out_size), out_size, authorship, size);
	free(authorship);
	return body;
}

/* The same text without a tree in between; NULL: it would be too large. */
static char *event_of_kind(const struct registry *registry, const struct registry_entry *entry,
    const struct change *change, const char *reason, const char *path, size_t *out_size)
{
	const struct kind *kind = kind_of(entry->kind);
	struct json_writer out;

	if (!kind->write || event_exceeds(registry, entry))
		return NULL;
	json_writer_begin_text(&out);
	const bool has_path = kind->write(&out, registry, entry, VERSION_PLANNED, path);
	write_event(&out, change, reason, has_path ? NULL : path);
	char *authorship = authorship_of(change);
	json_writer_put_members(&out, authorship);
	free(authorship);
	char *body = json_writer_end_text(&out, out_size);
	if (*out_size <= EVENT_BYTES_MAX)
		return body;
	free(body);
	return NULL;
}

char *event_render_change(const struct registry *registry, const struct registry_entry *entry,
    const struct change *change, const char *reason, json_t *take_view, size_t *out_size)
{
	const struct kind *kind = kind_of(change->record.kind);
	char *own = kind->event_path ? kind->event_path(&change->record) : NULL;
	const char *path = own ? own : change->pubcategory + strlen(ROOT);
	char *body = take_view ? NULL : event_of_kind(registry, entry, change, reason, path, out_size);

	if (!body)
		body = event_of_view(change, reason, path, take_view ? take_view : event_view(registry, entry), out_size);
	free(own);
	return body;
}
