/* fingerprint.h - a number for several objects that changes if and only if one of them does. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_FINGERPRINT_H
#define NOAHD_REGISTRY_FINGERPRINT_H

#include <stdint.h>

/* David Stafford's mixer (variant 13, as in SplitMix64): each bit of the number affects half of the bits of the
   result. */
static inline uint64_t fingerprint_mix(uint64_t number)
{
	number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
	number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
	return number ^ (number >> 31);
}

/* Adds an object to a sum, which starts at 0; the order does not matter. number: the revision of its last change, or
   its own fingerprint. Revisions are never reused, so neither are sums. */
static inline uint64_t fingerprint_add(uint64_t sum, const char *path, uint64_t number)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3u;
	sum += fingerprint_mix(hash ^ fingerprint_mix(number));
	return sum ? sum : 1;
}

#endif
