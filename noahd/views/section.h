/* section.h - objects that stand side by side in a list. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_SECTION_H
#define NOAHD_VIEWS_SECTION_H

#include "noahd/views/fragment.h"

#include <stdbool.h>
#include <stddef.h>

enum section_role {
	SECTION_OBJECTS, /* of the list itself */
	SECTION_OWN,     /* one: what a holder (registry/kind.h) shows of itself */
	SECTION_MEMBERS, /* of a holder, under the name of their collection */
};

struct section {
	enum section_role role;
	enum object_kind kind; /* of its objects */
	bool ends_container;   /* the holder's brace stands behind it */
	struct fragment **items;
	size_t count, room;
};

/* Zeroed. */
struct sections {
	struct section *sections;
	size_t count, room;
};

/* An empty one behind the others; valid until the next one is added. */
struct section *sections_add(struct sections *sections, enum section_role role, enum object_kind kind);
/* The reference is taken. */
void section_add(struct section *section, struct fragment *take);
/* Once they are all there, and none has been rendered: puts services of one name side by side, in each of them. */
void sections_group(struct sections *sections);
/* The memory they occupy, without the fragments. */
size_t sections_bytes(const struct sections *sections);
void sections_finish(struct sections *sections, struct fragments *fragments);

#endif
