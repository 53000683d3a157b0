/* route_table.h - the whole API, row by row. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RESOURCES_ROUTE_TABLE_H
#define NOAHD_API_RESOURCES_ROUTE_TABLE_H

#include "noahd/api/routes.h"

extern const struct route_table route_table;

#endif
