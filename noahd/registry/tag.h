/* tag.h - the rules of tags, which objects of any kind but tags, links, watches and tokens can have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_TAG_H
#define NOAHD_REGISTRY_TAG_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind tag_kind;

#define ALL_TAGS "tags"

enum { TAGS_OF_OBJECT_MAX = 128 };

/* "/tags/<name>"; free() it. */
char *tag_path(const char *name);

/* Adds tags (names.h) to an object, registers the new ones, and announces them and the object, even if it had all of
   them. ERROR_TOO_LARGE: it would have more than TAGS_OF_OBJECT_MAX. */
bool tag_attach(struct plan *plan, struct registry_entry *object, const char *names, struct error *err);

/* Removes tags from an object, and announces it if it had any of them. The tags stay. */
void tag_detach(struct plan *plan, struct registry_entry *object, const char *names);

#endif
