/* uuid.h - random identifiers (RFC 9562, version 4). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_UUID_H
#define COMMON_UUID_H

enum { UUID_TEXT_BYTES = 37 };

/* Lower case with hyphens. Random bytes are drawn in blocks: cheap enough for each write. Aborts where the machine has
   no randomness. */
void uuid_make(char out[UUID_TEXT_BYTES]);

#endif
