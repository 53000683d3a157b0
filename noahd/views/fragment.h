/* fragment.h - one object as it stands in lists: rendered when first needed, as it was when it was taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_FRAGMENT_H
#define NOAHD_VIEWS_FRAGMENT_H

#include "noahd/views/representation.h"
#include "noahd/registry/registry.h"

#include <stddef.h>

/* Shared by all lists that hold the object in this version and form; immutable once rendered. */
struct fragment {
	unsigned references;
	const struct representation *representation;
	struct registry_entry *entry; /* NULL: it has another version by now */
	struct fragment *next;        /* of the same version, in another form */
	char *text;                   /* in the form's shape; NULL: not rendered yet */
	size_t size;
	char *group; /* of a named service: the name that it stands under, "http" */
};

/* What all of them have in common; the API thread's. */
struct fragments {
	struct registry *registry;
	size_t slot;  /* of an entry's first fragment */
	size_t bytes; /* that they occupy */
};

/* From now on an entry's fragments are rendered before the entry changes. */
void fragments_init(struct fragments *fragments, struct registry *registry);
/* After the last fragment was released, before the registry is destroyed. */
void fragments_finish(struct fragments *fragments);

/* The applied version of an entry; costs little. */
struct fragment *fragment_take(struct fragments *fragments, struct registry_entry *entry,
    const struct representation *representation);
/* Afterwards text, size and group are there. */
void fragment_render(struct fragments *fragments, struct fragment *fragment);
void fragment_release(struct fragments *fragments, struct fragment *fragment);

#endif
