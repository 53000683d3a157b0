/* snapshot_private.h - what snapshot.c and snapshot_read.c share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_SNAPSHOT_PRIVATE_H
#define NOAHD_VIEWS_SNAPSHOT_PRIVATE_H

#include "noahd/views/snapshot.h"
#include "noahd/views/section.h"

#include <stdint.h>

struct snapshots {
	struct fragments fragments;
	size_t section_bytes; /* of all snapshots, without the fragments */
	size_t bytes_max;
	struct snapshot *kept; /* latest first; each entry is a reference */
	size_t kept_count;
};

struct snapshot {
	struct snapshots *snapshots;
	unsigned references;
	char *relation, *name; /* of its source, as the next two */
	enum object_kind kind;
	const struct representation *representation;
	uint64_t revision;   /* of its source when it was taken */
	bool has_containers; /* a change of their members changes them, but not that set */
	bool is_array;
	size_t count;
	struct sections sections;
	struct snapshot *previous, *next; /* while it is kept */
};

#endif
