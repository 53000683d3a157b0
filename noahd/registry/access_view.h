/* access_view.h - removes from a view what the rules of its reader do not allow. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_ACCESS_VIEW_H
#define NOAHD_REGISTRY_ACCESS_VIEW_H

#include "noahd/registry/access.h"
#include "noahd/registry/change.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether all views of that kind may be read without omissions. */
bool access_view_is_whole(const struct access_rules *rules, enum object_kind number);

/* Removes other objects that may not be read from the view of a record: the services of a host, the members of a tag or
   a link. Also for the body of a change, which is such a view. */
void access_view_prune(const struct access_rules *rules, const struct record *record, json_t *view);

#endif
