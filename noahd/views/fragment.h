/* fragment.h - one object as lists show it, rendered when first needed, in the version that was taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_FRAGMENT_H
#define NOAHD_VIEWS_FRAGMENT_H

#include "noahd/views/representation.h"
#include "noahd/registry/registry.h"

#include <stddef.h>

/* Shared by all lists that hold the object in this version and representation; immutable once rendered. */
struct fragment {
	unsigned references;
	const struct representation *representation;
	struct registry_entry *entry; /* NULL: it has a later version now */
	struct fragment *next;        /* of the same version, in another representation */
	char *text;                   /* in the representation's shape; NULL: not rendered yet */
	size_t size;
	char *group; /* of a service: the name that it is listed under, "http" */
};

/* All of them; the API thread's. */
struct fragments {
	struct registry *registry;
	size_t slot;  /* of an entry's first fragment */
	size_t bytes; /* of memory */
};

/* Follows the registry: an entry's fragments are rendered before it changes. */
void fragments_init(struct fragments *fragments, struct registry *registry);
/* After the last fragment was released, before the registry is destroyed. */
void fragments_finish(struct fragments *fragments);

/* Of an entry's applied version; cheap. */
struct fragment *fragment_take(struct fragments *fragments, struct registry_entry *entry,
    const struct representation *representation);
/* Sets text, size and group. */
void fragment_render(struct fragments *fragments, struct fragment *fragment);
void fragment_release(struct fragments *fragments, struct fragment *fragment);

#endif
