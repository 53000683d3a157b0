/* readable.h - text that may be shown and stored as UTF-8, made of whatever bytes a command wrote. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_READABLE_H
#define POKERD_RUNNER_READABLE_H

#include <stddef.h>

/* Each byte that belongs to no well-formed sequence, and each NUL, becomes U+FFFD. free() it. */
char *readable_text(const char *bytes, size_t size);

#endif
