/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/listing.h"

#include "common/memory.h"
#include "noahd/views/listing_private.h"
#include "noahd/registry/kind.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	KEPT_MAX = 16,  /* lists that are kept for those who ask for the same */
	KEPT_SHARE = 4, /* none is where all of them occupy more than this part of what they may */
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
	return listings->fragments.bytes + listings->section_bytes;
}

/* ---- taking ---------------------------------------------------------------------------------------------------------- */

static bool may_show(const struct listing_source *source, const struct registry_entry *entry)
{
	return !source->may_show || source->may_show(entry, source->context);
}

static void add(struct listing *listing, struct section *section, struct registry_entry *entry, const struct form *form)
{
	section_add(section, fragment_take(&listing->listings->fragments, entry, form));
	listing->count++;
}

/* Of the holder whose sections begin there; one that is missing is made. */
static struct section *section_of(struct sections *sections, size_t first, enum object_kind kind)
{
	for (size_t i = first; i < sections->count; i++)
		if (sections->sections[i].kind == kind)
			return &sections->sections[i];
	return sections_add(sections, SECTION_MEMBERS, kind);
}

static void take_members(struct listing *listing, const struct listing_source *source,
    const struct registry_entry *entry)
{
	const struct holder *holder = kind_of(entry->kind)->holder;
	const struct membership *member = registry_members(listing->listings->fragments.registry, holder->relation,
	    kind_entry_name(entry), VERSION_APPLIED);
	const size_t first = listing->sections.count;

	for (const enum object_kind *kind = holder->always; *kind; kind++)
		sections_add(&listing->sections, SECTION_MEMBERS, *kind);
	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		if (may_show(source, member->entry))
			add(listing, section_of(&listing->sections, first, member->entry->kind), member->entry,
			    form_held(entry->kind));
}

static void take_holder(struct listing *listing, const struct listing_source *source, struct registry_entry *entry,
    const struct form *form)
{
	struct sections *sections = &listing->sections;

	listing->has_holders = true;
	add(listing, sections_add(sections, SECTION_OWN, 0), entry, form);
	take_members(listing, source, entry);
	if (kind_of(entry->kind)->holder->end)
		add(listing, sections_add(sections, SECTION_OWN, 0), entry, &form_end);
	sections->sections[sections->count - 1].ends_holder = form->shape == FORM_OPEN;
}

static struct section *section_of_objects(struct listing *listing, const struct listing_source *source,
    struct registry_entry *first)
{
	struct sections *sections = &listing->sections;

	if (sections->count == 0 && source->head)
		add(listing, sections_add(sections, SECTION_OWN, 0), first, source->head);
	if (sections->count == 0 || sections->sections[sections->count - 1].role == SECTION_OWN)
		return sections_add(sections, SECTION_OBJECTS, first->kind);
	return &sections->sections[sections->count - 1];
}

/* All of them are of one kind. */
static void take_object(struct listing *listing, const struct listing_source *source, struct registry_entry *entry,
    const struct form *form)
{
	add(listing, section_of_objects(listing, source, entry), entry, form);
	listing->is_array = form->shape == FORM_WHOLE;
}

static void take_set(struct listing *listing, const struct listing_source *source)
{
	const struct membership *member =
	    registry_members(listing->listings->fragments.registry, source->relation, source->name, VERSION_APPLIED);

	for (; member; member = registry_next_member(member, VERSION_APPLIED)) {
		struct registry_entry *entry = member->entry;
		if ((source->kind && source->kind != entry->kind) || !may_show(source, entry))
			continue;
		const struct form *form = source->form ? source->form : form_listed(entry->kind);
		if (kind_of(entry->kind)->holder)
			take_holder(listing, source, entry, form);
		else
			take_object(listing, source, entry, form);
	}
}

/* Neighbours of one kind stand in one section. */
static void take_entries(struct listing *listing, const struct listing_source *source)
{
	struct sections *sections = &listing->sections;

	listing->is_array = true;
	for (size_t i = 0; i < source->entry_count; i++) {
		struct registry_entry *entry = source->entries[i];
		struct section *last = sections->count ? &sections->sections[sections->count - 1] : NULL;
		if (!last || last->kind != entry->kind)
			last = sections_add(sections, SECTION_OBJECTS, entry->kind);
		add(listing, last, entry, source->form);
	}
}

static uint64_t revision_of(const struct listings *listings, const struct listing_source *source)
{
	const struct registry *registry = listings->fragments.registry;

	if (source->holder)
		return kind_looks_revision(registry, source->holder, VERSION_APPLIED);
	return registry_members_revision(registry, source->relation, source->name, VERSION_APPLIED);
}

static struct listing *create(struct listings *listings, const struct listing_source *source)
{
	struct listing *listing = memory_zeroed(1, sizeof(*listing));

	listing->listings = listings;
	listing->references = 1;
	listing->relation = memory_text(source->relation);
	listing->name = memory_text(source->name);
	listing->kind = source->kind;
	listing->form = source->form;
	listing->revision = revision_of(listings, source);
	if (source->is_of_entries)
		take_entries(listing, source);
	else if (source->holder)
		take_holder(listing, source, source->holder, source->form);
	else
		take_set(listing, source);
	if (!source->is_of_entries)
		sections_group(&listing->sections);
	listings->section_bytes += sections_bytes(&listing->sections);
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

static bool is_of(const struct listing *listing, const struct listing_source *source)
{
	return listing->kind == source->kind && listing->form == source->form &&
	       !strcmp(listing->relation, source->relation) && !strcmp(listing->name, source->name);
}

static struct listing *find_kept(const struct listings *listings, const struct listing_source *source)
{
	struct listing *listing;

	DL_FOREACH2 (listings->kept, listing, next)
		if (is_of(listing, source))
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
	if (listing->count && (source->holder || !listing->has_holders))
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
	return source->may_show || source->is_of_entries ? create(listings, source) : take_whole(listings, source);
}

void listing_release(struct listing *listing)
{
	if (--listing->references)
		return;
	listing->listings->section_bytes -= sections_bytes(&listing->sections);
	sections_finish(&listing->sections, &listing->listings->fragments);
	free(listing->relation);
	free(listing->name);
	free(listing);
}

size_t listing_count(const struct listing *listing)
{
	return listing->count;
}
