/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signature.h"
#include "common/base64.h"
#include "common/memory.h"
#include "common/number.h"
#include "common/signing_key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum { HMAC_BYTES = 32, ED25519_BYTES = 64, ID_BYTES_MAX = 128 };

static const char *const versions[] = { [SIGNATURE_V1] = "v1,", [SIGNATURE_V1A] = "v1a," };

/* ---- what is signed ---- */

static bool is_id(const char *id)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t size = id ? strspn(id, alphabet) : 0;

	return size >= 1 && size <= ID_BYTES_MAX && !id[size];
}

/* [1-9][0-9]{0,10} */
static bool parse_timestamp(const char *text, int64_t *out_s)
{
	return text && number_parse_int64(text, 1, 99999999999, out_s);
}

/* Ed25519 needs the message in one piece. free() it. */
static unsigned char *signature_join(const struct signed_message *message, size_t *out_size)
{
	size_t id_size = strlen(message->id), timestamp_size = strlen(message->timestamp);
	unsigned char *joined = memory_allocate(id_size + timestamp_size + 2 + message->body_size);
	unsigned char *at = joined;

	memcpy(at, message->id, id_size);
	at += id_size;
	*at++ = '.';
	memcpy(at, message->timestamp, timestamp_size);
	at += timestamp_size;
	*at++ = '.';
	if (message->body_size)
		memcpy(at, message->body, message->body_size);
	*out_size = (size_t)(at - joined) + message->body_size;
	return joined;
}

static bool sign_hmac(const struct signing_key *key, const unsigned char *bytes, size_t size, unsigned char *out)
{
	EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(key->mac);
	size_t made;
	bool good = mac && EVP_MAC_update(mac, bytes, size) && EVP_MAC_final(mac, out, &made, HMAC_BYTES);

	EVP_MAC_CTX_free(mac);
	return good;
}

static bool sign_ed25519(const struct signing_key *key, const unsigned char *bytes, size_t size, unsigned char *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t made = ED25519_BYTES;
	bool good = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	            EVP_DigestSign(context, out, &made, bytes, size) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static bool verify_ed25519(const struct signing_key *key, const unsigned char *bytes, size_t size,
    const unsigned char *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	            EVP_DigestVerify(context, signature, ED25519_BYTES, bytes, size) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error(); /* a failed verification must not leave an error that TLS on this thread would find */
	return good;
}

bool signature_make(const struct signing_key *key, const struct signed_message *message, char out[SIGNATURE_TEXT_BYTES],
    struct error *err)
{
	bool is_hmac = key->kind == SIGNING_KEY_HMAC;
	const char *version = versions[is_hmac ? SIGNATURE_V1 : SIGNATURE_V1A];
	unsigned char signature[ED25519_BYTES];
	int64_t timestamp_s;

	if (key->kind == SIGNING_KEY_PUBLIC)
		return error_set(err, ERROR_INVALID, "a public key cannot sign");
	if (!is_id(message->id) || !parse_timestamp(message->timestamp, &timestamp_s))
		return error_set(err, ERROR_INVALID, "the id or the timestamp to sign is malformed");
	size_t size;
	unsigned char *bytes = signature_join(message, &size);
	bool good = is_hmac ? sign_hmac(key, bytes, size, signature) : sign_ed25519(key, bytes, size, signature);
	free(bytes);
	if (!good)
		return error_set(err, ERROR_INTERNAL, "OpenSSL cannot sign");
	memcpy(out, version, strlen(version));
	base64_encode(signature, is_hmac ? HMAC_BYTES : ED25519_BYTES, out + strlen(version));
	return true;
}

/* ---- verifying ---- */

enum { V1_TEXT_BYTES = 44, V1A_TEXT_BYTES = 88 };

/* A well-formed signature in the header. */
struct token {
	enum signature_version version;
	const char *text; /* V1_TEXT_BYTES or V1A_TEXT_BYTES of base64, not NUL-terminated */
};

struct tokens {
	struct token items[SIGNATURE_TOKENS_MAX];
	size_t count;
};

static bool parse_token(const char *text, size_t size, struct token *out)
{
	static const size_t text_bytes[] = { [SIGNATURE_V1] = V1_TEXT_BYTES, [SIGNATURE_V1A] = V1A_TEXT_BYTES };

	for (int i = SIGNATURE_V1; i <= SIGNATURE_V1A; i++) {
		size_t prefix_size = strlen(versions[i]);
		if (size != prefix_size + text_bytes[i] || strncmp(text, versions[i], prefix_size))
			continue;
		*out = (struct token){ (enum signature_version)i, text + prefix_size };
		return true;
	}
	return false;
}

/* Tokens that are malformed or of another version are skipped but counted: of a thousand, only sixteen are read. */
static void parse_header(const char *header, size_t key_count, struct tokens *out)
{
	size_t seen = 0, max = SIGNATURE_VERIFICATIONS_MAX / (key_count ? key_count : 1);

	if (max > SIGNATURE_TOKENS_MAX)
		max = SIGNATURE_TOKENS_MAX;
	else if (!max)
		max = 1;
	out->count = 0;
	while (*header && seen < max) {
		size_t size = strcspn(header, " ");
		if (size) {
			seen++;
			out->count += parse_token(header, size, &out->items[out->count]);
		}
		header += size + (header[size] == ' ');
	}
}

/* Compares texts of fixed length: any other base64 of the same bytes is rejected. */
static bool fits_v1(const struct signing_key *key, const struct tokens *tokens, const unsigned char *bytes, size_t size)
{
	unsigned char signature[HMAC_BYTES];
	char text[BASE64_TEXT_BYTES(HMAC_BYTES)];
	bool fits = false;

	if (!sign_hmac(key, bytes, size, signature))
		return false;
	base64_encode(signature, sizeof(signature), text);
	for (size_t i = 0; i < tokens->count; i++)
		if (tokens->items[i].version == SIGNATURE_V1)
			fits |= !CRYPTO_memcmp(tokens->items[i].text, text, V1_TEXT_BYTES);
	return fits;
}

static bool fits_v1a(const struct signing_key *key, const struct tokens *tokens, const unsigned char *bytes,
    size_t size)
{
	unsigned char signature[ED25519_BYTES];
	size_t signature_size;

	for (size_t i = 0; i < tokens->count; i++) {
		const struct token *token = &tokens->items[i];
		if (token->version == SIGNATURE_V1A &&
		    base64_decode(token->text, V1A_TEXT_BYTES, signature, sizeof(signature), &signature_size) &&
		    signature_size == ED25519_BYTES && verify_ed25519(key, bytes, size, signature))
			return true;
	}
	return false;
}

static bool signature_check_head(const struct signed_message *message, const char *header, int64_t now_s,
    struct error *err)
{
	int64_t timestamp_s;

	if (!is_id(message->id))
		return error_set(err, ERROR_DENIED, "webhook-id is missing or malformed");
	if (!parse_timestamp(message->timestamp, &timestamp_s))
		return error_set(err, ERROR_DENIED, "webhook-timestamp is missing or malformed");
	if (timestamp_s < now_s - SIGNATURE_WINDOW_SECONDS || timestamp_s > now_s + SIGNATURE_WINDOW_SECONDS)
		return error_set(err, ERROR_DENIED, "webhook-timestamp is more than %d seconds from now",
		    SIGNATURE_WINDOW_SECONDS);
	if (!header || !*header)
		return error_set(err, ERROR_DENIED, "webhook-signature is missing");
	return true;
}

bool signature_verify(const struct signed_message *message, const char *header, int64_t now_s,
    struct signing_key *const *keys, size_t key_count, size_t *out_key, enum signature_version *out_version,
    struct error *err)
{
	struct tokens tokens;

	if (!signature_check_head(message, header, now_s, err))
		return false;
	parse_header(header, key_count, &tokens);
	size_t size;
	unsigned char *bytes = signature_join(message, &size);
	bool fits = false;
	for (size_t i = 0; i < key_count && !fits; i++) {
		bool is_hmac = keys[i]->kind == SIGNING_KEY_HMAC;
		fits = is_hmac ? fits_v1(keys[i], &tokens, bytes, size) : fits_v1a(keys[i], &tokens, bytes, size);
		if (!fits)
			continue;
		*out_key = i;
		*out_version = is_hmac ? SIGNATURE_V1 : SIGNATURE_V1A;
	}
	free(bytes);
	return fits || error_set(err, ERROR_DENIED, "no signature in webhook-signature matches");
}

size_t signature_cost(const char *header, size_t key_count)
{
	struct tokens tokens;

	parse_header(header, key_count, &tokens);
	return tokens.count && key_count ? tokens.count * key_count : 1;
}
