/* http_reading.h - a request's head while it is looked at: what its fields say that matters before the body. */
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

/* Goes through the fields of a request whose method is known. White space behind their values is cut off for all who
   read them later. The request knows then which headers it has. */
void http_reading_take(struct http_reading *reading, struct http_request *request, const char *version);

/* Whether nothing in the head could be read in another way than it was read here; else ERROR_INVALID is in err. */
bool http_reading_passes(const struct http_reading *reading);

#endif
