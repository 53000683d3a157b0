/* listing.h - lists of objects, true at one revision: taken in one step, then rendered object by object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_LISTING_H
#define NOAHD_API_LISTING_H

#include "common/error.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stddef.h>

/* All of it on the API thread. What was rendered for one list is used by the others that show the same. */
struct listings;
struct listing;

/* bytes_max: that lists may occupy while another is taken; objects may change faster than clients read. */
struct listings *listings_create(struct registry *registry, size_t bytes_max);
/* After the last listing was released, before the registry is destroyed. NULL is fine. */
void listings_destroy(struct listings *listings);

/* Which objects: the members of a set, or those of them that may be shown. */
struct listing_source {
	const char *relation, *name;
	bool (*may_show)(const struct registry_entry *entry, void *context); /* NULL: all */
	void *context;                                                       /* of may_show, which is called at once */
};

/* The objects as they are now, however long reading takes. ERROR_UNAVAILABLE: others that are being read occupy too much. */
struct listing *listing_take(struct listings *listings, const struct listing_source *source, struct error *err);
void listing_release(struct listing *listing);
size_t listing_count(const struct listing *listing);

/* A place in the list's JSON text: an object by name, services below their name, watches an array. Zeroed but for listing and,
   where not all of an object is for this reader, prune. */
struct listing_reader {
	struct listing *listing; /* a reference */
	/* What this reader sees of an object that reads "web1":{…}; free() it. */
	char *(*prune)(void *context, enum object_kind kind, const char *text, size_t size);
	void *context; /* of prune */
	size_t index, part, offset;
	char *pruned; /* of the object at index, once it was needed */
};

/* Gives back what it holds. */
void listing_reader_finish(struct listing_reader *reader);

/* Copies what follows, at most room bytes; how many: 0 is the end. Renders no more than what it copies. */
size_t listing_read(struct listing_reader *reader, char *out, size_t room);

#endif
