/* http_accept.h - which media types the value of an Accept field takes (RFC 9110, 12.5.1). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_ACCEPT_H
#define COMMON_HTTP_ACCEPT_H

#include <stdbool.h>

/* How much a type is wanted. */
struct http_accept {
	int quality;   /* in thousandths; 0: it is not taken */
	bool is_named; /* as it is, not by a wildcard */
};

/* Of the ranges that a type ("text/html") is in, the most specific one counts. NULL, no such field: anything is taken.
   Parameters other than q are ignored, and so is a range that is malformed. */
struct http_accept http_accept_find(const char *accept, const char *type);

#endif
