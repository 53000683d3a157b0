/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token_secret.h"

#include "common/base64.h"
#include "common/random.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

static const char PREFIX[] = "noah_";

enum {
	PREFIX_BYTES = sizeof(PREFIX) - 1,
	PADDED_TEXT_BYTES = BASE64_TEXT_BYTES(TOKEN_SECRET_BYTES) - 1, /* with the '=' that base64url leaves out */
	DIGITS_BYTES = PADDED_TEXT_BYTES - 1,
};

static void hash_secret(const unsigned char *secret, struct token_hash *out)
{
	SHA256(secret, TOKEN_SECRET_BYTES, out->bytes);
}

static void replace(char *text, size_t size, char from, char to)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] == from)
			text[i] = to;
}

void token_secret_make(char out_text[TOKEN_SECRET_TEXT_BYTES], struct token_hash *out_hash)
{
	unsigned char secret[TOKEN_SECRET_BYTES];
	char digits[PADDED_TEXT_BYTES + 1];

	random_bytes(secret, sizeof(secret));
	hash_secret(secret, out_hash);
	base64_encode(secret, sizeof(secret), digits);
	replace(digits, DIGITS_BYTES, '+', '-');
	replace(digits, DIGITS_BYTES, '/', '_');
	memcpy(out_text, PREFIX, PREFIX_BYTES);
	memcpy(out_text + PREFIX_BYTES, digits, DIGITS_BYTES);
	out_text[PREFIX_BYTES + DIGITS_BYTES] = '\0';
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(digits, sizeof(digits));
}

bool token_secret_hash(const char *text, struct token_hash *out)
{
	unsigned char secret[TOKEN_SECRET_BYTES];
	char digits[PADDED_TEXT_BYTES + 1];
	size_t size;

	if (strlen(text) != TOKEN_SECRET_TEXT_BYTES - 1 || memcmp(text, PREFIX, PREFIX_BYTES) || strpbrk(text, "+/="))
		return false;
	memcpy(digits, text + PREFIX_BYTES, DIGITS_BYTES);
	replace(digits, DIGITS_BYTES, '-', '+');
	replace(digits, DIGITS_BYTES, '_', '/');
	digits[DIGITS_BYTES] = '=';
	if (!base64_decode(digits, PADDED_TEXT_BYTES, secret, sizeof(secret), &size))
		return false;
	hash_secret(secret, out);
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(digits, sizeof(digits));
	return true;
}

static const char DIGITS[] = "0123456789abcdef";

const char *token_hash_text(const struct token_hash *hash, char out[TOKEN_HASH_TEXT_BYTES])
{
	char *end = out;

	for (size_t i = 0; i < TOKEN_HASH_BYTES; i++) {
		*end++ = DIGITS[hash->bytes[i] >> 4];
		*end++ = DIGITS[hash->bytes[i] & 15];
	}
	*end = '\0';
	return out;
}

bool token_hash_parse(const char *text, struct token_hash *out)
{
	struct token_hash hash = { { 0 } };

	if (strlen(text) != TOKEN_HASH_TEXT_BYTES - 1 || strspn(text, DIGITS) != TOKEN_HASH_TEXT_BYTES - 1)
		return false;
	for (size_t i = 0; text[i]; i++)
		hash.bytes[i / 2] = (unsigned char)(hash.bytes[i / 2] << 4 | (strchr(DIGITS, text[i]) - DIGITS));
	*out = hash;
	return true;
}
