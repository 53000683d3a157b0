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
	PADDED_BYTES = BASE64_TEXT_BYTES(TOKEN_SECRET_BYTES) - 1, /* with the '=' that base64url omits */
	TEXT_BYTES = TOKEN_SECRET_TEXT_BYTES - 1,
};

/* The hash is of the text, so that requests need not decode it; each secret has only one text. */
static void hash_text(const char *text, struct token_hash *out)
{
	SHA256((const unsigned char *)text, TEXT_BYTES, out->bytes);
}

static void replace_characters(char *text, char from, char to)
{
	for (; *text; text++)
		if (*text == from)
			*text = to;
}

void token_secret_make(char out_text[TOKEN_SECRET_TEXT_BYTES], struct token_hash *out_hash)
{
	unsigned char secret[TOKEN_SECRET_BYTES];
	char digits[PADDED_BYTES + 1];

	random_bytes(secret, sizeof(secret));
	base64_encode(secret, sizeof(secret), digits);
	digits[PADDED_BYTES - 1] = '\0';
	replace_characters(digits, '+', '-');
	replace_characters(digits, '/', '_');
	memcpy(out_text, PREFIX, PREFIX_BYTES);
	memcpy(out_text + PREFIX_BYTES, digits, PADDED_BYTES);
	hash_text(out_text, out_hash);
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(digits, sizeof(digits));
}

bool token_secret_hash(const char *text, struct token_hash *out)
{
	if (strlen(text) != TEXT_BYTES || memcmp(text, PREFIX, PREFIX_BYTES) != 0)
		return false;
	hash_text(text, out);
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
