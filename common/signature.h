/* signature.h - signing and verifying webhooks by Standard Webhooks 1.0.0. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SIGNATURE_H
#define COMMON_SIGNATURE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One key: "whsec_" (HMAC-SHA256, 24 to 64 bytes), "whsk_" (Ed25519, seed and public half) or "whpk_" (Ed25519,
   public). */
struct signing_key;

enum signing_key_kind { SIGNING_KEY_HMAC, SIGNING_KEY_PRIVATE, SIGNING_KEY_PUBLIC };

/* ERROR_INVALID says what is wrong without repeating the text. The caller owns *out. */
bool signing_key_parse(const char *text, struct signing_key **out, struct error *err);
/* A new Ed25519 pair or HMAC key from OpenSSL's random source. */
struct signing_key *signing_key_generate(enum signing_key_kind kind, struct error *err);
enum signing_key_kind signing_key_kind(const struct signing_key *key);
/* Wipes the key's memory. */
void signing_key_destroy(struct signing_key *key);

enum { SIGNING_KEY_TEXT_BYTES = 128 };
/* The key as in its file ("whsk_…", "whsec_…", "whpk_…"). */
void signing_key_text(const struct signing_key *key, char out[SIGNING_KEY_TEXT_BYTES]);
/* The public half of a private or public Ed25519 key ("whpk_…"). */
void signing_key_public_text(const struct signing_key *key, char out[SIGNING_KEY_TEXT_BYTES]);

/* The signed message: "<id>.<timestamp>.<body>". */
struct signed_message {
	const char *id;        /* [A-Za-z0-9_-], 1 to 128 bytes */
	const char *timestamp; /* Unix seconds in decimal digits */
	const void *body;
	size_t body_size;
};

enum { SIGNATURE_TEXT_BYTES = 96 };
/* "v1,…" or "v1a,…"; key is HMAC or private. */
bool signature_make(const struct signing_key *key, const struct signed_message *message, char out[SIGNATURE_TEXT_BYTES],
    struct error *err);

enum signature_version { SIGNATURE_V1 = 1, SIGNATURE_V1A = 2 };
enum { SIGNATURE_TOKENS_MAX = 16, SIGNATURE_VERIFICATIONS_MAX = 64, SIGNATURE_WINDOW_SECONDS = 300 };

/* Verifies at most SIGNATURE_TOKENS_MAX of the header's space-separated tokens with each key, in constant time for
   HMAC. With more than four keys fewer tokens are verified, but always one: all together are about
   SIGNATURE_VERIFICATIONS_MAX. ERROR_DENIED: id or timestamp are malformed, the timestamp is more than
   SIGNATURE_WINDOW_SECONDS before or after now_s, or no token matches. *out_key: the index of the key that matches;
   *out_version: the scheme of the signature. */
bool signature_verify(const struct signed_message *message, const char *header, int64_t now_s,
    struct signing_key *const *keys, size_t key_count, size_t *out_key, enum signature_version *out_version,
    struct error *err);

/* How many verifications signature_verify makes at most for that header; at least 1. */
size_t signature_cost(const char *header, size_t key_count);

#endif
