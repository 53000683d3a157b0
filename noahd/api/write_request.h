/* write_request.h - a write that a client requests: read from the request, checked for rights, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_WRITE_REQUEST_H
#define NOAHD_API_WRITE_REQUEST_H

#include "common/error.h"
#include "noahd/writes/write.h"

/* Decodes and checks the request; a transaction's body only in its turn. NULL: refused. */
struct write *write_request_create(const struct http_call *call, const struct operation *operation, struct error *err);

/* Decodes and checks the body of a write's call, or of a part's. */
bool write_request_take_body(struct write *write, struct error *err);

#endif
