/* snapshot_private.h - what the files of lists share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_SNAPSHOT_PRIVATE_H
#define NOAHD_VIEWS_SNAPSHOT_PRIVATE_H

#include "noahd/views/snapshot.h"
#include "noahd/views/section.h"

#include <stdint.h>

struct snapshots {
	struct fragments fragments;
	size_t section_bytes; /* of all listings, beside the fragments */
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
	uint64_t revision;   /* at which its source was as it is shown */
	bool has_containers; /* they look different when their members do, which is no change of that set */
	bool is_array;
	size_t count;
	struct sections sections;
	struct snapshot *previous, *next; /* while it is kept */
};

#endif
