/* prefer.h - the Prefer header, which says how long a client would wait (RFC 7240). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_PREFER_H
#define NOAHD_HTTP_PREFER_H

#include <stdbool.h>
#include <stddef.h>

/* A part of the header. */
struct prefer_value {
	const char *text;
	size_t size;
};

/* The value of the first preference of that name, without quotes (size 0: it has none); text NULL: it is absent. Others
   are skipped. False: the header is not a list of preferences. */
bool prefer_find(const char *header, const char *name, struct prefer_value *out);

#endif
