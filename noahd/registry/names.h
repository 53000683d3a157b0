/* names.h - names of objects, and lists of them as records keep them: each ended by '\n', NULL for none. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_NAMES_H
#define NOAHD_REGISTRY_NAMES_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether it can be one segment of a path (protocol.md, "General"). ERROR_INVALID, naming the key it came with. */
bool name_check(const char *key, const char *name, struct error *err);

/* Whether these bytes are such a list with a name at least, in UTF-8. */
bool names_are_sound(const char *bytes, size_t size);

/* Steps along a list: *rest begins as the list. free() the name; NULL: at its end. */
char *names_next(const char **rest);

size_t names_count(const char *names);
/* Of two lists, or two names: NULL is like NULL only. */
bool names_are_same(const char *a, const char *b);
bool names_have(const char *names, const char *name);

/* Those of names and those of more, each once, in that order; those of names that are not in fewer. free() it. */
char *names_with(const char *names, const char *more);
char *names_without(const char *names, const char *fewer);

/* An array of strings. */
json_t *names_view(const char *names);

#endif
