/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/certificate_check.h"
#include "tests/unit/common/identity.h"

enum { NOW_S = 1700000000, DAY_S = 86400 };

static struct identity authority, server;
static char found[4096];

static void complain(void *context, enum certificate_flaw flaw, const char *text)
{
	(void)context;
	size_t used = strlen(found);
	snprintf(found + used, sizeof(found) - used, "%s: %s\n", flaw == CERTIFICATE_UNUSABLE ? "unusable" : "doubtful",
	    text);
}

static const char *complaints_of(const char *pem, int64_t now_s)
{
	*found = '\0';
	certificate_check_chain(pem, now_s, complain, NULL);
	return found;
}

static const char *text_of(const struct identity *identity)
{
	return (const char *)identity->certificate_pem.data;
}

/* Valid for ninety days from NOW_S. */
static int make(void **state)
{
	(void)state;
	static const unsigned char address[] = { 192, 0, 2, 7 };
	const int64_t ends_s = NOW_S + 90 * DAY_S;
	identity_make(&authority, &(struct identity_wish){ .name = "authority", .begins_s = NOW_S, .ends_s = ends_s });
	identity_make(&server, &(struct identity_wish){ .name = "server",
	                           .purpose = GNUTLS_KP_TLS_WWW_SERVER,
	                           .issuer = &authority,
	                           .begins_s = NOW_S,
	                           .ends_s = ends_s,
	                           .dns_name = "*.example.com",
	                           .address = address });
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	identity_free(&authority);
	identity_free(&server);
	return 0;
}

static void a_valid_certificate_is_accepted(void **state)
{
	(void)state;
	char chain[8192];
	assert_string_equal(complaints_of(text_of(&server), NOW_S), "");
	assert_string_equal(complaints_of(text_of(&server), NOW_S + 76 * DAY_S), "");
	snprintf(chain, sizeof(chain), "%s%s", text_of(&server), text_of(&authority));
	assert_string_equal(complaints_of(chain, NOW_S + DAY_S), "");
}

static void an_expired_certificate_is_unusable_and_one_that_expires_soon_is_doubtful(void **state)
{
	(void)state;
	assert_string_equal(complaints_of(text_of(&server), NOW_S - 1),
	    "unusable: the certificate \"CN=server\" is not valid before 2023-11-14 22:13:20 UTC\n");
	assert_string_equal(complaints_of(text_of(&server), NOW_S + 90 * DAY_S),
	    "unusable: the certificate \"CN=server\" expired at 2024-02-12 22:13:20 UTC\n");
	assert_string_equal(complaints_of(text_of(&server), NOW_S + 76 * DAY_S + 1),
	    "doubtful: the certificate \"CN=server\" expires soon, at 2024-02-12 22:13:20 UTC\n");
}

static void only_the_validity_of_authorities_is_checked(void **state)
{
	(void)state;
	char list[8192];
	snprintf(list, sizeof(list), "%s%s", text_of(&authority), text_of(&server));
	*found = '\0';
	certificate_check_authorities(list, NOW_S + DAY_S, complain, NULL);
	assert_string_equal(found, "");
	certificate_check_authorities(list, NOW_S - 1, complain, NULL);
	assert_non_null(strstr(found, "CN=authority"));
	assert_non_null(strstr(found, "CN=server"));
}

static void a_chain_in_the_wrong_order_is_unusable(void **state)
{
	(void)state;
	char chain[8192];
	snprintf(chain, sizeof(chain), "%s%s", text_of(&authority), text_of(&server));
	assert_non_null(strstr(complaints_of(chain, NOW_S + DAY_S),
	    "unusable: the certificate \"CN=server\" did not issue the one before it in the file\n"));
}

static void a_chain_that_lacks_an_intermediate_certificate_is_doubtful(void **state)
{
	(void)state;
	struct identity lonely;
	identity_make(&lonely, &(struct identity_wish){ .name = "lonely",
	                           .purpose = GNUTLS_KP_TLS_WWW_SERVER,
	                           .issuer = &authority,
	                           .begins_s = NOW_S,
	                           .ends_s = NOW_S + 90 * DAY_S,
	                           .issuer_url = "http://127.0.0.1/authority.crt" });
	const char *complaints = complaints_of(text_of(&lonely), NOW_S + DAY_S);
	assert_non_null(strstr(complaints, "doubtful: the certificate \"CN=lonely\" ends the chain"));
	identity_free(&lonely);
}

static void a_host_is_compared_as_clients_do(void **state)
{
	(void)state;
	assert_true(certificate_is_for(text_of(&server), "web1.example.com"));
	assert_true(certificate_is_for(text_of(&server), "WEB1.example.COM"));
	assert_true(certificate_is_for(text_of(&server), "192.0.2.7"));
	assert_false(certificate_is_for(text_of(&server), "example.com"));
	assert_false(certificate_is_for(text_of(&server), "a.web1.example.com"));
	assert_false(certificate_is_for(text_of(&server), "192.0.2.8"));
	assert_false(certificate_is_for("", "web1.example.com"));
}

static void a_text_without_certificates_is_not_an_error(void **state)
{
	(void)state;
	assert_string_equal(complaints_of("", NOW_S), "");
	assert_string_equal(complaints_of("-----BEGIN CERTIFICATE-----\ngarbage\n", NOW_S), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_valid_certificate_is_accepted),
		cmocka_unit_test(an_expired_certificate_is_unusable_and_one_that_expires_soon_is_doubtful),
		cmocka_unit_test(only_the_validity_of_authorities_is_checked),
		cmocka_unit_test(a_chain_in_the_wrong_order_is_unusable),
		cmocka_unit_test(a_chain_that_lacks_an_intermediate_certificate_is_doubtful),
		cmocka_unit_test(a_host_is_compared_as_clients_do),
		cmocka_unit_test(a_text_without_certificates_is_not_an_error),
	};
	return cmocka_run_group_tests(tests, make, unmake);
}
