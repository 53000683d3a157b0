/* snapshot.h - lists of objects, true at one revision: taken in one step, then rendered object by object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_SNAPSHOT_H
#define NOAHD_VIEWS_SNAPSHOT_H

#include "common/error.h"
#include "noahd/views/representation.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stddef.h>

/* All of it on the API thread. What was rendered for one list is used by the others that show the same. */
struct snapshots;
struct snapshot;

/* bytes_max: that lists may occupy while another is taken; objects may change faster than clients read. */
struct snapshots *snapshots_create(struct registry *registry, size_t bytes_max);
/* After the last listing was released, before the registry is destroyed. NULL is fine. */
void snapshots_destroy(struct snapshots *snapshots);

/* Which objects: the members of a set, or those of them that may be shown. Tags and links stand there with what hangs
   on them. */
struct snapshot_source {
	const char *relation, *name;
	bool (*may_show)(const struct registry_entry *entry, void *context); /* NULL: all */
	void *context;                                                       /* of may_show, which is called at once */
	enum object_kind kind;                                               /* only those of that kind; 0: of any */
	const struct representation
	    *representation;               /* in which they stand there; NULL: as objects of their kind do in lists */
	const struct representation *head; /* of the first of them, before all; NULL: none */
	/* NULL, or the objects themselves, in this order and an array; borrowed until they are taken. */
	struct registry_entry *const *entries;
	size_t entry_count;
	bool is_of_entries; /* no set is asked, though there may be none of them */
	struct registry_entry
	    *container; /* NULL, or whose members that set has: it is what is listed, alone, in that form */
};

/* The objects as they are now, however long reading takes. ERROR_UNAVAILABLE: others that are being read occupy too
   much. */
struct snapshot *snapshot_take(struct snapshots *snapshots, const struct snapshot_source *source, struct error *err);
void snapshot_release(struct snapshot *snapshot);
/* How many objects there are, a holder and its members each counted. */
size_t snapshot_count(const struct snapshot *snapshot);

/* A place in the list's JSON text: an object by name, services below their name, watches an array. Zeroed but for
   listing and, where objects look different to this reader, adapt. */
struct snapshot_reader {
	struct snapshot *snapshot; /* a reference */
	/* What this reader sees of an object that reads "web1":{…}; free() it. NULL: that. */
	char *(*adapt)(void *context, enum object_kind kind, const char *text, size_t size);
	void *context; /* of adapt */
	size_t section, item, part, offset;
	char *adapted;   /* the item; NULL: it stays as it is */
	bool is_decided; /* which of both, and it must not change while the item is copied */
};

/* To the beginning again. */
void snapshot_reader_rewind(struct snapshot_reader *reader);
/* Gives back what it holds. */
void snapshot_reader_finish(struct snapshot_reader *reader);

/* Copies what follows, at most room bytes; how many: 0 is the end. Renders no more than what it copies. */
size_t snapshot_read(struct snapshot_reader *reader, char *out, size_t room);

#endif
