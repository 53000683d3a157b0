/* endpoint_url.h - the form of an endpoint's URL in which it arrives as it was registered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ENDPOINT_URL_H
#define COMMON_ENDPOINT_URL_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENDPOINT_URL_HOST_BYTES = 256 };

struct endpoint_url {
	char host[ENDPOINT_URL_HOST_BYTES]; /* as written, IPv6 without brackets */
	uint16_t port;                      /* the scheme's where none is written */
	const char *path;                   /* within the text, path_size bytes; empty, or begins with "/" */
	size_t path_size;
};

/* One form for both ends: noahd registers no other, and pokerd takes no other for its own. By RFC 3986, and where that
   leaves room as libcurl sends it: scheme "://" host [":" port] path ["?" query]. A host is a name, an IPv4 address of
   four decimal numbers or an IPv6 address in brackets; a port is decimal, without leading zeros; of http and https the
   path has no "." or ".." as a segment, plain or escaped. Upper case, an empty path, "//" and any query are fine (of an
   empty one some versions of libcurl leave out the "?"); a user, a fragment, spaces and control characters are not.
   ERROR_INVALID: the text says what is wrong and, where another spelling is meant, gives it, without the query, where
   secrets stand. */
bool endpoint_url_parse(const char *text, struct endpoint_url *out, struct error *err);

/* Whether the host has a letter beyond ASCII, plain or escaped, so that what is meant is its form of the DNS,
   "xn--…". */
bool endpoint_url_is_international(const char *text);

#endif
