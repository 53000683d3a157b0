/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signature.h"
#include "common/base64.h"
#include "common/memory.h"
#include "common/number.h"
#include "common/random.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEED_BYTES = 32,
	PUBLIC_BYTES = 32,
	HMAC_KEY_LEAST = 24,
	HMAC_KEY_MOST = 64,
	HMAC_BYTES = 32,
	ED25519_BYTES = 64,
	SECRET_BYTES_MAX = 64,
	ID_BYTES_MAX = 128,
};

struct signing_key {
	enum signing_key_kind kind;
	unsigned char secret[SECRET_BYTES_MAX]; /* HMAC: the key; private: the seed */
	size_t secret_size;
	unsigned char public_half[PUBLIC_BYTES];
	EVP_MAC_CTX *mac; /* keyed; copied for each signature, which is cheaper than to key it again, and safe with threads */
	EVP_PKEY *pkey;
};

/* Makes key of bytes. */
typedef bool use_bytes(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err);

static const char *const prefixes[] = {
	[SIGNING_KEY_HMAC] = "whsec_",
	[SIGNING_KEY_PRIVATE] = "whsk_",
	[SIGNING_KEY_PUBLIC] = "whpk_",
};

static const char *const versions[] = { [SIGNATURE_V1] = "v1,", [SIGNATURE_V1A] = "v1a," };

/* ---- keys ---- */

/* The keyed start of each HMAC. */
static EVP_MAC_CTX *create_mac(const unsigned char *key, size_t size)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end() };
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(algorithm);

	EVP_MAC_free(algorithm);
	if (mac && EVP_MAC_init(mac, key, size, parameters))
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

static bool use_hmac(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err)
{
	if (size < HMAC_KEY_LEAST || size > HMAC_KEY_MOST)
		return error_set(
		    err, ERROR_INVALID, "a whsec_ key has %d to %d bytes, this one %zu", HMAC_KEY_LEAST, HMAC_KEY_MOST, size);
	memcpy(key->secret, bytes, size);
	key->secret_size = size;
	key->mac = create_mac(bytes, size);
	return key->mac || error_set(err, ERROR_INTERNAL, "OpenSSL offers no HMAC-SHA256");
}

static bool use_seed(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err)
{
	size_t public_size = PUBLIC_BYTES;

	key->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, size);
	if (!key->pkey || !EVP_PKEY_get_raw_public_key(key->pkey, key->public_half, &public_size))
		return error_set(err, ERROR_INTERNAL, "OpenSSL offers no Ed25519");
	memcpy(key->secret, bytes, size);
	key->secret_size = size;
	return true;
}

/* The seed, then the public half that must follow from it. */
static bool use_private(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err)
{
	if (size != SEED_BYTES + PUBLIC_BYTES)
		return error_set(err, ERROR_INVALID, "a whsk_ key has %d bytes, this one %zu", SEED_BYTES + PUBLIC_BYTES, size);
	if (!use_seed(key, bytes, SEED_BYTES, err))
		return false;
	if (CRYPTO_memcmp(bytes + SEED_BYTES, key->public_half, PUBLIC_BYTES))
		return error_set(err, ERROR_INVALID, "the public half of the whsk_ key does not belong to its private half");
	return true;
}

static bool use_public(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err)
{
	if (size != PUBLIC_BYTES)
		return error_set(err, ERROR_INVALID, "a whpk_ key has %d bytes, this one %zu", PUBLIC_BYTES, size);
	memcpy(key->public_half, bytes, PUBLIC_BYTES);
	key->pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, size);
	return key->pkey || error_set(err, ERROR_INTERNAL, "OpenSSL offers no Ed25519");
}

/* NULL on failure. bytes are wiped. */
static struct signing_key *create(
    enum signing_key_kind kind, use_bytes *use, unsigned char *bytes, size_t size, struct error *err)
{
	struct signing_key *key = memory_zeroed(1, sizeof *key);

	key->kind = kind;
	bool good = use(key, bytes, size, err);
	OPENSSL_cleanse(bytes, size);
	if (good)
		return key;
	signing_key_destroy(key);
	return NULL;
}

static bool parse_prefix(const char *text, enum signing_key_kind *out_kind)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		if (strncmp(text, prefixes[i], strlen(prefixes[i])))
			continue;
		*out_kind = (enum signing_key_kind)i;
		return true;
	}
	return false;
}

bool signing_key_parse(const char *text, struct signing_key **out, struct error *err)
{
	static use_bytes *const use[] = {
		[SIGNING_KEY_HMAC] = use_hmac,
		[SIGNING_KEY_PRIVATE] = use_private,
		[SIGNING_KEY_PUBLIC] = use_public,
	};
	unsigned char bytes[2 * SECRET_BYTES_MAX];
	enum signing_key_kind kind;
	size_t size;

	if (!parse_prefix(text, &kind))
		return error_set(err, ERROR_INVALID, "a key begins with whsec_, whsk_ or whpk_");
	text += strlen(prefixes[kind]);
	if (!base64_decode(text, strlen(text), bytes, sizeof bytes, &size))
		return error_set(err, ERROR_INVALID, "what follows %s is not the base64 of a key", prefixes[kind]);
	struct signing_key *key = create(kind, use[kind], bytes, size, err);
	if (!key)
		return false;
	*out = key;
	return true;
}

struct signing_key *signing_key_generate(enum signing_key_kind kind, struct error *err)
{
	unsigned char bytes[SEED_BYTES]; /* a good size for HMAC too */

	if (kind == SIGNING_KEY_PUBLIC) {
		error_set(err, ERROR_INVALID, "a public key comes with its private key");
		return NULL;
	}
	random_bytes(bytes, sizeof bytes);
	return create(kind, kind == SIGNING_KEY_HMAC ? use_hmac : use_seed, bytes, sizeof bytes, err);
}

enum signing_key_kind signing_key_kind(const struct signing_key *key)
{
	return key->kind;
}

void signing_key_destroy(struct signing_key *key)
{
	if (!key)
		return;
	EVP_MAC_CTX_free(key->mac);
	EVP_PKEY_free(key->pkey);
	OPENSSL_cleanse(key, sizeof *key);
	free(key);
}

static void format_key(enum signing_key_kind kind, const void *bytes, size_t size, char out[SIGNING_KEY_TEXT_BYTES])
{
	size_t prefix_size = strlen(prefixes[kind]);

	memcpy(out, prefixes[kind], prefix_size);
	base64_encode(bytes, size, out + prefix_size);
}

void signing_key_text(const struct signing_key *key, char out[SIGNING_KEY_TEXT_BYTES])
{
	unsigned char bytes[SECRET_BYTES_MAX];
	size_t size = key->secret_size;

	memcpy(bytes, key->secret, size);
	if (key->kind != SIGNING_KEY_HMAC) {
		memcpy(bytes + size, key->public_half, PUBLIC_BYTES);
		size += PUBLIC_BYTES;
	}
	format_key(key->kind, bytes, size, out);
	OPENSSL_cleanse(bytes, sizeof bytes);
}

void signing_key_public_text(const struct signing_key *key, char out[SIGNING_KEY_TEXT_BYTES])
{
	format_key(SIGNING_KEY_PUBLIC, key->public_half, PUBLIC_BYTES, out);
}

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

/* Ed25519 wants it in one piece. free() it. */
static unsigned char *join(const struct signed_message *message, size_t *out_size)
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

static bool verify_ed25519(const struct signing_key *key, const unsigned char *bytes, size_t size, const unsigned char *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestVerify(context, signature, ED25519_BYTES, bytes, size) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error(); /* a signature that does not fit is no error that TLS on this thread should stumble over */
	return good;
}

bool signature_make(
    const struct signing_key *key, const struct signed_message *message, char out[SIGNATURE_TEXT_BYTES], struct error *err)
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
	unsigned char *bytes = join(message, &size);
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

/* A token of the header that could be a signature. */
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

/* Tokens of other versions, or malformed, are passed over, but they count: whoever sends a thousand gets sixteen looked at. */
static void parse_header(const char *header, struct tokens *out)
{
	size_t seen = 0;

	out->count = 0;
	while (*header && seen < SIGNATURE_TOKENS_MAX) {
		size_t size = strcspn(header, " ");
		if (size) {
			seen++;
			out->count += parse_token(header, size, &out->items[out->count]);
		}
		header += size + (header[size] == ' ');
	}
}

/* Of fixed length and as text: base64 of the same bytes that is written otherwise is refused. */
static bool fits_v1(const struct signing_key *key, const struct tokens *tokens, const unsigned char *bytes, size_t size)
{
	unsigned char signature[HMAC_BYTES];
	char text[BASE64_TEXT_BYTES(HMAC_BYTES)];
	bool fits = false;

	if (!sign_hmac(key, bytes, size, signature))
		return false;
	base64_encode(signature, sizeof signature, text);
	for (size_t i = 0; i < tokens->count; i++)
		if (tokens->items[i].version == SIGNATURE_V1)
			fits |= !CRYPTO_memcmp(tokens->items[i].text, text, V1_TEXT_BYTES);
	return fits;
}

static bool fits_v1a(const struct signing_key *key, const struct tokens *tokens, const unsigned char *bytes, size_t size)
{
	unsigned char signature[ED25519_BYTES];
	size_t signature_size;

	for (size_t i = 0; i < tokens->count; i++) {
		const struct token *token = &tokens->items[i];
		if (token->version == SIGNATURE_V1A &&
		    base64_decode(token->text, V1A_TEXT_BYTES, signature, sizeof signature, &signature_size) &&
		    signature_size == ED25519_BYTES && verify_ed25519(key, bytes, size, signature))
			return true;
	}
	return false;
}

static bool check_head(const struct signed_message *message, const char *header, int64_t now_s, struct error *err)
{
	int64_t timestamp_s;

	if (!is_id(message->id))
		return error_set(err, ERROR_DENIED, "webhook-id is missing or malformed");
	if (!parse_timestamp(message->timestamp, &timestamp_s))
		return error_set(err, ERROR_DENIED, "webhook-timestamp is missing or malformed");
	if (timestamp_s < now_s - SIGNATURE_WINDOW_SECONDS || timestamp_s > now_s + SIGNATURE_WINDOW_SECONDS)
		return error_set(err, ERROR_DENIED, "webhook-timestamp is more than %d seconds from now", SIGNATURE_WINDOW_SECONDS);
	if (!header || !*header)
		return error_set(err, ERROR_DENIED, "webhook-signature is missing");
	return true;
}

bool signature_verify(const struct signed_message *message, const char *header, int64_t now_s, struct signing_key *const *keys,
    size_t key_count, size_t *out_key, enum signature_version *out_version, struct error *err)
{
	struct tokens tokens;

	if (!check_head(message, header, now_s, err))
		return false;
	parse_header(header, &tokens);
	size_t size;
	unsigned char *bytes = join(message, &size);
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
	return fits || error_set(err, ERROR_DENIED, "no signature in webhook-signature fits");
}
