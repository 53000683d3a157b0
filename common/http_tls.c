/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_tls.h"

#include "common/memory.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CHAIN_MAX = 16, KEY_ID_BYTES = 64 };

struct http_identity {
	unsigned references;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned chain_count;
	gnutls_privkey_t key;
};

static gnutls_datum_t datum_of(const char *text)
{
	return (gnutls_datum_t){ (unsigned char *)text, (unsigned)strlen(text) };
}

static bool load_chain(struct http_identity *identity, const char *pem, struct error *err)
{
	gnutls_datum_t datum = datum_of(pem);
	unsigned count = CHAIN_MAX;
	int result = gnutls_pcert_list_import_x509_raw(identity->chain, &count, &datum, GNUTLS_X509_FMT_PEM, 0);

	if (result < 0)
		return error_set(err, ERROR_INVALID, "the certificate cannot be read: %s", gnutls_strerror(result));
	identity->chain_count = count;
	return true;
}

static bool load_key(struct http_identity *identity, const char *pem, struct error *err)
{
	gnutls_datum_t datum = datum_of(pem);
	int result = gnutls_privkey_init(&identity->key);

	if (result >= 0)
		result = gnutls_privkey_import_x509_raw(identity->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (result < 0)
		return error_set(err, ERROR_INVALID, "the key cannot be read: %s", gnutls_strerror(result));
	return true;
}

/* Compares the public halves by their digests. */
static bool http_tls_check_pair(const struct http_identity *identity, struct error *err)
{
	unsigned char ids[2][KEY_ID_BYTES];
	size_t sizes[2] = { KEY_ID_BYTES, KEY_ID_BYTES };
	gnutls_pubkey_t public_half;

	if (gnutls_pubkey_init(&public_half) < 0)
		abort();
	bool fits = gnutls_pubkey_import_privkey(public_half, identity->key, 0, 0) >= 0 &&
	            gnutls_pubkey_get_key_id(public_half, GNUTLS_KEYID_USE_SHA256, ids[0], &sizes[0]) >= 0 &&
	            gnutls_pubkey_get_key_id(identity->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, ids[1], &sizes[1]) >= 0 &&
	            sizes[0] == sizes[1] && memcmp(ids[0], ids[1], sizes[0]) == 0;
	gnutls_pubkey_deinit(public_half);
	return fits || error_set(err, ERROR_INVALID, "the key does not belong to the certificate");
}

struct http_identity *http_identity_create(const char *certificate_pem, const char *key_pem, struct error *err)
{
	struct http_identity *identity = memory_zeroed(1, sizeof(*identity));

	identity->references = 1;
	if (load_chain(identity, certificate_pem, err) && load_key(identity, key_pem, err) &&
	    http_tls_check_pair(identity, err))
		return identity;
	http_identity_release(identity);
	return NULL;
}

struct http_identity *http_identity_retain(struct http_identity *identity)
{
	if (identity)
		identity->references++;
	return identity;
}

void http_identity_release(struct http_identity *identity)
{
	if (!identity || --identity->references)
		return;
	for (unsigned i = 0; i < identity->chain_count; i++)
		gnutls_pcert_deinit(&identity->chain[i]);
	gnutls_privkey_deinit(identity->key);
	free(identity);
}

bool http_tls_check_authorities(const char *pem, struct error *err)
{
	gnutls_datum_t datum = datum_of(pem);
	gnutls_x509_crt_t *certificates;
	unsigned count;
	int result = gnutls_x509_crt_list_import2(&certificates, &count, &datum, GNUTLS_X509_FMT_PEM, 0);

	if (result < 0)
		return error_set(err, ERROR_INVALID, "the clients' authorities cannot be read: %s", gnutls_strerror(result));
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(certificates[i]);
	gnutls_free(certificates);
	return true;
}

static int verify_client(gnutls_session_t session)
{
	gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0 };
	unsigned status;

	if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status != 0)
		return GNUTLS_E_CERTIFICATE_ERROR;
	return 0;
}

/* libmicrohttpd asks for a certificate but serves clients without one; requiring it is up to us. */
void http_tls_prepare(gnutls_session_t session, struct http_identity *identity, bool needs_client_certificate)
{
	gnutls_session_set_ptr(session, identity);
	if (!needs_client_certificate)
		return;
	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
	gnutls_session_set_verify_function(session, verify_client);
}

int http_tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *wish, gnutls_pcert_st **chain,
    unsigned *chain_count, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
	struct http_identity *identity = gnutls_session_get_ptr(session);

	(void)wish, (void)ocsp;
	*chain = identity->chain;
	*chain_count = identity->chain_count;
	*ocsp_count = 0;
	*key = identity->key;
	*flags = 0;
	return 0;
}

bool http_tls_client_is_plain(int fd)
{
	char bytes[4096];
	ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

	return size > 0 && memmem(bytes, (size_t)size, " HTTP/1.", strlen(" HTTP/1."));
}
