/* status.h - the status of hosts and services. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_STATUS_H
#define NOAHD_REGISTRY_STATUS_H

#include "common/error.h"
#include "noahd/registry/plan.h"

#include <jansson.h>

/* ERROR_INVALID: it is not "up", "down" or "pending". */
bool status_check(const char *status, struct error *err);

/* As status_check, for the value of a record. */
bool status_check_record(const struct record *record, struct error *err);

/* The status of a record as a JSON string; a status as a value for plan_put. */
json_t *status_view(const struct record *record);
struct plan_value status_value(const char *status);

#endif
