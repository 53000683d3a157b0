/* service.h - the rules of services; each belongs to one host. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_SERVICE_H
#define NOAHD_REGISTRY_SERVICE_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind service_kind;

#define ALL_SERVICES "services"
#define SERVICES_OF_HOST "host"    /* by the host's name */
#define SERVICES_OF_NAME "service" /* by the service's */

/* "/services/<service>/<host>"; free() it. */
char *service_path(const char *service, const char *host);

/* Sets "<service>": "<status>" in a host's view. */
void service_view_status(json_t *services, const struct record *service);

struct service_put_result {
	struct registry_entry *service, *host;
	enum change_action service_action, host_action;
};

struct service_state {
	const char *status, *host_status;
	int64_t lifetime_ms; /* the service's; 0: it stays */
};

/* Registers a service and its host, or sets the status of each; a refused status writes nothing. */
bool service_put(struct plan *plan, const char *service, const char *host, const struct service_state *state,
    struct service_put_result *out, struct error *err);

/* Deletes a service of one host; the host, which showed it, is announced too. ERROR_NOT_FOUND. out_id holds
   UUID_TEXT_BYTES. */
bool service_delete(struct plan *plan, const char *service, const char *host, char *out_id, struct error *err);

/* Deletes a service on every host where may_delete (NULL: everywhere), which is given its path, allows it.
   ERROR_NOT_FOUND where there is none. */
bool service_delete_everywhere(struct plan *plan, const char *service,
    bool (*may_delete)(void *context, const char *path), void *context, size_t *out_hosts, struct error *err);

#endif
