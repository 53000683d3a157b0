/* endpoint_url.h - the one form of an endpoint's URL, which arrives as it was registered. */
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
	uint16_t port;                      /* the scheme's default if none is given */
	const char *path;                   /* points into the text, path_size bytes; empty, or begins with "/" */
	size_t path_size;
};

/* One form for both ends: noahd registers no other, and pokerd accepts no other as its own address. It follows RFC 3986
   and, where that leaves a choice, libcurl: scheme "://" host [":" port] path ["?" query]. A host is a name, an IPv4
   address of four decimal numbers or an IPv6 address in brackets; a port is decimal, without leading zeros; of http and
   https the path has no "." or ".." as a segment, plain or escaped. Upper case, an empty path, "//" and any query are
   allowed (some versions of libcurl drop the "?" of an empty query); a user, a fragment, spaces and control characters
   are not. ERROR_INVALID: the text says what is wrong and, if only the spelling is, gives the correct one, without the
   query, which may hold secrets. */
bool endpoint_url_parse(const char *text, struct endpoint_url *out, struct error *err);

/* Whether the host has a letter beyond ASCII, plain or escaped: then its form in the DNS is meant, "xn--…". */
bool endpoint_url_is_international(const char *text);

#endif
