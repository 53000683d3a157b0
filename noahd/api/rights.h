/* rights.h - which rights a request needs, told by the request alone and judged before anything is looked up. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RIGHTS_H
#define NOAHD_API_RIGHTS_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/writes/operation.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether the caller may make the request, as far as its path tells: a read, or a write by that operation (NULL: the
   path has no such method). ERROR_UNAUTHENTICATED or ERROR_DENIED, worded from the request alone. */
bool rights_check_read(const struct http_call *call, struct error *err);
bool rights_check_write(const struct http_call *call, const struct operation *operation, struct error *err);

/* So for all that path and body name. */
bool rights_check_whole_write(const struct http_call *call, const struct operation *operation, const json_t *body,
    struct error *err);

/* Whether the answer to that write may show what is there: the caller may read what the request's path names. To be
   asked before the write is planned. */
bool rights_show_answer(const struct http_call *call, const struct operation *operation, const json_t *body);

/* Leaves of an answer what may be shown without that: "id", "result" and names. */
void rights_prune_answer(json_t *answer);

#endif
