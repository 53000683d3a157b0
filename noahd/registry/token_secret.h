/* token_secret.h - the secret of a token, and its hash, which is all that noahd stores. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_TOKEN_SECRET_H
#define NOAHD_REGISTRY_TOKEN_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TOKEN_SECRET_BYTES = 32,
	TOKEN_SECRET_TEXT_BYTES = 5 + 43 + 1, /* "noah_", base64url without padding (RFC 4648, section 5), NUL */
	TOKEN_HASH_BYTES = 32,
	TOKEN_HASH_TEXT_BYTES = 2 * TOKEN_HASH_BYTES + 1,
};

/* SHA-256 of the text of the secret: it has 256 random bits, so no slower hash is needed. */
struct token_hash {
	unsigned char bytes[TOKEN_HASH_BYTES];
};

/* A new secret, to be shown once. Aborts if the system has no random bytes. */
void token_secret_make(char out_text[TOKEN_SECRET_TEXT_BYTES], struct token_hash *out_hash);

/* False: the text cannot be a secret, since its prefix or length is another. */
bool token_secret_hash(const char *text, struct token_hash *out);

/* In hexadecimal, lower case; returns out. */
const char *token_hash_text(const struct token_hash *hash, char out[TOKEN_HASH_TEXT_BYTES]);
bool token_hash_parse(const char *text, struct token_hash *out);

#endif
