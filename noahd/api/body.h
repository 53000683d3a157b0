/* body.h - a write's JSON body, checked against the keys it must have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_BODY_H
#define NOAHD_API_BODY_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/api/write_queue.h"

#include <jansson.h>
#include <stdbool.h>

/* The bytes must be an object with exactly these keys (NULL ends them), each a string that is not empty. The caller owns *out.
   ERROR_INVALID in Noah's words where it has some: "Missing Parameters", "Status attribute missing". */
bool body_decode(const char *bytes, size_t size, const char *const *keys, json_t **out, struct error *err);

/* body_decode of a request's body. */
bool body_strings(const struct http_call *call, const char *const *keys, json_t **out, struct error *err);

/* Queues a write with such a body, or answers what is wrong with it. */
void body_write(struct http_call *call, const char *const *keys, write_planner *plan);

/* One of the checked strings. */
const char *body_string(const json_t *body, const char *key);

#endif
