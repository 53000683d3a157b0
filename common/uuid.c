/* SPDX-License-Identifier: Apache-2.0 */
#include "common/uuid.h"
#include "common/random.h"

#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { POOL_BYTES = 64 * UUID_BYTES };

/* A thread's unused random bytes. A child process must not use the same ones as its parent: it draws its own. */
struct pool {
	unsigned char bytes[POOL_BYTES];
	size_t left;
	pid_t owner;
};

static void draw_bytes(unsigned char out[UUID_BYTES])
{
	static _Thread_local struct pool pool;

	if (!pool.left || pool.owner != getpid()) {
		random_bytes(pool.bytes, POOL_BYTES);
		pool.left = POOL_BYTES;
		pool.owner = getpid();
	}
	pool.left -= UUID_BYTES;
	memcpy(out, pool.bytes + pool.left, UUID_BYTES);
}

static const char digits[] = "0123456789abcdef";

static bool has_hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_make(char out[UUID_TEXT_BYTES])
{
	unsigned char bytes[UUID_BYTES];

	draw_bytes(bytes);
	bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
	bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (has_hyphen_before(i))
			*out++ = '-';
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static int digit_value(char digit)
{
	const char *found = digit ? strchr(digits, digit) : NULL;
	return found ? (int)(found - digits) : -1;
}

bool uuid_parse(const char *text, unsigned char out[UUID_BYTES])
{
	unsigned char bytes[UUID_BYTES];

	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (has_hyphen_before(i) && *text++ != '-')
			return false;
		const int high = digit_value(text[0]), low = high < 0 ? -1 : digit_value(text[1]);
		if (low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
		text += 2;
	}
	if (*text || bytes[6] >> 4 != 4 || bytes[8] >> 6 != 2)
		return false;
	memcpy(out, bytes, UUID_BYTES);
	return true;
}
