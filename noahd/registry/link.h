/* link.h - the rules of links: users' own hierarchies at the root, which can contain objects of any kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_LINK_H
#define NOAHD_REGISTRY_LINK_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind link_kind;

#define ALL_LINKS "links"

enum { LINKS_OF_OBJECT_MAX = 128 };

/* The name is the path. ERROR_INVALID: it is not "/" and one segment, or it is reserved. */
bool link_check_name(const char *name, struct error *err);

/* As link_check_name, for an existing link: some names were reserved later. */
bool link_check_kept_name(const char *name, struct error *err);

/* Adds an object to a link, registers the link if it is new, and announces both, the object even if it was there.
   ERROR_TOO_LARGE: the object would have more than LINKS_OF_OBJECT_MAX. */
bool link_attach(struct plan *plan, struct registry_entry *object, const char *name, struct error *err);

/* Removes an object from a link, and announces it if it was there. The link stays. */
void link_detach(struct plan *plan, struct registry_entry *object, const char *name);

#endif
