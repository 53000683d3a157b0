/* changes.h - changes as the registry would plan them, for tests. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_WATCH_CHANGES_H
#define TESTS_UNIT_NOAHD_WATCH_CHANGES_H

#include "noahd/registry/change.h"

#include <stdint.h>

/* An update of an ephemeral (whatever the path says), made now. aliases: as in change.h. The caller owns the
   reference. */
struct change *make_change(uint64_t revision, uint64_t write, const char *path, const char *aliases);

/* The creation or removal of a watch, a write of its own. created: the revision that made it. */
struct change *make_watch_change(uint64_t revision, enum change_action action, uint64_t created, const char *pattern,
    const char *endpoint);

/* "/watches/<endpoint without slashes>.<pattern without slashes>"; static, until the next call. */
const char *make_watch_path(const char *pattern, const char *endpoint);

#endif
