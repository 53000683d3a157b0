/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void a_sequence_has_the_length_its_first_byte_says(void **state)
{
	(void)state;
	assert_int_equal(utf8_sequence("a", 1), 1);
	assert_int_equal(utf8_sequence("\0", 1), 1);
	assert_int_equal(utf8_sequence("é", 2), 2);
	assert_int_equal(utf8_sequence("☃x", 4), 3);
	assert_int_equal(utf8_sequence("\xf0\x9f\x92\xa9", 4), 4);
	assert_int_equal(utf8_sequence("\xf4\x8f\xbf\xbf", 4), 4);
	assert_int_equal(utf8_sequence("\xed\x9f\xbf", 3), 3);
	assert_int_equal(utf8_sequence("", 0), 0);
}

static void a_sequence_that_rfc_3629_forbids_is_invalid(void **state)
{
	(void)state;
	const char *const wrong[] = {
		"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf",        /* overlong */
		"\xed\xa0\x80", "\xed\xbf\xbf",                                            /* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",                    /* beyond U+10FFFF */
		"\xc3", "\xe2\x98", "\xf0\x9f\x92", "\xc3(", "\xe2(\x83", "\xf0\x9f\x92x", /* cut */
	};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(utf8_sequence(wrong[i], strlen(wrong[i])), 0);
		assert_false(utf8_is_valid(wrong[i], strlen(wrong[i])));
	}
}

static void a_text_is_valid_when_all_its_sequences_are(void **state)
{
	(void)state;
	assert_true(utf8_is_valid("", 0));
	assert_true(utf8_is_valid("h\xc3\xa9llo \xe2\x98\x83", 10));
	assert_false(utf8_is_valid("h\xc3\xa9llo \xe2\x98\x83", 9));
}

/* Wherever it stands among the words that are looked at as a whole. */
static void one_wrong_byte_in_a_long_text_is_found(void **state)
{
	char text[40];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(utf8_is_valid(text, sizeof(text)));
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char)0x80;
		assert_false(utf8_is_valid(text, sizeof(text)));
		text[i] = 'a';
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sequence_has_the_length_its_first_byte_says),
		cmocka_unit_test(a_sequence_that_rfc_3629_forbids_is_invalid),
		cmocka_unit_test(a_text_is_valid_when_all_its_sequences_are),
		cmocka_unit_test(one_wrong_byte_in_a_long_text_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
