/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "tests/unit/common/identity.h"

static void must(int result)
{
	if (result < 0)
		fail_msg("%s", gnutls_strerror(result));
}

static void set_names(gnutls_x509_crt_t certificate, const struct identity_wish *wish)
{
	const gnutls_datum_t url = { (unsigned char *)wish->issuer_url,
		wish->issuer_url ? (unsigned)strlen(wish->issuer_url) : 0 };

	must(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, wish->name,
	    (unsigned)strlen(wish->name)));
	if (wish->dns_name)
		must(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, wish->dns_name,
		    (unsigned)strlen(wish->dns_name), GNUTLS_FSAN_APPEND));
	if (wish->address)
		must(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, wish->address, 4,
		    GNUTLS_FSAN_APPEND));
	if (wish->issuer_url)
		must(gnutls_x509_crt_set_authority_info_access(certificate, GNUTLS_IA_CAISSUERS_URI, (gnutls_datum_t *)&url));
}

void identity_make(struct identity *identity, const struct identity_wish *wish)
{
	static unsigned char serial;
	const struct identity *issuer = wish->issuer;
	gnutls_x509_crt_t certificate;

	serial++;
	must(gnutls_x509_privkey_init(&identity->key));
	must(gnutls_x509_privkey_generate(identity->key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
	    0));
	must(gnutls_x509_crt_init(&certificate));
	must(gnutls_x509_crt_set_version(certificate, 3));
	must(gnutls_x509_crt_set_serial(certificate, &serial, 1));
	set_names(certificate, wish);
	must(gnutls_x509_crt_set_activation_time(certificate, wish->begins_s ? wish->begins_s : time(NULL) - 60));
	must(gnutls_x509_crt_set_expiration_time(certificate, wish->ends_s ? wish->ends_s : time(NULL) + 3600));
	must(gnutls_x509_crt_set_basic_constraints(certificate, wish->purpose == NULL, -1));
	if (wish->purpose)
		must(gnutls_x509_crt_set_key_purpose_oid(certificate, wish->purpose, 0));
	must(gnutls_x509_crt_set_key(certificate, identity->key));
	must(gnutls_x509_crt_sign2(certificate, issuer ? issuer->certificate : certificate,
	    issuer ? issuer->key : identity->key, GNUTLS_DIG_SHA256, 0));
	must(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &identity->certificate_pem));
	must(gnutls_x509_privkey_export2(identity->key, GNUTLS_X509_FMT_PEM, &identity->key_pem));
	identity->certificate = certificate;
}

void identity_free(struct identity *identity)
{
	gnutls_x509_crt_deinit(identity->certificate);
	gnutls_x509_privkey_deinit(identity->key);
	gnutls_free(identity->certificate_pem.data);
	gnutls_free(identity->key_pem.data);
}
