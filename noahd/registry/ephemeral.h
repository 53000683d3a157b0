/* ephemeral.h - the rules of ephemerals: any bytes at any path. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_EPHEMERAL_H
#define NOAHD_REGISTRY_EPHEMERAL_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind ephemeral_kind;

#define ALL_EPHEMERALS "ephemerals"

/* Names are the part of the path behind "/ephemerals", and begin with '/'. */

/* ERROR_INVALID: the first segment is the name of a collection, or the last one that of an operation. */
bool ephemeral_check_name(const char *name, struct error *err);

/* "/ephemerals<name>"; free() it. */
char *ephemeral_path(const char *name);

/* Registers it or sets its data (NULL: none) and lifetime (0: unlimited), and announces it. The caller checks the
   size. */
struct registry_entry *ephemeral_put(struct plan *plan, const char *name, const struct plan_value *data,
    int64_t lifetime_ms, enum change_action *out_action);

/* ERROR_NOT_FOUND. out_id has room for UUID_TEXT_BYTES. */
bool ephemeral_delete(struct plan *plan, const char *name, char *out_id, struct error *err);

/* Writes "data", and "data_encoding" if the bytes are not UTF-8. */
void ephemeral_write_data(struct json_writer *out, const struct record *record);

#endif
