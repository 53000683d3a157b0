/* aliases.h - further paths at which the changes of an object happen. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_ALIASES_H
#define NOAHD_REGISTRY_ALIASES_H

#include "noahd/registry/registry.h"

/* Lists of decoded paths, each ended by '\n' (protocol.md, "Paths"). free() them. */

/* The alias of its kind, then its path below each object that shows it (shown_in: their paths, ended by NULL; or NULL),
   each of its tags and each of its links. */
char *aliases_of(const struct record *record, const char *const *shown_in);

/* Of the planned version of an entry. */
char *aliases_of_entry(const struct registry *registry, const struct registry_entry *entry);

/* The paths of both lists without duplicates; more may be NULL. */
char *aliases_join(char *take_aliases, const char *more);

#endif
