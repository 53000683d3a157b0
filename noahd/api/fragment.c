/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/fragment.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>

/* {…} without its braces. */
static void render_members(struct fragment *fragment, const json_t *object)
{
	size_t size;
	char *text = json_render(object, &size);

	fragment->size = size - 2;
	fragment->text = memory_copy(text + 1, fragment->size);
	free(text);
}

/* {"<service>": {"<host>": …}} */
static void render_grouped(struct fragment *fragment, json_t *listing)
{
	void *only = json_object_iter(listing);
	json_t *name = json_string(json_object_iter_key(only));

	fragment->group = json_render(name, NULL);
	json_decref(name);
	render_members(fragment, json_object_iter_value(only));
}

static void render(struct fragment *fragment, const struct registry *registry)
{
	static const char *const without[] = { "name", "host", NULL }, *const nothing[] = { NULL };
	const struct registry_entry *entry = fragment->entry;
	const struct record *record = registry_record(entry, VERSION_APPLIED);

	if (record->kind == OBJECT_WATCH) {
		json_t *view = kind_view_member(registry, entry, VERSION_APPLIED, nothing);
		fragment->text = json_render(view, &fragment->size);
		json_decref(view);
		return;
	}
	json_t *listing = json_object();
	kind_list(listing, record, kind_view_member(registry, entry, VERSION_APPLIED, without));
	if (record->kind == OBJECT_SERVICE)
		render_grouped(fragment, listing);
	else
		render_members(fragment, listing);
	json_decref(listing);
}

static size_t text_bytes(const struct fragment *fragment)
{
	return fragment->size + (fragment->group ? strlen(fragment->group) : 0);
}

void fragment_render(struct fragments *fragments, struct fragment *fragment)
{
	if (fragment->text)
		return;
	render(fragment, fragments->registry);
	fragments->bytes += text_bytes(fragment);
}

bool fragment_outlives_its_moment(enum object_kind kind)
{
	return kind != OBJECT_TAG && kind != OBJECT_LINK;
}

static struct fragment *create(struct fragments *fragments, struct registry_entry *entry)
{
	struct fragment *fragment = memory_zeroed(1, sizeof(*fragment));

	fragment->entry = entry;
	fragments->bytes += sizeof(*fragment);
	if (fragment_outlives_its_moment(entry->kind)) {
		entry->listed = fragment;
	} else {
		fragment_render(fragments, fragment);
		fragment->entry = NULL;
	}
	return fragment;
}

struct fragment *fragment_take(struct fragments *fragments, struct registry_entry *entry)
{
	struct fragment *fragment = entry->listed ? entry->listed : create(fragments, entry);

	fragment->references++;
	return fragment;
}

void fragment_release(struct fragments *fragments, struct fragment *fragment)
{
	if (--fragment->references)
		return;
	if (fragment->entry)
		fragment->entry->listed = NULL;
	fragments->bytes -= sizeof(*fragment) + text_bytes(fragment);
	free(fragment->text);
	free(fragment->group);
	free(fragment);
}

/* Lists that hold it show the entry as it was. */
static void entry_changes(struct registry_entry *entry, void *context)
{
	struct fragment *fragment = entry->listed;

	if (!fragment)
		return;
	fragment_render(context, fragment);
	fragment->entry = NULL;
	entry->listed = NULL;
}

void fragments_init(struct fragments *fragments, struct registry *registry)
{
	*fragments = (struct fragments){ .registry = registry };
	registry_before_change(registry, entry_changes, fragments);
}
