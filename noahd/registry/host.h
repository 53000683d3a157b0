/* host.h - the rules of hosts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_HOST_H
#define NOAHD_REGISTRY_HOST_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind host_kind;

#define ALL_HOSTS "hosts"

/* "/hosts/<name>"; free() it. */
char *host_path(const char *name);

/* Registers a host or sets its status. The caller announces it (plan_announce) when the write is complete. */
bool host_put(struct plan *plan, const char *name, const char *status, struct registry_entry **out_entry,
    enum change_action *out_action, struct error *err);

/* Deletes a host and its services, and announces each. ERROR_NOT_FOUND. out_id has room for UUID_TEXT_BYTES. */
bool host_delete(struct plan *plan, const char *name, char *out_id, size_t *out_services, struct error *err);

#endif
