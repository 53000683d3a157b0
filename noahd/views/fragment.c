/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/fragment.h"

#include "common/json.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- rendering --------------------------------------------------------------------------------------------------- */

/* {…} as it stands. */
static void render_whole(struct fragment *fragment, json_t *object)
{
	fragment->text = json_render(object, &fragment->size);
}

/* {…} without its braces. */
static void render_bare(struct fragment *fragment, json_t *object)
{
	size_t size;
	char *text = json_render(object, &size);

	fragment->size = size - 2;
	fragment->text = memory_copy(text + 1, fragment->size);
	free(text);
}

static void render_flat(struct fragment *fragment, json_t *view)
{
	const struct record *record = registry_record(fragment->entry, VERSION_APPLIED);
	json_t *listed = json_object();

	json_object_set(listed, kind_of(record->kind)->has_two_names ? kind_path_last(record) : kind_path_name(record),
	    view);
	render_bare(fragment, listed);
	json_decref(listed);
}

static void render_named(struct fragment *fragment, json_t *view)
{
	const char *name = kind_entry_name(fragment->entry);

	render_flat(fragment, view);
	if (!kind_of(fragment->entry->kind)->has_two_names)
		return;
	json_t *first = json_stringn(name, strcspn(name, "/"));
	fragment->group = json_render(first, NULL);
	json_decref(first);
}

static void render_open(struct fragment *fragment, json_t *view)
{
	render_flat(fragment, view);
	fragment->size--; /* its brace */
}

static size_t fragment_text_bytes(const struct fragment *fragment)
{
	return fragment->size + (fragment->group ? strlen(fragment->group) : 0);
}

void fragment_render(struct fragments *fragments, struct fragment *fragment)
{
	static void (*const shapes[])(struct fragment * fragment, json_t * view) = {
		[REPRESENTATION_NAMED] = render_named,
		[REPRESENTATION_FLAT] = render_flat,
		[REPRESENTATION_OPEN] = render_open,
		[REPRESENTATION_BARE] = render_bare,
		[REPRESENTATION_WHOLE] = render_whole,
	};

	if (fragment->text)
		return;
	json_t *view = fragment->representation->view(fragments->registry, fragment->entry);
	shapes[fragment->representation->shape](fragment, view);
	json_decref(view);
	fragments->bytes += fragment_text_bytes(fragment);
}

/* ---- taking ------------------------------------------------------------------------------------------------------ */

struct fragment *fragment_take(struct fragments *fragments, struct registry_entry *entry,
    const struct representation *representation)
{
	struct fragment *fragment = entry->slots[fragments->slot];

	while (fragment && fragment->representation != representation)
		fragment = fragment->next;
	if (!fragment) {
		fragment = memory_zeroed(1, sizeof(*fragment));
		fragment->representation = representation;
		fragment->entry = entry;
		fragment->next = entry->slots[fragments->slot];
		entry->slots[fragments->slot] = fragment;
		fragments->bytes += sizeof(*fragment);
	}
	fragment->references++;
	return fragment;
}

/* An entry keeps those of its version by the first of them. */
static void fragment_forget(const struct fragments *fragments, struct fragment *fragment)
{
	struct fragment *former = fragment->entry->slots[fragments->slot];

	if (former == fragment) {
		fragment->entry->slots[fragments->slot] = fragment->next;
		return;
	}
	while (former->next != fragment)
		former = former->next;
	former->next = fragment->next;
}

void fragment_release(struct fragments *fragments, struct fragment *fragment)
{
	if (--fragment->references)
		return;
	if (fragment->entry)
		fragment_forget(fragments, fragment);
	fragments->bytes -= sizeof(*fragment) + fragment_text_bytes(fragment);
	free(fragment->text);
	free(fragment->group);
	free(fragment);
}

/* Lists that hold them show the entry as it was. */
static void fragments_part(struct registry_entry *entry, void *context)
{
	struct fragments *fragments = context;

	for (struct fragment *fragment = entry->slots[fragments->slot]; fragment; fragment = fragment->next) {
		fragment_render(fragments, fragment);
		fragment->entry = NULL;
	}
	entry->slots[fragments->slot] = NULL;
}

void fragments_init(struct fragments *fragments, struct registry *registry)
{
	*fragments = (struct fragments){ .registry = registry, .slot = registry_add_slot(registry) };
	registry_add_reader(registry, &(struct registry_reader){ .before_change = fragments_part, .context = fragments });
}

void fragments_finish(struct fragments *fragments)
{
	registry_remove_reader(fragments->registry, fragments);
}
