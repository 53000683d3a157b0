/* import_check.h - whether the objects of an import fit together: none twice, none without those that it needs. */
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

/* Each object, with the line it comes from. Copies what it keeps. */
void import_check_add(struct import_check *check, const struct record *record, size_t line);

/* When all of them were added. ERROR_INVALID, and *out_line the line of the object that is wrong: it has the id or the
   revision of another one, or lacks an object that it needs. */
bool import_check_all(struct import_check *check, size_t *out_line, struct error *err);

#endif
