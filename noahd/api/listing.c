/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/listing.h"

#include "common/memory.h"
#include "noahd/api/fragment.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum {
	KEPT_MAX = 16,  /* lists that are kept for those who ask for the same */
	KEPT_SHARE = 4, /* none is where all of them occupy more than this part of what they may */
};

struct listings {
	struct fragments fragments;
	size_t item_bytes; /* of all listings, beside the fragments */
	size_t bytes_max;
	struct listing *kept; /* latest first; each entry is a reference */
	size_t kept_count;
};

struct listing {
	struct listings *listings;
	unsigned references;
	char *relation, *name;
	uint64_t revision;     /* of its set */
	enum object_kind kind; /* of its objects */
	size_t count;
	struct fragment **items;
	struct listing *previous, *next; /* while it is kept */
};

struct listings *listings_create(struct registry *registry, size_t bytes_max)
{
	struct listings *listings = memory_zeroed(1, sizeof(*listings));
	listings->bytes_max = bytes_max;
	fragments_init(&listings->fragments, registry);
	return listings;
}

static void keep_no_more(struct listings *listings, struct listing *listing)
{
	DL_DELETE2(listings->kept, listing, previous, next);
	listings->kept_count--;
	listing_release(listing);
}

void listings_destroy(struct listings *listings)
{
	while (listings && listings->kept)
		keep_no_more(listings, listings->kept);
	free(listings);
}

static size_t occupied_bytes(const struct listings *listings)
{
	return listings->fragments.bytes + listings->item_bytes;
}

/* ---- taking ---------------------------------------------------------------------------------------------------------- */

/* The services of one name, which stand together. */
struct group {
	const char *name;
	size_t count, first; /* first: its place among the items */
	UT_hash_handle hh;
};

static struct group *group_of(struct group **groups, const struct registry_entry *entry)
{
	const char *name = kind_entry_name(entry);
	const size_t size = strcspn(name, "/");
	struct group *group;

	HASH_FIND(hh, *groups, name, size, group);
	if (group)
		return group;
	group = memory_zeroed(1, sizeof(*group));
	group->name = name;
	HASH_ADD_KEYPTR(hh, *groups, group->name, size, group);
	return group;
}

/* Puts services of one name side by side, otherwise in the order in which they came. */
static void group_items(struct listing *listing)
{
	struct fragment **ungrouped = listing->items;
	struct group *groups = NULL, *group, *following;
	size_t first = 0;

	for (size_t i = 0; i < listing->count; i++)
		group_of(&groups, ungrouped[i]->entry)->count++;
	for (group = groups; group; group = group->hh.next) {
		group->first = first;
		first += group->count;
	}
	listing->items = memory_allocate(listing->count * sizeof(struct fragment *));
	for (size_t i = 0; i < listing->count; i++)
		listing->items[group_of(&groups, ungrouped[i]->entry)->first++] = ungrouped[i];
	HASH_ITER (hh, groups, group, following) {
		HASH_DEL(groups, group);
		free(group);
	}
	free(ungrouped);
}

static void take_items(struct listing *listing, const struct listing_source *source)
{
	struct fragments *fragments = &listing->listings->fragments;
	const struct registry *registry = fragments->registry;
	const struct membership *member = registry_members(registry, source->relation, source->name, VERSION_APPLIED);
	size_t room = registry_member_count(registry, source->relation, source->name, VERSION_APPLIED);

	listing->items = memory_allocate((room + 1) * sizeof(struct fragment *));
	listing->kind = member ? member->entry->kind : 0;
	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		if (!source->may_show || source->may_show(member->entry, source->context))
			listing->items[listing->count++] = fragment_take(fragments, member->entry);
	if (listing->kind == OBJECT_SERVICE)
		group_items(listing);
	listing->listings->item_bytes += listing->count * sizeof(struct fragment *);
}

static uint64_t revision_of(const struct listings *listings, const struct listing_source *source)
{
	return registry_members_revision(listings->fragments.registry, source->relation, source->name, VERSION_APPLIED);
}

static struct listing *create(struct listings *listings, const struct listing_source *source)
{
	struct listing *listing = memory_zeroed(1, sizeof(*listing));

	listing->listings = listings;
	listing->references = 1;
	listing->relation = memory_text(source->relation);
	listing->name = memory_text(source->name);
	listing->revision = revision_of(listings, source);
	take_items(listing, source);
	return listing;
}

static void keep(struct listings *listings, struct listing *listing)
{
	if (listings->kept_count == KEPT_MAX)
		keep_no_more(listings, listings->kept->previous);
	listing->references++;
	DL_PREPEND2(listings->kept, listing, previous, next);
	listings->kept_count++;
}

static struct listing *find_kept(const struct listings *listings, const struct listing_source *source)
{
	struct listing *listing;

	DL_FOREACH2(listings->kept, listing, next)
	if (!strcmp(listing->relation, source->relation) && !strcmp(listing->name, source->name))
		return listing;
	return NULL;
}

static void make_room(struct listings *listings)
{
	while (listings->kept && occupied_bytes(listings) > listings->bytes_max / KEPT_SHARE)
		keep_no_more(listings, listings->kept->previous);
}

/* One that is out of date goes when the new one is there, which uses most of its fragments. */
static struct listing *take_whole(struct listings *listings, const struct listing_source *source)
{
	struct listing *former = find_kept(listings, source);

	if (former && former->revision == revision_of(listings, source)) {
		former->references++;
		return former;
	}
	struct listing *listing = create(listings, source);
	if (former)
		keep_no_more(listings, former);
	if (listing->count && fragment_outlives_its_moment(listing->kind))
		keep(listings, listing);
	return listing;
}

struct listing *listing_take(struct listings *listings, const struct listing_source *source, struct error *err)
{
	make_room(listings);
	if (occupied_bytes(listings) > listings->bytes_max) {
		error_set(err, ERROR_UNAVAILABLE, "Too many lists are waiting for their readers");
		return NULL;
	}
	return source->may_show ? create(listings, source) : take_whole(listings, source);
}

void listing_release(struct listing *listing)
{
	if (--listing->references)
		return;
	for (size_t i = 0; i < listing->count; i++)
		fragment_release(&listing->listings->fragments, listing->items[i]);
	listing->listings->item_bytes -= listing->count * sizeof(struct fragment *);
	free(listing->items);
	free(listing->relation);
	free(listing->name);
	free(listing);
}

size_t listing_count(const struct listing *listing)
{
	return listing->count;
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

enum { PARTS_MAX = 4 };

struct part {
	const char *text;
	size_t size;
};

static size_t add_part(struct part *parts, size_t count, const char *text, size_t size)
{
	parts[count] = (struct part){ text, size };
	return count + 1;
}

static size_t add_text(struct part *parts, size_t count, const char *text)
{
	return add_part(parts, count, text, strlen(text));
}

static const char *end_of(const struct listing *listing)
{
	if (listing->kind == OBJECT_WATCH)
		return "]";
	return listing->kind == OBJECT_SERVICE && listing->count ? "}}" : "}";
}

static const char *pruned_text(struct listing_reader *reader, const struct fragment *item)
{
	if (!reader->pruned)
		reader->pruned = reader->prune(reader->context, reader->listing->kind, item->text, item->size);
	return reader->pruned;
}

/* What stands before an object, the object itself; behind the last one, the end. */
static size_t parts_of(struct listing_reader *reader, struct part *parts)
{
	const struct listing *listing = reader->listing;
	const size_t index = reader->index;

	if (index == listing->count)
		return add_text(parts, 0, end_of(listing));

	struct fragment *item = listing->items[index], *former = index ? listing->items[index - 1] : NULL;
	fragment_render(&listing->listings->fragments, item);
	bool opens_group = item->group && !(former && !strcmp(former->group, item->group));
	size_t count = 0;
	if (!former)
		count = add_text(parts, count, listing->kind == OBJECT_WATCH ? "[" : "{");
	else
		count = add_text(parts, count, opens_group ? "}," : ",");
	if (opens_group) {
		count = add_text(parts, count, item->group);
		count = add_text(parts, count, ":{");
	}
	return reader->prune ? add_text(parts, count, pruned_text(reader, item))
	                     : add_part(parts, count, item->text, item->size);
}

/* Copies of one object what fits; false: it did not fit whole. */
static bool read_item(struct listing_reader *reader, char **out, const char *end)
{
	struct part parts[PARTS_MAX];
	size_t count = parts_of(reader, parts);

	for (; reader->part < count; reader->part++, reader->offset = 0) {
		const struct part *part = &parts[reader->part];
		size_t left = part->size - reader->offset, room = (size_t)(end - *out), size = left < room ? left : room;
		memcpy(*out, part->text + reader->offset, size);
		*out += size;
		reader->offset += size;
		if (size < left)
			return false;
	}
	return true;
}

size_t listing_read(struct listing_reader *reader, char *out, size_t room)
{
	char *at = out;

	while (reader->index <= reader->listing->count && at < out + room && read_item(reader, &at, out + room)) {
		reader->index++;
		reader->part = reader->offset = 0;
		free(reader->pruned);
		reader->pruned = NULL;
	}
	return (size_t)(at - out);
}

void listing_reader_finish(struct listing_reader *reader)
{
	listing_release(reader->listing);
	free(reader->pruned);
}
