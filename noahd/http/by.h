/* by.h - who a write is by: the token that it was made with, and the node and the run that it names. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_BY_H
#define NOAHD_HTTP_BY_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/registry/token_table.h"

#include <stdbool.h>

/* Borrowed of the request and the token; NULL: not named. */
struct by {
	const char *token, *node, *run;
	bool is_verified; /* the node is that of the token */
};

/* What the headers Noah-Node and Noah-Run say, and the token, which may be NULL, of its node. ERROR_INVALID: a header
   is no name. ERROR_DENIED: it names another node than the token's. *out holds by then what is known. */
bool by_find(const struct http_request *request, const struct token *token, struct by *out, struct error *err);

/* As struct change keeps it, of the request of a call and its caller; "" where the call has no request: noahd's own.
   free() it. NULL: as by_find. */
char *by_text(const struct http_call *call, struct error *err);

#endif
