/* percent.h - percent-encoding of paths (RFC 3986, 2.1). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PERCENT_H
#define COMMON_PERCENT_H

/* Encode every byte that must not appear in a path segment; of a path, '/' separates the segments and stays. free() the
   result. */
char *percent_encode_path(const char *path);
char *percent_encode_segment(const char *segment);

/* The byte that the two hexadecimal digits after a % encode; -1: they are not hexadecimal. */
int percent_byte(const char *digits);

#endif
