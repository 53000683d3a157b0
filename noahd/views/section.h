/* section.h - objects that are listed side by side. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_SECTION_H
#define NOAHD_VIEWS_SECTION_H

#include "noahd/views/fragment.h"

#include <stdbool.h>
#include <stddef.h>

enum section_role {
	SECTION_OBJECTS, /* the list's own */
	SECTION_OWN,     /* one: a container (registry/kind.h) without its members */
	SECTION_MEMBERS, /* a container's, under the name of their collection */
};

struct section {
	enum section_role role;
	enum object_kind kind; /* of its objects */
	bool ends_container;   /* the container's brace follows */
	struct fragment **items;
	size_t count, room;
};

/* Zeroed. */
struct sections {
	struct section *sections;
	size_t count, room;
};

/* Appends an empty section; valid until the next one is added. */
struct section *sections_add(struct sections *sections, enum section_role role, enum object_kind kind);
/* Takes the reference. */
void section_add(struct section *section, struct fragment *take);
/* Puts services of one name side by side, in each section. After all were added, before any is rendered. */
void sections_group(struct sections *sections);
/* Their memory, without the fragments. */
size_t sections_bytes(const struct sections *sections);
void sections_finish(struct sections *sections, struct fragments *fragments);

#endif
