/* identity.h - certificates of a test's own making. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_COMMON_IDENTITY_H
#define TESTS_UNIT_COMMON_IDENTITY_H

#include <gnutls/x509.h>
#include <stdint.h>

/* A certificate with its key, and both as text. */
struct identity {
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
	gnutls_datum_t certificate_pem, key_pem;
};

struct identity_wish {
	const char *name, *purpose;    /* purpose NULL: an authority */
	const struct identity *issuer; /* NULL: itself */
	int64_t begins_s, ends_s;      /* since 1970; both 0: from a minute ago for an hour */
	const char *dns_name, *issuer_url;
	const unsigned char *address; /* four bytes */
};

/* Fails the test where it cannot. */
void identity_make(struct identity *identity, const struct identity_wish *wish);
void identity_free(struct identity *identity);

#endif
