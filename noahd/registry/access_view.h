/* access_view.h - what rules leave of an object's view, which shows parts of other objects. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_ACCESS_VIEW_H
#define NOAHD_REGISTRY_ACCESS_VIEW_H

#include "noahd/registry/access.h"
#include "noahd/registry/change.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether views of that kind may be read whole, whichever object it is. */
bool access_view_is_whole(const struct access_rules *rules, enum object_kind number);

/* Takes out of a view what it shows of others that may not be read by themselves: a host's services, the members of a
   tag or a link. The body of a change is such a view too. */
void access_view_prune(const struct access_rules *rules, const struct record *record, json_t *view);

#endif
