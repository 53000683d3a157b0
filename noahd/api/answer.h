/* answer.h - the answers of the API: JSON, with the headers that every answer has. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_ANSWER_H
#define NOAHD_API_ANSWER_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/api/routes.h"
#include "noahd/http/response.h"

#include <jansson.h>

/* Answers with JSON, which is taken; with the registry's Noah-Revision; a 200 has the ETag of what the route shows. */
void answer_json(struct http_call *call, unsigned status, json_t *take_body);

/* Answers a write with its result: done, with the revision of its last change and the new ETag, or refused. */
void answer_write(struct write *write);

/* Answers with {"result":"failure","error_message"} and the status that belongs to the kind of error. */
void answer_error(const struct http_call *call, const struct error *err);

/* As answer_error, with another status than that of the kind. */
void answer_refusal(const struct http_call *call, unsigned status, const struct error *err);

/* 404, in Noah's words. */
void answer_not_found(const struct http_call *call);

/* 405 with Allow. */
void answer_method_not_allowed(const struct http_call *call, const struct route *route);

#endif
