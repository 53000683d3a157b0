/* status.h - the status of hosts and services. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_STATUS_H
#define NOAHD_REGISTRY_STATUS_H

#include "common/error.h"
#include "noahd/registry/plan.h"

#include <jansson.h>

/* ERROR_INVALID unless it is "up", "down" or "pending". */
bool status_check(const char *status, struct error *err);

/* status_check of the status that a record keeps. */
bool status_check_record(const struct record *record, struct error *err);

/* A record's status as a JSON string, and as what plan_put takes. */
json_t *status_view(const struct record *record);
struct plan_value status_value(const char *status);

#endif
