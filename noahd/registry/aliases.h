/* aliases.h - the paths beside its own at which a change of an object happens. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_ALIASES_H
#define NOAHD_REGISTRY_ALIASES_H

#include "noahd/registry/registry.h"

/* All are decoded, each ended by '\n' (protocol.md, "Paths"). free() them. */

/* What its kind says of it, and then its path below each of the objects that show it (their paths, NULL ends them;
   NULL: none), each of its tags and each of its links. */
char *aliases_of(const struct record *record, const char *const *shown_in);

/* Of an entry as it is planned. */
char *aliases_of_entry(const struct registry *registry, const struct registry_entry *entry);

/* The paths of both, each once; more may be NULL. */
char *aliases_join(char *take_aliases, const char *more);

#endif
