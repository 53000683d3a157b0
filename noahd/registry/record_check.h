/* record_check.h - whether requests can have made a record: what an import may bring. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_CHECK_H
#define NOAHD_REGISTRY_RECORD_CHECK_H

#include "common/error.h"
#include "noahd/registry/change.h"
#include "noahd/registry/kind.h"

#include <stdbool.h>

/* By the rules that requests go through, as far as the record alone tells. The store's own are milder
   (record_is_sound): it goes on loading what was made under earlier rules. ERROR_INVALID. */
bool record_check(const struct record *record, struct error *err);

/* Calls visit with the path of each object that must be there, too: its tags, its links, and what its kind needs. */
void record_visit_needed(const struct record *record, needed_visitor *visit, void *context);

#endif
