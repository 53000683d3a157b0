/* uuid.h - random identifiers (RFC 9562, version 4). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_UUID_H
#define COMMON_UUID_H

#include <stdbool.h>

enum { UUID_BYTES = 16, UUID_TEXT_BYTES = 37 };

/* Lower case with hyphens. Random bytes are drawn in blocks, which makes this cheap enough for each write. Aborts if
   the machine provides no randomness. */
void uuid_make(char out[UUID_TEXT_BYTES]);

/* The 16 bytes of an identifier. False, out untouched: the text does not have the form that uuid_make writes. */
bool uuid_parse(const char *text, unsigned char out[UUID_BYTES]);

#endif
