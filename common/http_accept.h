/* http_accept.h - which media types an Accept field accepts (RFC 9110, 12.5.1). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_ACCEPT_H
#define COMMON_HTTP_ACCEPT_H

#include <stdbool.h>

/* How much a type is wanted. */
struct http_accept {
	int quality;   /* in thousandths; 0: not acceptable */
	bool is_named; /* by its name, not by a wildcard */
};

/* The most specific range that matches a type ("text/html") counts. NULL, no such field: everything is acceptable.
   Parameters other than q are ignored, and so is a malformed range. */
struct http_accept http_accept_find(const char *accept, const char *type);

#endif
