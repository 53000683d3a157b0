/* signing_key.h - the parts of a key of signature.h; for signing_key.c and signature.c only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SIGNING_KEY_H
#define COMMON_SIGNING_KEY_H

#include "common/signature.h"

#include <openssl/evp.h>

enum { SIGNING_KEY_SECRET_BYTES_MAX = 64, SIGNING_KEY_PUBLIC_BYTES = 32 };

struct signing_key {
	enum signing_key_kind kind;
	unsigned char secret[SIGNING_KEY_SECRET_BYTES_MAX]; /* HMAC: the key; private: the seed */
	size_t secret_size;
	unsigned char public_half[SIGNING_KEY_PUBLIC_BYTES];
	EVP_MAC_CTX
	*mac; /* keyed; copied for each signature, which is cheaper than keying it again, and safe with threads */
	EVP_PKEY *pkey;
};

#endif
