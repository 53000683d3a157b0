/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/snapshot_private.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 8 };

/* What a reader copies next. */
struct parts {
	size_t count;
	struct part {
		const char *text;
		size_t size;
	} parts[PARTS_MAX];
};

static void add_part(struct parts *parts, const char *text, size_t size)
{
	parts->parts[parts->count++] = (struct part){ text, size };
}

static void add_text(struct parts *parts, const char *text)
{
	add_part(parts, text, strlen(text));
}

static void add_opening(struct parts *parts, const struct section *section, bool is_first)
{
	if (!is_first)
		add_text(parts, ",");
	if (section->role == SECTION_MEMBERS) {
		add_text(parts, "\"");
		add_text(parts, kind_of(section->kind)->collection);
		add_text(parts, "\":{");
	}
}

static void add_item(struct parts *parts, struct snapshot_reader *reader, const struct section *section)
{
	struct fragment *item = section->items[reader->item];

	fragment_render(&reader->snapshot->snapshots->fragments, item);
	const struct fragment *before = reader->item > 0 ? section->items[reader->item - 1] : NULL;
	bool opens = item->group && (!before || strcmp(before->group, item->group));
	if (before)
		add_text(parts, opens ? "}," : ",");
	if (opens) {
		add_text(parts, item->group);
		add_text(parts, ":{");
	}
	if (!reader->is_decided && reader->adapt && section->role != SECTION_OWN)
		reader->adapted = reader->adapt(reader->context, section->kind, item->text, item->size);
	reader->is_decided = true;
	if (reader->adapted)
		add_text(parts, reader->adapted);
	else
		add_part(parts, item->text, item->size);
}

static void add_closing(struct parts *parts, const struct section *section)
{
	if (section->count && section->items[0]->group)
		add_text(parts, "}");
	if (section->role == SECTION_MEMBERS)
		add_text(parts, "}");
	if (section->ends_container)
		add_text(parts, "}");
}

/* What stands before an item, the item itself; behind the last one of a section, or of all, the end. */
static void find_parts(struct snapshot_reader *reader, struct parts *parts)
{
	const struct snapshot *snapshot = reader->snapshot;

	parts->count = 0;
	if (reader->section == 0 && reader->item == 0)
		add_text(parts, snapshot->is_array ? "[" : "{");
	if (reader->section == snapshot->sections.count) {
		add_text(parts, snapshot->is_array ? "]" : "}");
		return;
	}
	const struct section *section = &snapshot->sections.sections[reader->section];
	if (reader->item == 0)
		add_opening(parts, section, reader->section == 0);
	if (reader->item < section->count)
		add_item(parts, reader, section);
	else
		add_closing(parts, section);
}

/* Copies of one item what fits; false: it did not fit whole. */
static bool read_item(struct snapshot_reader *reader, char **out, const char *end)
{
	struct parts parts;

	find_parts(reader, &parts);
	for (; reader->part < parts.count; reader->part++, reader->offset = 0) {
		const struct part *part = &parts.parts[reader->part];
		size_t left = part->size - reader->offset, room = (size_t)(end - *out), size = left < room ? left : room;
		memcpy(*out, part->text + reader->offset, size);
		*out += size;
		reader->offset += size;
		if (size < left)
			return false;
	}
	return true;
}

static void go_to(struct snapshot_reader *reader, size_t section, size_t item)
{
	reader->section = section;
	reader->item = item;
	reader->part = reader->offset = 0;
	free(reader->adapted);
	reader->adapted = NULL;
	reader->is_decided = false;
}

void snapshot_reader_rewind(struct snapshot_reader *reader)
{
	go_to(reader, 0, 0);
}

size_t snapshot_read(struct snapshot_reader *reader, char *out, size_t room)
{
	const struct sections *sections = &reader->snapshot->sections;
	char *at = out;

	while (reader->section <= sections->count && at < out + room && read_item(reader, &at, out + room)) {
		bool is_behind =
		    reader->section == sections->count || reader->item == sections->sections[reader->section].count;
		go_to(reader, reader->section + is_behind, is_behind ? 0 : reader->item + 1);
	}
	return (size_t)(at - out);
}

void snapshot_reader_finish(struct snapshot_reader *reader)
{
	snapshot_release(reader->snapshot);
	free(reader->adapted);
}
