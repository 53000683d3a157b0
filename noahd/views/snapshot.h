/* snapshot.h - lists of objects, consistent at one revision: taken in one step, then rendered object by object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_SNAPSHOT_H
#define NOAHD_VIEWS_SNAPSHOT_H

#include "common/error.h"
#include "noahd/views/representation.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stddef.h>

/* All on the API thread. Lists share what was rendered for one of them. */
struct snapshots;
struct snapshot;

/* bytes_max: of the memory of all lists, beyond which none is taken: objects may change faster than clients read. */
struct snapshots *snapshots_create(struct registry *registry, size_t bytes_max);
/* After the last snapshot was released, before the registry is destroyed. NULL is fine. */
void snapshots_destroy(struct snapshots *snapshots);

/* What to list: the members of a set, or some of them. Tags and links are listed with their members. */
struct snapshot_source {
	const char *relation, *name;
	bool (*may_show)(const struct registry_entry *entry, void *context); /* NULL: all */
	void *context;                               /* of may_show, which is called while the snapshot is taken */
	enum object_kind kind;                       /* only those of that kind; 0: of any */
	const struct representation *representation; /* NULL: that of their kind in lists */
	const struct representation *head;           /* of the first of them, before all others; NULL: none */
	/* NULL, or the objects themselves, listed as an array in this order; borrowed for the call. */
	struct registry_entry *const *entries;
	size_t entry_count;
	bool is_of_entries;               /* list the entries, even if there are none, and no set */
	struct registry_entry *container; /* NULL, or the container whose members that set has: it alone is listed */
};

/* The objects as they are now, however long reading takes. ERROR_UNAVAILABLE: lists that are being read use too much
   memory. */
struct snapshot *snapshot_take(struct snapshots *snapshots, const struct snapshot_source *source, struct error *err);
void snapshot_release(struct snapshot *snapshot);
/* The number of objects, containers and members included. */
size_t snapshot_count(const struct snapshot *snapshot);

/* A place in the list's JSON text: an object by name, services below their name, watches an array. Zeroed except
   for snapshot and, if this reader sees objects in another way, adapt. */
struct snapshot_reader {
	struct snapshot *snapshot; /* a reference */
	/* What this reader sees instead of "web1":{…}; free() it. NULL: the same. */
	char *(*adapt)(void *context, enum object_kind kind, const char *text, size_t size);
	void *context; /* of adapt */
	size_t section, item, part, offset;
	char *adapted;   /* the item; NULL: unchanged */
	bool is_decided; /* which of both; it stays so while the item is copied */
};

/* Back to the beginning. */
void snapshot_reader_rewind(struct snapshot_reader *reader);
/* Releases what it holds. */
void snapshot_reader_finish(struct snapshot_reader *reader);

/* Copies the next bytes, at most room; returns how many, 0 at the end. Renders no more than it copies. */
size_t snapshot_read(struct snapshot_reader *reader, char *out, size_t room);

#endif
