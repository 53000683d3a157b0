/* utf8.h - where one well-formed UTF-8 sequence ends (RFC 3629). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the sequence that text begins with, 1 to 4; 0 where it is cut, overlong, a surrogate or beyond U+10FFFF. */
size_t utf8_sequence(const char *text, size_t size);

bool utf8_is_valid(const char *text, size_t size);

#endif
