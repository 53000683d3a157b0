/* import_check.h - checks the objects of an import together: unique ids and revisions, no missing objects. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_IMPORT_CHECK_H
#define NOAHD_IMPORT_CHECK_H

#include "common/error.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>

struct import_check;

struct import_check *import_check_create(void);
void import_check_destroy(struct import_check *check); /* NULL is fine */

/* Adds an object, with its line in the file. Copies what it keeps. */
void import_check_add(struct import_check *check, const struct record *record, size_t line);

/* Checks them once all are added. ERROR_INVALID, and *out_line is the object's line: it has the id or the revision of
   another object, or an object that it needs is missing. */
bool import_check_all(struct import_check *check, size_t *out_line, struct error *err);

#endif
