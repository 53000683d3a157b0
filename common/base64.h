/* base64.h - standard padded base64 (RFC 4648, section 4). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Size of the text that encodes size bytes, with its NUL. */
#define BASE64_TEXT_BYTES(size) (((size) + 2) / 3 * 4 + 1)

/* out holds BASE64_TEXT_BYTES(size). */
void base64_encode(const void *bytes, size_t size, char *out);
/* Strict: only the alphabet, correct padding, no stray bits. out holds out_max bytes; untouched on failure. */
bool base64_decode(const char *text, size_t text_size, void *out, size_t out_max, size_t *out_size);

#endif
