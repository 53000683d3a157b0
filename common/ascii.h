/* ascii.h - ASCII letters and digits, independent of the locale. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ASCII_H
#define COMMON_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_alphanumeric(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

#endif
