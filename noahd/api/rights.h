/* rights.h - which rights a request needs, determined by the request alone and checked before any look-up. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RIGHTS_H
#define NOAHD_API_RIGHTS_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/writes/operation.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether the caller has the rights for a request, as far as its path determines them: for a read, or for a write by
   that operation (NULL: the path has no such method). ERROR_UNAUTHENTICATED or ERROR_DENIED, worded from the request
   alone. */
bool rights_check_read(const struct http_call *call, struct error *err);
bool rights_check_write(const struct http_call *call, const struct operation *operation, struct error *err);

/* The same for all that path and body name. */
bool rights_check_whole_write(const struct http_call *call, const struct operation *operation, const json_t *body,
    struct error *err);

/* Whether the answer to a write may show the object: the caller may read what the request names. To be called before
   the write is planned. */
bool rights_show_answer(const struct http_call *call, const struct operation *operation, const json_t *body);

/* Reduces an answer to what any writer may see: "id", "result" and names. */
void rights_prune_answer(json_t *answer);

#endif
