/* own_path.h - the path of the object that a request names. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_OWN_PATH_H
#define NOAHD_HTTP_OWN_PATH_H

#include "common/http_route.h"

/* The target's segments, decoded, with a trailing '/' only if it belongs to the name of an ephemeral. Lives as long as
   the call's target. "" for a request that was refused before its target was read. */
const char *own_path(const struct http_call *call);

/* The same without the operation behind the object ("/hosts/web1/watch"); free() it. */
char *own_path_before_operation(const struct http_call *call);

#endif
