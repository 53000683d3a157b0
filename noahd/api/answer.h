/* answer.h - the answers of the API: JSON, with the headers that every answer has. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_ANSWER_H
#define NOAHD_API_ANSWER_H

#include "common/error.h"
#include "common/http_route.h"
#include "common/http_server.h"
#include "noahd/api/api.h"
#include "noahd/api/routes.h"

#include <jansson.h>

#define ANSWER_JSON "application/json;charset=utf-8"
#define ANSWER_BYTES "application/octet-stream"

/* Answers with JSON, which is taken; Noah-Revision is the registry's, ETag, of a 200, that of what the route shows. */
void answer_json(struct http_call *call, unsigned status, json_t *take_body);

/* Answers a write that was planned: with the revision of its last change and the tag of what it left, or with its
   refusal. */
void answer_write(const struct api *api, struct write *write);

/* The representation was chosen by the request's Accept: caches must keep it apart from others (RFC 9110, 12.5.5). */
void answer_varies(struct http_response *response);

/* Answers with {"result":"failure","error_message"} and the status that belongs to the kind of error. */
void answer_error(struct http_request *request, const struct api *api, const struct error *err);

/* As answer_error, where the kind does not tell the status. */
void answer_refusal(struct http_call *call, unsigned status, const struct error *err);

/* 404, in the original's words. */
void answer_not_found(struct http_call *call);

/* 405 with Allow. */
void answer_method_not_allowed(struct http_call *call, const struct route *route);

/* A response with Noah-Epoch, and Noah-Revision as it is now; body from malloc, taken. The caller releases it. */
struct http_response *answer_response(const struct api *api, char *take_body, size_t size, const char *content_type);
/* As answer_response, with a body that is made bit by bit. */
struct http_response *answer_stream(const struct api *api, const struct http_stream *stream, const char *content_type);
void answer_set_revision(struct http_response *response, uint64_t revision);

/* As answer_response, of bytes that somebody else made (copied): a browser must neither guess their type nor run
   them. */
struct http_response *answer_foreign(const struct api *api, const struct plan_value *bytes, const char *content_type);

/* {"result":"failure","error_message"}, with Retry-After where the status is 503. The caller releases it. */
struct http_response *answer_refusal_response(const struct api *api, unsigned status, const struct error *err);

#endif
