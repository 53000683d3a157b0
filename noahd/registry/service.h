/* service.h - the rules of services; each belongs to one host. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_SERVICE_H
#define NOAHD_REGISTRY_SERVICE_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind service_kind;

#define ALL_SERVICES "services"
#define SERVICES_OF_HOST "host"    /* by the name of the host */
#define SERVICES_OF_NAME "service" /* by the name of the service */

/* "/services/<service>/<host>"; free() it. */
char *service_path(const char *service, const char *host);

/* Sets "<service>": "<status>" in the view of a host. */
void service_view_status(json_t *services, const struct record *service);

struct service_put_result {
	struct registry_entry *service, *host;
	enum change_action service_action, host_action;
};

struct service_state {
	const char *status, *host_status;
	int64_t lifetime_ms; /* of the service; 0: unlimited */
};

/* Registers a service and its host, or sets their status, and announces both. ERROR_INVALID: a status is unknown;
   nothing is planned then. */
bool service_put(struct plan *plan, const char *service, const char *host, const struct service_state *state,
    struct service_put_result *out, struct error *err);

/* Deletes a service of one host, and announces it and the host, whose view showed it. ERROR_NOT_FOUND. out_id has room
   for UUID_TEXT_BYTES. */
bool service_delete(struct plan *plan, const char *service, const char *host, char *out_id, struct error *err);

/* Deletes a service on every host where may_delete, called with its path, allows it (NULL: on all). ERROR_NOT_FOUND:
   there is none. */
bool service_delete_everywhere(struct plan *plan, const char *service,
    bool (*may_delete)(void *context, const char *path), void *context, size_t *out_hosts, struct error *err);

#endif
