/* caller.h - the caller of a request: identity, rights, and what it may see. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_CALLER_H
#define NOAHD_HTTP_CALLER_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/site.h"
#include "noahd/registry/access.h"
#include "noahd/registry/registry.h"
#include "noahd/registry/token_table.h"

#include <jansson.h>
#include <stdbool.h>

/* A call's caller is a struct token (registry/token_table.h), borrowed while the request is handled: keep a reference
   with a call that lives longer. Rights are looked up each time, since the token's rules may change. */

/* Sets the call's caller. False, with the anonymous caller: the token is unknown (ERROR_UNAUTHENTICATED), or was sent
   where others could read it (ERROR_DENIED). */
bool caller_identify(struct http_call *call, const struct token_table *tokens, const struct site *site,
    struct error *err);

/* False while there are no tokens, and for a call without a caller, which is noahd's own: everything is allowed. */
bool caller_is_controlled(const struct http_call *call);

/* path: decoded. */
bool caller_may(const struct http_call *call, enum access_right right, const char *path);
/* As caller_may; err names the missing right: ERROR_UNAUTHENTICATED without a token, else ERROR_DENIED. */
bool caller_check(const struct http_call *call, enum access_right right, const char *path, struct error *err);
/* As caller_check, for that path or anything below it. */
bool caller_check_some(const struct http_call *call, enum access_right right, const char *path, struct error *err);

/* Whether the error is about missing rights. */
bool caller_was_refused(const struct error *err);

/* The name of the caller's token; NULL: anonymous. */
const char *caller_token_name(const struct http_call *call);

/* Whether the caller may read every object except tokens. */
bool caller_sees_all(const struct http_call *call);

/* Whether the caller may read every object of that kind, with all that it shows. Not for links. */
bool caller_sees_set(const struct http_call *call, enum object_kind kind);

/* A number that changes with the caller's rights. */
uint64_t caller_rights(const struct http_call *call);

/* Objects show parts of other objects: whether the caller may see all of them, for any object of a kind, or for this
   one. If not, caller_prune removes the rest from a view. */
bool caller_sees_whole(const struct http_call *call, enum object_kind kind);
bool caller_sees_whole_object(const struct http_call *call, const struct registry *registry,
    const struct registry_entry *entry);
void caller_prune(const struct http_call *call, const struct record *record, json_t *view);

#endif
