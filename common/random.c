/* SPDX-License-Identifier: Apache-2.0 */
#include "common/random.h"

#include <openssl/rand.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

void random_bytes(void *out, size_t size)
{
	if (size > INT_MAX || RAND_bytes(out, (int)size) != 1)
		abort();
}

double random_fraction(void)
{
	uint64_t bits;

	random_bytes(&bits, sizeof(bits));
	return (double)(bits >> 11) * 0x1p-53; /* the 53 bits that a double holds exactly */
}
