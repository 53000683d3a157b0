/* percent.h - percent-encoding of paths (RFC 3986, 2.1). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PERCENT_H
#define COMMON_PERCENT_H

#include <stdbool.h>

/* Encodes every byte that may not stand in a path segment as it is; '/' only when encode_slash. free() the result. */
char *percent_encode(const char *text, bool encode_slash);

/* The byte that the two hexadecimal digits behind a % stand for; -1: these are none. */
int percent_byte(const char *digits);

#endif
