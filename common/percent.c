/* SPDX-License-Identifier: Apache-2.0 */
#include "common/percent.h"

#include "common/ascii.h"
#include "common/memory.h"

#include <string.h>

/* pchar without "%": unreserved, sub-delims, ":" and "@" (RFC 3986, 3.3). Not "*", which matches any name in a
   pattern. */
static bool is_segment_byte(unsigned char byte)
{
	return byte < 0x80 && byte != '\0' && (ascii_is_alphanumeric((char)byte) || strchr("-._~!$&'()+,;=:@", byte));
}

static int percent_hex_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	character |= 0x20;
	return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

int percent_byte(const char *digits)
{
	int high = percent_hex_digit(digits[0]);
	int low = high < 0 ? -1 : percent_hex_digit(digits[1]);

	return low < 0 ? -1 : high << 4 | low;
}

/* also: a byte that stays as it is, too. */
static char *percent_encode(const char *text, char also)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = memory_allocate(3 * strlen(text) + 1), *end = encoded;

	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (is_segment_byte(*byte) || (char)*byte == also) {
			*end++ = (char)*byte;
			continue;
		}
		*end++ = '%';
		*end++ = digits[*byte >> 4];
		*end++ = digits[*byte & 15];
	}
	*end = '\0';
	return encoded;
}

char *percent_encode_path(const char *path)
{
	return percent_encode(path, '/');
}

char *percent_encode_segment(const char *segment)
{
	return percent_encode(segment, '\0');
}
