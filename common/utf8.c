/* SPDX-License-Identifier: Apache-2.0 */
#include "common/utf8.h"

#include <stdint.h>
#include <string.h>

/* RFC 3629, section 4: a lead byte determines the length and the bounds of the next byte; all others are 80 to BF. */
static const struct utf8_form {
	uint8_t lead_min, lead_max, second_min, second_max, length;
} forms[] = {
	{ 0x00, 0x7f, 0, 0, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool form_fits(const struct utf8_form *form, const uint8_t *bytes, size_t size)
{
	if (size < form->length)
		return false;
	if (form->length > 1 && (bytes[1] < form->second_min || bytes[1] > form->second_max))
		return false;
	for (size_t i = 2; i < form->length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t utf8_sequence(const char *text, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)text;

	if (!size)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (bytes[0] >= forms[i].lead_min && bytes[0] <= forms[i].lead_max)
			return form_fits(&forms[i], bytes, size) ? forms[i].length : 0;
	return 0;
}

/* The number of leading whole words that are ASCII, as most text is. */
static size_t plain_bytes(const char *text, size_t size)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	uint64_t word;
	size_t plain = 0;

	for (; size - plain >= sizeof(word); plain += sizeof(word)) {
		memcpy(&word, text + plain, sizeof(word));
		if (word & high_bits)
			break;
	}
	return plain;
}

bool utf8_is_valid(const char *text, size_t size)
{
	while (size) {
		size_t plain = plain_bytes(text, size);
		text += plain;
		size -= plain;
		if (!size)
			return true;
		size_t length = utf8_sequence(text, size);
		if (!length)
			return false;
		text += length;
		size -= length;
	}
	return true;
}
