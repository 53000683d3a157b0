/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/event_view.h"

#include "common/json.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>

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
