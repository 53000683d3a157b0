/* tag.h - the rules of tags, which objects of any kind carry. */
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

/* The names are names.h's. Registers those that are new, and announces the object, also where it has them all.
   ERROR_TOO_LARGE: it would have more than TAGS_OF_OBJECT_MAX. */
bool tag_attach(struct plan *plan, struct registry_entry *object, const char *names, struct error *err);

/* Announces the object, if it has any of them. The tags stay. */
void tag_detach(struct plan *plan, struct registry_entry *object, const char *names);

#endif
