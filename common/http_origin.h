/* http_origin.h - scheme, host and port of a server, as browsers write them (RFC 6454). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_ORIGIN_H
#define COMMON_HTTP_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a text is "http" or "https", "://", a host (host_name.h) and an optional port, and nothing else:
   "https://noah.example:5678". */
bool http_origin_is_valid(const char *text);

/* Points after "://" in the text; NULL: there is none. */
const char *http_origin_authority(const char *origin);

/* Whether both are the same server: case is ignored, and the default port may be omitted. */
bool http_origin_is_same(const char *a, const char *b);

/* The size of the host at the beginning of "noah.example:5678", "[::1]:5678", "localhost"; brackets belong to it. */
size_t http_authority_host_size(const char *authority);

#endif
