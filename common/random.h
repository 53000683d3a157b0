/* random.h - unpredictable bytes, from OpenSSL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_RANDOM_H
#define COMMON_RANDOM_H

#include <stddef.h>

/* Any thread. Aborts if the machine cannot provide any. */
void random_bytes(void *out, size_t size);
/* Uniform in [0, 1): for jitter. */
double random_fraction(void);

#endif
