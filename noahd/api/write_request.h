/* write_request.h - a write that a client asks for: read from its request, judged by its rights, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_WRITE_REQUEST_H
#define NOAHD_API_WRITE_REQUEST_H

#include "common/error.h"
#include "noahd/writes/write.h"

/* Decodes and checks; the body of a write that is made of others, when it is its turn. NULL: refused. */
struct write *write_request_create(const struct http_call *call, const struct operation *operation, struct error *err);

/* Decodes and checks the body that the call of a write, or of a part, has. */
bool write_request_take_body(struct write *write, struct error *err);

#endif
