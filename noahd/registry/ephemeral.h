/* ephemeral.h - the rules of ephemerals: any bytes at any path. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_EPHEMERAL_H
#define NOAHD_REGISTRY_EPHEMERAL_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind ephemeral_kind;

#define ALL_EPHEMERALS "ephemerals"

/* Names below are the path behind "/ephemerals", beginning with '/'. */

/* ERROR_INVALID where the first or the last segment is an operation's or a collection's name. */
bool ephemeral_check_name(const char *name, struct error *err);

/* "/ephemerals<name>"; free() it. */
char *ephemeral_path(const char *name);

/* data NULL: none. Its size is the caller's to check. lifetime_ms 0: it stays. */
struct registry_entry *ephemeral_put(struct plan *plan, const char *name, const struct plan_value *data,
    int64_t lifetime_ms, enum change_action *out_action);

/* ERROR_NOT_FOUND. out_id holds UUID_TEXT_BYTES. */
bool ephemeral_delete(struct plan *plan, const char *name, char *out_id, struct error *err);

/* "data", and "data_encoding" where the bytes are not UTF-8. */
void ephemeral_write_data(struct json_writer *out, const struct record *record);

#endif
