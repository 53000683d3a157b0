/* record_check.h - checks a record by the rules of requests, as an import must. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_CHECK_H
#define NOAHD_REGISTRY_RECORD_CHECK_H

#include "common/error.h"
#include "noahd/registry/change.h"
#include "noahd/registry/kind.h"

#include <stdbool.h>

/* Whether requests can have made it, as far as the record alone shows. The store is more lenient (record_is_sound),
   since it loads what was made under earlier rules. ERROR_INVALID. */
bool record_check(const struct record *record, struct error *err);

/* Calls visit with the path of each object that must exist as well: its tags, its links, and what its kind needs. */
void record_visit_needed(const struct record *record, needed_visitor *visit, void *context);

#endif
