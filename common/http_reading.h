/* http_reading.h - a request's head while it is read: the fields that matter before the body. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_READING_H
#define COMMON_HTTP_READING_H

#include "common/http_request_check.h"
#include "common/http_head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_request;

/* err is the caller's, set before. */
struct http_reading {
	struct http_head head;
	struct http_request_check check;
	size_t size;                /* of the whole head */
	const char *version;        /* "HTTP/1.1" */
	const char *content_length; /* NULL: none */
	uint64_t headers;           /* http_header_bit of each */
	bool expects_continue;
	bool is_encoded; /* Content-Encoding says more than "identity" */
	bool passes;     /* each of its fields */
	struct error *err;
};

/* Reads the fields of a request whose method is known. Cuts off white space after their values for all later readers.
   After that, the request knows which headers it has. */
void http_reading_take(struct http_reading *reading, struct http_request *request, const char *version);

/* Whether the head can be read in one way only; else err is ERROR_INVALID. */
bool http_reading_passes(const struct http_reading *reading);

#endif
