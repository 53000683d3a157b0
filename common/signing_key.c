/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signing_key.h"
#include "common/base64.h"
#include "common/memory.h"
#include "common/random.h"

#include <openssl/crypto.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEED_BYTES = 32,
	PUBLIC_BYTES = SIGNING_KEY_PUBLIC_BYTES,
	HMAC_KEY_BYTES_MIN = 24,
	HMAC_KEY_BYTES_MAX = SIGNING_KEY_SECRET_BYTES_MAX
};

/* Makes a key from bytes. */
typedef bool use_bytes(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err);

static const char *const prefixes[] = {
	[SIGNING_KEY_HMAC] = "whsec_",
	[SIGNING_KEY_PRIVATE] = "whsk_",
	[SIGNING_KEY_PUBLIC] = "whpk_",
};

/* The keyed state that each HMAC starts from. */
static EVP_MAC_CTX *create_mac(const unsigned char *key, size_t size)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string("digest", digest, 0),
		OSSL_PARAM_construct_end() };
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
	if (size < HMAC_KEY_BYTES_MIN || size > HMAC_KEY_BYTES_MAX)
		return error_set(err, ERROR_INVALID, "a whsec_ key has %d to %d bytes, this one %zu", HMAC_KEY_BYTES_MIN,
		    HMAC_KEY_BYTES_MAX, size);
	memcpy(key->secret, bytes, size);
	key->secret_size = size;
	key->mac = create_mac(bytes, size);
	return key->mac || error_set(err, ERROR_INTERNAL, "OpenSSL does not support HMAC-SHA256");
}

static bool use_seed(struct signing_key *key, const unsigned char *bytes, size_t size, struct error *err)
{
	size_t public_size = PUBLIC_BYTES;

	key->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, size);
	if (!key->pkey || !EVP_PKEY_get_raw_public_key(key->pkey, key->public_half, &public_size))
		return error_set(err, ERROR_INTERNAL, "OpenSSL does not support Ed25519");
	memcpy(key->secret, bytes, size);
	key->secret_size = size;
	return true;
}

/* The seed, then the public half, which must match it. */
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
	return key->pkey || error_set(err, ERROR_INTERNAL, "OpenSSL does not support Ed25519");
}

/* NULL on failure. bytes are wiped. */
static struct signing_key *signing_key_create(enum signing_key_kind kind, use_bytes *use, unsigned char *bytes,
    size_t size, struct error *err)
{
	struct signing_key *key = memory_zeroed(1, sizeof(*key));

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
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
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
	unsigned char bytes[2 * SIGNING_KEY_SECRET_BYTES_MAX];
	enum signing_key_kind kind;
	size_t size;

	if (!parse_prefix(text, &kind))
		return error_set(err, ERROR_INVALID, "a key begins with whsec_, whsk_ or whpk_");
	text += strlen(prefixes[kind]);
	if (!base64_decode(text, strlen(text), bytes, sizeof(bytes), &size))
		return error_set(err, ERROR_INVALID, "the text after %s is not the base64 of a key", prefixes[kind]);
	struct signing_key *key = signing_key_create(kind, use[kind], bytes, size, err);
	if (!key)
		return false;
	*out = key;
	return true;
}

struct signing_key *signing_key_generate(enum signing_key_kind kind, struct error *err)
{
	unsigned char bytes[SEED_BYTES]; /* a good size for HMAC, too */

	if (kind == SIGNING_KEY_PUBLIC) {
		error_set(err, ERROR_INVALID, "a public key comes with its private key");
		return NULL;
	}
	random_bytes(bytes, sizeof(bytes));
	return signing_key_create(kind, kind == SIGNING_KEY_HMAC ? use_hmac : use_seed, bytes, sizeof(bytes), err);
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
	OPENSSL_cleanse(key, sizeof(*key));
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
	unsigned char bytes[SIGNING_KEY_SECRET_BYTES_MAX];
	size_t size = key->secret_size;

	memcpy(bytes, key->secret, size);
	if (key->kind != SIGNING_KEY_HMAC) {
		memcpy(bytes + size, key->public_half, PUBLIC_BYTES);
		size += PUBLIC_BYTES;
	}
	format_key(key->kind, bytes, size, out);
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

void signing_key_public_text(const struct signing_key *key, char out[SIGNING_KEY_TEXT_BYTES])
{
	format_key(SIGNING_KEY_PUBLIC, key->public_half, PUBLIC_BYTES, out);
}
