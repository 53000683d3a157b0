/* by.h - the author of a write: its token, and the node and the run that it names. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_BY_H
#define NOAHD_HTTP_BY_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/registry/token_table.h"

#include <stdbool.h>

/* Borrowed from the request and the token; NULL: not named. */
struct by {
	const char *token, *node, *run;
	bool is_verified; /* by the token, whose node it is */
};

/* Reads the headers Noah-Node and Noah-Run, once for a request that by_text was called for; token NULL: none was sent.
   ERROR_INVALID: a header is not a valid name. ERROR_DENIED: the token belongs to another node. Then *out holds what
   was found so far. */
bool by_find(const struct http_request *request, const struct token *token, struct by *out, struct error *err);

/* The author as struct change keeps it, for a call with a request; free() it. NULL: as by_find fails. */
char *by_text(const struct http_call *call, struct error *err);

#endif
