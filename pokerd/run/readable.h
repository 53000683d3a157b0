/* readable.h - turns the output of a command, which may be any bytes, into text that can be shown and stored as UTF-8.
   */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_READABLE_H
#define POKERD_RUN_READABLE_H

#include <stddef.h>

/* Each byte that is not part of a well-formed sequence, and each NUL, becomes U+FFFD. The caller frees it. */
char *readable_text(const char *bytes, size_t size);

#endif
