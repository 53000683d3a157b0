/* response.h - responses with the headers that every answer of noahd has: epoch and revision. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_RESPONSE_H
#define NOAHD_HTTP_RESPONSE_H

#include "common/error.h"
#include "common/http_server.h"
#include "noahd/registry/registry.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define RESPONSE_JSON "application/json;charset=utf-8"
#define RESPONSE_BYTES "application/octet-stream"

/* The history that answers refer to; its revision is the registry's. */
struct history {
	char *epoch;
	const struct registry *registry;
};

/* Each has Noah-Epoch and the current Noah-Revision; the caller releases it. take_body: from malloc. */
struct http_response *response_of_bytes(const struct history *history, char *take_body, size_t size,
    const char *content_type);
/* With a body that is produced piece by piece. */
struct http_response *response_of_stream(const struct history *history, const struct http_stream *stream,
    const char *content_type);
/* Of bytes that a client has stored (copied): a browser must neither guess their type nor run them. */
struct http_response *response_of_foreign_bytes(const struct history *history, const void *bytes, size_t size,
    const char *content_type);
struct http_response *response_of_json(const struct history *history, json_t *take_body);
/* With the revision that the body refers to. */
struct http_response *response_of_text_at(const struct history *history, char *take_text, size_t size,
    uint64_t revision);
struct http_response *response_of_json_at(const struct history *history, json_t *take_body, uint64_t revision);

/* The HTTP status for a kind of error; the only place that maps them. */
unsigned response_status(enum error_kind kind);
/* {"result":"failure","error_message"}. */
json_t *response_refusal_body(const struct error *err);
/* With the headers that its status requires: Retry-After of a 503, WWW-Authenticate of a 401. */
struct http_response *response_of_refusal(const struct history *history, unsigned status, json_t *take_body);

/* Answers with {"result":"failure","error_message"}. */
void response_refuse(struct http_request *request, const struct history *history, unsigned status,
    const struct error *err);

/* Replaces Noah-Revision. */
void response_set_revision(struct http_response *response, uint64_t revision);

/* Vary: the request's Accept has chosen the representation (RFC 9110, 12.5.5). */
void response_varies(struct http_response *response);

#endif
