/* response.h - responses with what every answer of noahd says: of which epoch, and at which revision. */
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

/* The history that answers tell of. Its revision is the registry's. */
struct history {
	char *epoch;
	const struct registry *registry;
};

/* Each has Noah-Epoch, and Noah-Revision as it is now; the caller releases it. body from malloc, taken. */
struct http_response *response_of_bytes(const struct history *history, char *take_body, size_t size,
    const char *content_type);
/* With a body that is made bit by bit. */
struct http_response *response_of_stream(const struct history *history, const struct http_stream *stream,
    const char *content_type);
/* Of bytes that a client has put there (copied): a browser must neither guess their type nor run them. */
struct http_response *response_of_foreign_bytes(const struct history *history, const void *bytes, size_t size,
    const char *content_type);
struct http_response *response_of_json(const struct history *history, json_t *take_body);
/* With the revision of what it tells of. */
struct http_response *response_of_text_at(const struct history *history, char *take_text, size_t size,
    uint64_t revision);
struct http_response *response_of_json_at(const struct history *history, json_t *take_body, uint64_t revision);

/* The status that belongs to the kind of an error: the one place where kinds become HTTP. */
unsigned response_status(enum error_kind kind);
/* {"result":"failure","error_message"}. */
json_t *response_refusal_body(const struct error *err);
/* With that body, or more, and what the status asks for: Retry-After of a 503, WWW-Authenticate of a 401. */
struct http_response *response_of_refusal(const struct history *history, unsigned status, json_t *take_body);

/* Answers with {"result":"failure","error_message"}. */
void response_refuse(struct http_request *request, const struct history *history, unsigned status,
    const struct error *err);

/* Another revision than the registry's. */
void response_set_revision(struct http_response *response, uint64_t revision);

/* The representation was chosen by the request's Accept: caches must keep it apart from others (RFC 9110, 12.5.5). */
void response_varies(struct http_response *response);

#endif
