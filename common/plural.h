/* plural.h - the form of a word that a count needs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PLURAL_H
#define COMMON_PLURAL_H

#include <stdint.h>

/* "1 object", "0 objects", "2 objects": the first for 1, else the second. */
static inline const char *plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

#endif
