/* memory.h - small allocations that cannot fail: the process aborts instead, which the store survives. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* Sizes that a client chooses are bounded before they get here. Everything is freed with free(). */
void *memory_allocate(size_t size);
void *memory_zeroed(size_t count, size_t size);
void *memory_grow(void *old, size_t count, size_t size);

/* A copy, followed by a NUL. */
void *memory_copy(const void *bytes, size_t size);
char *memory_text(const char *text);
char *memory_join(const char *first, const char *second);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
