/* http_request_check.h - what a request's head must not contain, checked before any of it is used. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_REQUEST_CHECK_H
#define COMMON_HTTP_REQUEST_CHECK_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

struct http_field {
	const char *name;
	size_t name_size;
	const char *value;
	size_t value_size;
};

/* The size of a value without trailing white space, which is not part of it (RFC 9110, 5.5). */
size_t http_field_size(const struct http_field *field);

/* Fed one header field at a time; plain data. */
struct http_request_check {
	unsigned seen; /* bit by row of the table of fields that may occur once */
	bool has_content_length, has_transfer_encoding;
};

/* False with the reason (RFC 9112, 5.1, 6.1-6.3): a name that is not a token, a control character in a value, a second
   Host, Content-Length, Content-Type, Authorization, If-Match, If-None-Match, Origin or webhook-*, a Transfer-Encoding
   other than "chunked" without trailing white space, a Host with characters that hosts and ports do not have. */
bool http_request_check_field(struct http_request_check *check, const struct http_field *field, struct error *err);

/* After the last field: Transfer-Encoding with Content-Length or in HTTP/1.0, HTTP/1.1 without Host. */
bool http_request_check_end(const struct http_request_check *check, const char *version, struct error *err);

#endif
