/* watch_health.h - how a watch stands, which is no part of it and can change without it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RESOURCES_WATCH_HEALTH_H
#define NOAHD_API_RESOURCES_WATCH_HEALTH_H

#include "noahd/api/api.h"

#include <jansson.h>

/* Adds "health":{"state"} to the view of a watch. */
void watch_health_add(const struct api *api, json_t *view);

#endif
