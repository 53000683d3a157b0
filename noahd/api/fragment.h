/* fragment.h - one object as it stands in a list: rendered when first needed, as it was when it was taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_FRAGMENT_H
#define NOAHD_API_FRAGMENT_H

#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stddef.h>

/* Shared by all lists that hold the object in this version; immutable once rendered. */
struct fragment {
	unsigned references;
	struct registry_entry *entry; /* NULL: it has another version by now */
	char *text;                   /* "web1":{…}, of a watch {…}; NULL: not rendered yet */
	size_t size;
	char *group; /* of a service: the name that it stands under, "http" */
};

/* What all of them have in common; the API thread's. */
struct fragments {
	struct registry *registry;
	size_t bytes; /* that they occupy */
};

/* From now on an entry's fragment is rendered before the entry changes. */
void fragments_init(struct fragments *fragments, struct registry *registry);

/* Tags and links look different when what hangs on them does, which the registry does not tell of them: theirs are rendered
   when they are taken, and are nobody else's. */
bool fragment_outlives_its_moment(enum object_kind kind);

/* The applied version of an entry; costs little. */
struct fragment *fragment_take(struct fragments *fragments, struct registry_entry *entry);
/* Afterwards text, size and group are there. */
void fragment_render(struct fragments *fragments, struct fragment *fragment);
void fragment_release(struct fragments *fragments, struct fragment *fragment);

#endif
