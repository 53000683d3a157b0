/* names.h - names of objects, and lists of names, as in records: each name ended by '\n'; NULL: none. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_NAMES_H
#define NOAHD_REGISTRY_NAMES_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether it can be a segment of a path (protocol.md, "General"). ERROR_INVALID names the key. */
bool name_check(const char *key, const char *name, struct error *err);

/* Whether these bytes are a list of at least one name, in UTF-8. */
bool names_are_sound(const char *bytes, size_t size);

/* The next name of a list, where *rest starts as the list; NULL at its end. free() the name. */
char *names_next(const char **rest);

size_t names_count(const char *names);
/* Of two lists or two names; NULL equals only NULL. */
bool names_are_same(const char *a, const char *b);
bool names_have(const char *names, const char *name);

/* The names in either list, in that order and without duplicates; the names that are not in fewer. free() it. */
char *names_with(const char *names, const char *more);
char *names_without(const char *names, const char *fewer);

/* An array of strings. */
json_t *names_view(const char *names);

#endif
