/* SPDX-License-Identifier: Apache-2.0 */
#include "common/uuid.h"
#include "common/random.h"

#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { UUID_BYTES = 16, POOL_BYTES = 64 * UUID_BYTES };

/* A thread's random bytes that are not used yet. A child must not hand out the same ones as its parent: it draws its
   own. */
struct pool {
	unsigned char bytes[POOL_BYTES];
	size_t left;
	pid_t owner;
};

static void draw(unsigned char out[UUID_BYTES])
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

void uuid_make(char out[UUID_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[UUID_BYTES];

	draw(bytes);
	bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
	bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}
