/* SPDX-License-Identifier: Apache-2.0 */
#include "common/number.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The end of the digits at text; NULL: there are none, or there are leading zeros. */
static const char *skip_digits(const char *text)
{
	const char *end = text;

	while (*end >= '0' && *end <= '9')
		end++;
	if (end == text || (*text == '0' && end - text > 1))
		return NULL;
	return end;
}

bool number_parse_uint64(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	const char *end = skip_digits(text);

	if (!end || *end)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool number_parse_int64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t magnitude;

	if (negative && min >= 0)
		return false;
	if (!number_parse_uint64(text + negative, (uint64_t)INT64_MAX + negative, &magnitude))
		return false;
	if (negative && !magnitude)
		return false;
	/* Negated as unsigned: INT64_MIN has no positive counterpart. */
	int64_t value = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool number_parse_decimal(const char *text, double min, double max, double *out)
{
	const char *end = skip_digits(text);

	if (end && *end == '.') {
		size_t digits = strspn(end + 1, "0123456789");
		end = digits ? end + 1 + digits : NULL;
	}
	if (!end || *end)
		return false;
	double value = strtod(text, NULL);
	if (!(value >= min && value <= max))
		return false;
	*out = value;
	return true;
}

char *number_write(uint64_t number, char out[NUMBER_TEXT_BYTES])
{
	char digits[NUMBER_TEXT_BYTES], *first = digits + sizeof(digits);

	do {
		*--first = (char)('0' + number % 10);
	} while (number /= 10);
	char *end = mempcpy(out, first, (size_t)(digits + sizeof(digits) - first));
	*end = '\0';
	return end;
}
