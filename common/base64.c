/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"
#include "common/memory.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void base64_encode(const void *bytes, size_t size, char *out)
{
	if (size > INT_MAX / 2)
		abort();
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)size);
}

/* OpenSSL's decoder accepts white space and stray bits: only a text that its bytes encode to again is accepted. */
bool base64_decode(const char *text, size_t text_size, void *out, size_t out_max, size_t *out_size)
{
	size_t padding = 0;

	if (!text_size) {
		*out_size = 0;
		return true;
	}
	while (padding < 2 && padding < text_size && text[text_size - 1 - padding] == '=')
		padding++;
	size_t size = text_size / 4 * 3 - padding;
	if (text_size % 4 || text_size > INT_MAX / 2 || size > out_max)
		return false;
	size_t work_bytes = text_size / 4 * 3 + text_size + 1;
	unsigned char *decoded = memory_allocate(work_bytes);
	char *again = (char *)decoded + text_size / 4 * 3;
	bool good = EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)text_size) >= 0;
	if (good) {
		base64_encode(decoded, size, again);
		good = !memcmp(again, text, text_size);
	}
	if (good) {
		memcpy(out, decoded, size);
		*out_size = size;
	}
	OPENSSL_cleanse(decoded, work_bytes); /* the bytes may be a key */
	free(decoded);
	return good;
}
