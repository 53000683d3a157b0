/* number.h - numbers read strictly: the whole text, nothing else, within bounds. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits, a leading '-' only where least is negative; no space, no '+', no leading zeros. */
bool number_parse_int64(const char *text, int64_t least, int64_t most, int64_t *out);
bool number_parse_uint64(const char *text, uint64_t most, uint64_t *out);
/* Digits with an optional fraction ("2", "0.25"); no exponent, no sign. */
bool number_parse_decimal(const char *text, double least, double most, double *out);

#endif
