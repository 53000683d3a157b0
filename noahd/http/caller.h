/* caller.h - who makes a request, and what they may do and see. */
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

/* A call's caller is a struct token (registry/token_table.h), borrowed as long as the request is being handled: who
   keeps the call longer keeps a reference. What it may is looked up each time, since its rules may change meanwhile. */

/* Finds out who calls. False, the caller being nobody then: what is shown is no token of ours (ERROR_UNAUTHENTICATED),
   or is shown where others could read it (ERROR_DENIED). */
bool caller_identify(struct http_call *call, const struct token_table *tokens, const struct site *site,
    struct error *err);

/* While there are no tokens, everything is allowed; and always in a call without a caller: noahd's own. */
bool caller_is_controlled(const struct http_call *call);

/* Path is decoded. */
bool caller_may(const struct http_call *call, enum access_right right, const char *path);
/* As caller_may; err says what is missing: ERROR_UNAUTHENTICATED for who shows no token, else ERROR_DENIED. */
bool caller_check(const struct http_call *call, enum access_right right, const char *path, struct error *err);
/* So for that path or something below it. */
bool caller_check_some(const struct http_call *call, enum access_right right, const char *path, struct error *err);

/* Whether that error is one of those above. */
bool caller_was_refused(const struct error *err);

/* The name of the token that was shown; NULL: none. */
const char *caller_token_name(const struct http_call *call);

/* Whether the caller may see every object, tokens aside. */
bool caller_sees_all(const struct http_call *call);

/* Whether the caller may see every object of that kind, but links, with all that it shows. */
bool caller_sees_set(const struct http_call *call, enum object_kind kind);

/* What stands for the rights of a caller who does not see all: another number whenever they are others. */
uint64_t caller_rights(const struct http_call *call);

/* Objects show parts of others: whether all of that may be seen, whatever the object, or of one that is there; and else
   what has to be left out of a view. */
bool caller_sees_whole(const struct http_call *call, enum object_kind kind);
bool caller_sees_whole_object(const struct http_call *call, const struct registry *registry,
    const struct registry_entry *entry);
void caller_prune(const struct http_call *call, const struct record *record, json_t *view);

#endif
