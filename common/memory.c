/* SPDX-License-Identifier: Apache-2.0 */
#include "common/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_checked(void *allocated)
{
	if (!allocated)
		abort();
	return allocated;
}

void *memory_allocate(size_t size)
{
	return memory_checked(malloc(size ? size : 1));
}

void *memory_zeroed(size_t count, size_t size)
{
	return memory_checked(calloc(count ? count : 1, size));
}

void *memory_grow(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		abort();
	const size_t bytes = count * size;
	return memory_checked(realloc(old, bytes > 0 ? bytes : 1));
}

void *memory_copy(const void *bytes, size_t size)
{
	char *copy = memory_allocate(size + 1);
	if (size)
		memcpy(copy, bytes, size);
	copy[size] = '\0';
	return copy;
}

char *memory_text(const char *text)
{
	return memory_copy(text, strlen(text));
}

/* memory_format takes ten times as long. */
char *memory_join(const char *first, const char *second)
{
	char *text = memory_allocate(strlen(first) + strlen(second) + 1);
	stpcpy(stpcpy(text, first), second);
	return text;
}

char *memory_format(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0)
		abort();
	return text;
}
