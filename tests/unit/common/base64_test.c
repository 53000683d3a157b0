/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	const char *bytes, *text;
} vectors[] = {
	/* RFC 4648, section 10 */
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static void the_vectors_of_rfc_4648_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		char text[16], bytes[16];
		size_t size = 99, expected = strlen(vectors[i].bytes);
		base64_encode(vectors[i].bytes, expected, text);
		assert_string_equal(text, vectors[i].text);
		assert_true(base64_decode(text, strlen(text), bytes, expected, &size));
		assert_int_equal(size, expected);
		assert_memory_equal(bytes, vectors[i].bytes, expected);
	}
}

static void all_bytes_come_back(void **state)
{
	(void)state;
	unsigned char bytes[256], again[256];
	char text[BASE64_TEXT_BYTES(256)];
	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	for (size_t size = 0; size <= 256; size++) {
		size_t got;
		base64_encode(bytes, size, text);
		assert_int_equal(strlen(text) + 1, BASE64_TEXT_BYTES(size));
		assert_true(base64_decode(text, strlen(text), again, size, &got));
		assert_int_equal(got, size);
		assert_memory_equal(again, bytes, size);
	}
}

static void a_second_spelling_of_the_same_bytes_is_refused(void **state)
{
	(void)state;
	const char *const wrong[] = { "Zg=", "Zg", "Z", "=", "====", "Zh==", "Zm9=", "Zm9v\n", "Zg==\n\n\n\n",
		" Zg==", "Zm 9v", "Zg==Zg==", "Z===", "Zg=a", "_-_-", "Zm9v!", "Zm\x80v" };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		char bytes[16] = "kept";
		size_t size = 99;
		assert_false(base64_decode(wrong[i], strlen(wrong[i]), bytes, sizeof(bytes), &size));
		assert_string_equal(bytes, "kept");
		assert_int_equal(size, 99);
	}
	char bytes[4];
	size_t size;
	assert_false(base64_decode("Zm\0v", 4, bytes, sizeof(bytes), &size));
}

static void text_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	char bytes[3] = "ab";
	size_t size = 99;
	assert_false(base64_decode("Zm9v", 4, bytes, 2, &size));
	assert_string_equal(bytes, "ab");
	assert_int_equal(size, 99);
	assert_true(base64_decode("Zm8=", 4, bytes, 2, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold),
		cmocka_unit_test(all_bytes_come_back),
		cmocka_unit_test(a_second_spelling_of_the_same_bytes_is_refused),
		cmocka_unit_test(text_that_does_not_fit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
