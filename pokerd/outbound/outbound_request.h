/* outbound_request.h - one HTTP request as pokerd-report reads it, and the answer as it prints it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_OUTBOUND_OUTBOUND_REQUEST_H
#define POKERD_OUTBOUND_OUTBOUND_REQUEST_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OUTBOUND_HEADERS_MAX = 16,
	OUTBOUND_REQUEST_BYTES_MAX = 1 << 18, /* of the JSON text: a body of 64 KiB, escaped */
	OUTBOUND_BODY_BYTES_MAX = 2048,       /* of an answer; the rest is dropped */
	OUTBOUND_ANSWER_BYTES_MAX = 1 << 14,  /* of its JSON text: fits into a pipe */
	OUTBOUND_TIMEOUT_MS_MAX = 300000,
};

/* All texts are UTF-8 and borrowed. */
struct outbound_request {
	const char *method; /* "PUT" */
	const char *url;    /* http or https */
	struct outbound_header {
		const char *name, *value;
	} headers[OUTBOUND_HEADERS_MAX];
	size_t header_count;
	const char *body;    /* NULL: none */
	const char *ca_file; /* ""; the system's authorities */
	int64_t timeout_ms;  /* 1 to OUTBOUND_TIMEOUT_MS_MAX: from the start to the end of the answer */
};

/* Appends a header; at most OUTBOUND_HEADERS_MAX. */
void outbound_request_add_header(struct outbound_request *request, const char *name, const char *value);

/* {"method","url","headers":{…},"body","ca_file","timeout_ms"}. NUL-terminated. The caller wipes and frees it, as it
   may contain a token: outbound_text_destroy. ERROR_TOO_LARGE. */
bool outbound_request_text(const struct outbound_request *request, char **out, size_t *out_size, struct error *err);
void outbound_text_destroy(char *text, size_t size); /* accepts NULL */

/* out borrows from json. ERROR_INVALID: a member is missing, unknown or wrong, or a header contains a control
   character. */
bool outbound_request_read(const json_t *json, struct outbound_request *out, struct error *err);

/* The answer, or why there is none. Zeroed is empty; owned. */
struct outbound_answer {
	int64_t status; /* of HTTP; 0: no answer */
	char *body;     /* its first bytes, readable; NULL: no answer */
	char *error;    /* NULL: there is an answer */
};

void outbound_answer_finish(struct outbound_answer *answer);

/* {"status":200,"body":"…"} or {"error":"…"}; the caller calls json_decref. */
json_t *outbound_answer_json(const struct outbound_answer *answer);
/* Anything malformed is an answer with an error. */
void outbound_answer_read(const char *text, size_t size, struct outbound_answer *out);

#endif
