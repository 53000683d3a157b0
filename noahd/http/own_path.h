/* own_path.h - the path of the object that a request names. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_OWN_PATH_H
#define NOAHD_HTTP_OWN_PATH_H

#include "common/http_route.h"

/* The request's segments as they are, and the trailing '/' where it is part of a name, an ephemeral's. Lives as the
   call's target. A request that was refused before its target was read has "". */
const char *own_path(const struct http_call *call);

/* So without the operation that stands behind the object ("/hosts/web1/watch"); free() it. */
char *own_path_before_operation(const struct http_call *call);

#endif
