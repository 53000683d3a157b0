/* utf8.h - well-formed UTF-8 (RFC 3629). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the sequence that text begins with, 1 to 4 bytes; 0: it is truncated, overlong, a surrogate or beyond
   U+10FFFF. */
size_t utf8_sequence(const char *text, size_t size);

bool utf8_is_valid(const char *text, size_t size);

#endif
