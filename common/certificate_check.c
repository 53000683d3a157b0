/* SPDX-License-Identifier: Apache-2.0 */
#include "common/certificate_check.h"

#include "common/clock.h"
#include "common/memory.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, NAME_BYTES = 256 };

/* The certificates of one PEM text. */
struct chain {
	gnutls_x509_crt_t *items;
	unsigned count;
	certificate_complaint *complain;
	void *context;
};

static void chain_read(struct chain *chain, const char *pem)
{
	gnutls_datum_t datum = { (unsigned char *)pem, (unsigned)strlen(pem) };

	if (gnutls_x509_crt_list_import2(&chain->items, &chain->count, &datum, GNUTLS_X509_FMT_PEM, 0) < 0)
		*chain = (struct chain){ .complain = chain->complain, .context = chain->context };
}

static void chain_finish(struct chain *chain)
{
	for (unsigned i = 0; i < chain->count; i++)
		gnutls_x509_crt_deinit(chain->items[i]);
	gnutls_free(chain->items);
}

static void report_certificate(const struct chain *chain, gnutls_x509_crt_t certificate, enum certificate_flaw flaw,
    const char *what, const char *rest)
{
	char subject[NAME_BYTES] = "without a subject";
	size_t size = sizeof(subject);

	(void)gnutls_x509_crt_get_dn(certificate, subject, &size);
	char *text = memory_format("the certificate \"%s\" %s%s", subject, what, rest);
	chain->complain(chain->context, flaw, text);
	free(text);
}

static void check_time(const struct chain *chain, gnutls_x509_crt_t certificate, int64_t now_s)
{
	const int64_t begins_s = gnutls_x509_crt_get_activation_time(certificate);
	const int64_t ends_s = gnutls_x509_crt_get_expiration_time(certificate);
	char time[CLOCK_TEXT_BYTES];

	if (begins_s > now_s)
		report_certificate(chain, certificate, CERTIFICATE_UNUSABLE, "is not valid before ",
		    clock_text(begins_s * 1000, time));
	else if (ends_s <= now_s)
		report_certificate(chain, certificate, CERTIFICATE_UNUSABLE, "expired at ", clock_text(ends_s * 1000, time));
	else if (ends_s - now_s < (int64_t)CERTIFICATE_WARN_DAYS * DAY_S)
		report_certificate(chain, certificate, CERTIFICATE_DOUBTFUL, "expires soon, at ",
		    clock_text(ends_s * 1000, time));
}

static bool names_its_issuer(gnutls_x509_crt_t certificate)
{
	gnutls_datum_t uri = { 0 };
	bool is_named = gnutls_x509_crt_get_authority_info_access(certificate, 0, GNUTLS_IA_CAISSUERS_URI, &uri, NULL) >= 0;

	gnutls_free(uri.data);
	return is_named;
}

static bool is_issued_by_known_authority(gnutls_x509_crt_t certificate)
{
	gnutls_x509_trust_list_t trust;
	gnutls_x509_crt_t issuer = NULL;

	if (gnutls_x509_trust_list_init(&trust, 0) < 0)
		abort();
	(void)gnutls_x509_trust_list_add_system_trust(trust, 0, 0);
	bool is_known = gnutls_x509_trust_list_get_issuer(trust, certificate, &issuer, 0) >= 0;
	gnutls_x509_trust_list_deinit(trust, 1);
	return is_known;
}

static void check_links(const struct chain *chain)
{
	for (unsigned i = 1; i < chain->count; i++)
		if (!gnutls_x509_crt_check_issuer(chain->items[i - 1], chain->items[i]))
			report_certificate(chain, chain->items[i], CERTIFICATE_UNUSABLE,
			    "did not issue the one before it in the file", "");
	gnutls_x509_crt_t last = chain->items[chain->count - 1];
	if (!gnutls_x509_crt_check_issuer(last, last) && names_its_issuer(last) && !is_issued_by_known_authority(last))
		report_certificate(chain, last, CERTIFICATE_DOUBTFUL,
		    "ends the chain, but this machine knows no authority that issued it: an intermediate certificate may be "
		    "missing behind it",
		    "");
}

void certificate_check_chain(const char *pem, int64_t now_s, certificate_complaint *complain, void *context)
{
	struct chain chain = { .complain = complain, .context = context };

	chain_read(&chain, pem);
	for (unsigned i = 0; i < chain.count; i++)
		check_time(&chain, chain.items[i], now_s);
	if (chain.count)
		check_links(&chain);
	chain_finish(&chain);
}

void certificate_check_authorities(const char *pem, int64_t now_s, certificate_complaint *complain, void *context)
{
	struct chain chain = { .complain = complain, .context = context };

	chain_read(&chain, pem);
	for (unsigned i = 0; i < chain.count; i++)
		check_time(&chain, chain.items[i], now_s);
	chain_finish(&chain);
}

/* An address as text is compared by value (gnutls/x509.h). */
bool certificate_is_for(const char *pem, const char *host)
{
	struct chain chain = { 0 };

	chain_read(&chain, pem);
	bool is_for = chain.count && gnutls_x509_crt_check_hostname(chain.items[0], host);
	chain_finish(&chain);
	return is_for;
}
