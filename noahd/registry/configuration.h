/* configuration.h - the rules of configurations: texts in some format, which applications can have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_CONFIGURATION_H
#define NOAHD_REGISTRY_CONFIGURATION_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind configuration_kind;

#define ALL_CONFIGURATIONS "configurations"

/* "/configurations/<name>"; free() it. */
char *configuration_path(const char *name);

/* The two parts of the value; only the format ends with a NUL. Borrowed from the record. */
const char *configuration_format(const struct record *configuration);
const char *configuration_body(const struct record *configuration, size_t *out_size);

/* {"format", "body"} */
json_t *configuration_view_contents(const struct record *configuration);

/* Registers or sets it. The caller announces it (plan_announce) when the write is complete. */
struct registry_entry *configuration_put(struct plan *plan, const char *name, const char *format, const char *body,
    enum change_action *out_action);

/* Deletes it, removes it from its applications, and announces all of them. *out_applications: their names; the caller
   owns it. ERROR_NOT_FOUND. out_id has room for UUID_TEXT_BYTES. */
bool configuration_delete(struct plan *plan, const char *name, char *out_id, json_t **out_applications,
    struct error *err);

#endif
