/* routes.h - which handler answers which request. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_ROUTES_H
#define NOAHD_API_ROUTES_H

#include "common/http_route.h"

/* The row for call->target, its captures filled in; NULL: no such path. */
const struct http_route *routes_find(struct http_call *call);

#endif
