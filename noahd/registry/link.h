/* link.h - the rules of links: hierarchies of somebody's own at the root, in which objects of any kind stand. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_LINK_H
#define NOAHD_REGISTRY_LINK_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind link_kind;

#define ALL_LINKS "links"

enum { LINKS_OF_OBJECT_MAX = 128 };

/* ERROR_INVALID where the name, which is its path, is not "/" and one segment, or is the path of something of ours. */
bool link_check_name(const char *name, struct error *err);

/* As link_check_name, for a link that was made before: some names were reserved later. */
bool link_check_kept_name(const char *name, struct error *err);

/* Registers it where it is new, and announces the object, also where it stands there. ERROR_TOO_LARGE: it would have
   more than LINKS_OF_OBJECT_MAX. */
bool link_attach(struct plan *plan, struct registry_entry *object, const char *name, struct error *err);

/* Announces the object, if it stands there. The link stays. */
void link_detach(struct plan *plan, struct registry_entry *object, const char *name);

#endif
