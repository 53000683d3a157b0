/* weak_key.h - Ed25519 public keys without a secret key: anyone can sign for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_WEAK_KEY_H
#define POKERD_VERIFY_WEAK_KEY_H

#include <stdbool.h>

enum { PUBLIC_KEY_BYTES = 32 };

/* Whether the point is of small order (RFC 8032 does not forbid it): all zeros is one, which may fill a file by
   mistake. */
bool public_key_is_weak(const unsigned char key[PUBLIC_KEY_BYTES]);

#endif
