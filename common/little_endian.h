/* little_endian.h - numbers as bytes of a file, the lowest byte first, whatever the machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LITTLE_ENDIAN_H
#define COMMON_LITTLE_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

/* size: at most 8 bytes; the number must fit. */
static inline void little_endian_write(void *out, size_t size, uint64_t number)
{
	unsigned char *bytes = out;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(number >> 8 * i);
}

static inline uint64_t little_endian_read(const void *from, size_t size)
{
	const unsigned char *bytes = from;
	uint64_t number = 0;

	while (size-- > 0)
		number = number << 8 | bytes[size];
	return number;
}

#endif
