/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/status_token.h"

#include "common/file.h"
#include "pokerd/link/messages.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* What a header can carry and no proxy changes. */
static bool status_token_is_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] < '!' || text[i] > '~')
			return false;
	return size && size <= STATUS_TOKEN_BYTES_MAX;
}

static void status_token_hash(const char *text, size_t size, unsigned char out[STATUS_TOKEN_HASH_BYTES])
{
	if (!EVP_Digest(text, size, out, NULL, EVP_sha256(), NULL))
		abort();
}

bool status_token_read(const char *file, struct status_token *out, struct error *err)
{
	char *text;
	size_t size;

	if (!file_read(file, STATUS_TOKEN_FILE_BYTES_MAX, FILE_SECRET, &text, &size, err))
		return false;
	size_t token_size = strcspn(text, "\r\n"), rest = strspn(text + token_size, "\r\n");
	bool is_good = token_size + rest == size && status_token_is_text(text, token_size);
	if (is_good) {
		out->is_set = true;
		status_token_hash(text, token_size, out->hash);
	}
	explicit_bzero(text, size);
	free(text);
	return is_good ||
	       error_set(err, ERROR_INVALID, "%s: allowed is one line of 1 to %d characters of ASCII without spaces", file,
	           STATUS_TOKEN_BYTES_MAX);
}

bool status_token_fits(const struct status_token *token, const char *text)
{
	unsigned char hash[STATUS_TOKEN_HASH_BYTES];

	status_token_hash(text, strlen(text), hash);
	return !CRYPTO_memcmp(hash, token->hash, sizeof(hash)) && token->is_set;
}

void status_token_wipe(struct status_token *token)
{
	explicit_bzero(token, sizeof(*token));
}
