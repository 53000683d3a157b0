/* number.h - strict parsing of numbers, the whole text and within bounds; fast writing of digits. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits, a leading '-' only where least is negative; no space, no '+', no leading zeros. */
bool number_parse_int64(const char *text, int64_t min, int64_t max, int64_t *out);
bool number_parse_uint64(const char *text, uint64_t max, uint64_t *out);
/* Digits with an optional fraction ("2", "0.25"); no exponent, no sign. */
bool number_parse_decimal(const char *text, double min, double max, double *out);

enum { NUMBER_TEXT_BYTES = 21 };

/* Writes decimal digits and a NUL, and returns a pointer to the NUL. */
char *number_write(uint64_t number, char out[NUMBER_TEXT_BYTES]);

#endif
