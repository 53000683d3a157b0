/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/common/http_fixture.h"

#include "common/http_tls.h"
#include "tests/unit/common/identity.h"

#define MODERN "NORMAL"
#define OUTDATED "NORMAL:-VERS-ALL:+VERS-TLS1.1"

static void must(int result)
{
	if (result < 0)
		fail_msg("%s", gnutls_strerror(result));
}

static struct identity authority, other_authority, server_identity, next_identity, client_identity, foreign_identity;

static int make_identities(void **state)
{
	(void)state;
	identity_make(&authority, &(struct identity_wish){ .name = "authority", .purpose = NULL, .issuer = NULL });
	identity_make(&other_authority,
	    &(struct identity_wish){ .name = "other authority", .purpose = NULL, .issuer = NULL });
	identity_make(&server_identity,
	    &(struct identity_wish){ .name = "first", .purpose = GNUTLS_KP_TLS_WWW_SERVER, .issuer = &authority });
	identity_make(&next_identity,
	    &(struct identity_wish){ .name = "second", .purpose = GNUTLS_KP_TLS_WWW_SERVER, .issuer = &authority });
	identity_make(&client_identity,
	    &(struct identity_wish){ .name = "client", .purpose = GNUTLS_KP_TLS_WWW_CLIENT, .issuer = &authority });
	identity_make(&foreign_identity,
	    &(struct identity_wish){ .name = "client", .purpose = GNUTLS_KP_TLS_WWW_CLIENT, .issuer = &other_authority });
	return 0;
}

static int free_identities(void **state)
{
	struct identity *const all[] = { &authority, &other_authority, &server_identity, &next_identity, &client_identity,
		&foreign_identity };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		identity_free(all[i]);
	return 0;
}

static const char *text_of(const gnutls_datum_t *pem)
{
	return (const char *)pem->data;
}

static void start_with(const char *client_ca)
{
	fixture_init();
	fixture.options.tls_certificate_pem = text_of(&server_identity.certificate_pem);
	fixture.options.tls_key_pem = text_of(&server_identity.key_pem);
	fixture.options.tls_client_ca_pem = client_ca;
	fixture_start();
}

static int start_for_all(void **state)
{
	(void)state;
	start_with(NULL);
	return 0;
}

static int start_for_known(void **state)
{
	(void)state;
	start_with(text_of(&authority.certificate_pem));
	return 0;
}

struct client {
	int fd;
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
};

/* The result of the handshake. */
static int client_open(struct client *client, const char *priorities, const struct identity *identity)
{
	client->fd = client_connect();
	must(gnutls_certificate_allocate_credentials(&client->credentials));
	if (identity)
		must(gnutls_certificate_set_x509_key_mem(client->credentials, &identity->certificate_pem, &identity->key_pem,
		    GNUTLS_X509_FMT_PEM));
	must(gnutls_init(&client->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL));
	must(gnutls_priority_set_direct(client->session, priorities, NULL));
	must(gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->credentials));
	gnutls_transport_set_int(client->session, client->fd);
	return gnutls_handshake(client->session);
}

static void client_close(struct client *client)
{
	gnutls_deinit(client->session);
	gnutls_certificate_free_credentials(client->credentials);
	close(client->fd);
}

static void client_say(struct client *client, const char *text)
{
	(void)gnutls_record_send(client->session, text, strlen(text));
}

/* Whether an answer with this body comes. */
static bool client_hears(struct client *client, const char *body)
{
	char answer[2048] = "";
	size_t size = 0;

	while (!strstr(answer, body)) {
		ssize_t got = gnutls_record_recv(client->session, answer + size, sizeof(answer) - 1 - size);
		if (got <= 0)
			return false;
		answer[size += (size_t)got] = '\0';
	}
	return true;
}

static bool client_is_served(struct client *client)
{
	client_say(client, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
	return client_hears(client, "PUT x - - [body]");
}

/* Whether a client with this certificate gets an answer. */
static bool is_let_in(const struct identity *identity)
{
	struct client client;

	bool answered = client_open(&client, MODERN, identity) >= 0 && client_is_served(&client);
	client_close(&client);
	return answered;
}

static void requests_are_served_over_tls(void **state)
{
	struct client client;

	(void)state;
	must(client_open(&client, MODERN, NULL));
	assert_true(client_is_served(&client));
	assert_true(client_is_served(&client));
	client_close(&client);
}

static void a_parked_request_is_answered_over_tls(void **state)
{
	struct client client, other;

	(void)state;
	must(client_open(&client, MODERN, NULL));
	must(client_open(&other, MODERN, NULL));
	client_say(&client, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!fixture.parked_count)
		assert_true(client_is_served(&other));
	client_say(&other, "GET /release HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_hears(&client, "at last"));
	client_close(&client);
	client_close(&other);
}

static void chunks_without_end_are_refused_over_tls(void **state)
{
	char *chunk = memory_format("800\r\n%02048d\r\n", 0);
	struct client client;

	(void)state;
	must(client_open(&client, MODERN, NULL));
	client_say(&client, "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 10; i++)
		client_say(&client, chunk);
	assert_true(client_hears(&client, "a body of more than 1000 bytes"));
	client_close(&client);
	free(chunk);
}

static void outdated_versions_are_refused(void **state)
{
	struct client client;

	(void)state;
	assert_true(client_open(&client, OUTDATED, NULL) < 0);
	client_close(&client);
}

static void only_clients_of_our_authorities_are_accepted_if_configured(void **state)
{
	(void)state;
	assert_true(is_let_in(&client_identity));
	assert_false(is_let_in(NULL));
	assert_false(is_let_in(&foreign_identity));
	assert_false(is_let_in(&next_identity)); /* a server's, not a client's */
	assert_true(is_let_in(&client_identity));
}

static void the_subject_of_a_client_certificate_is_reported(void **state)
{
	struct client client;

	(void)state;
	must(client_open(&client, MODERN, &client_identity));
	client_say(&client, "GET /client HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_hears(&client, "\r\n\r\nCN=client"));
	client_close(&client);
}

static void a_client_that_was_not_asked_for_a_certificate_has_no_subject(void **state)
{
	struct client client;

	(void)state;
	must(client_open(&client, MODERN, &client_identity));
	client_say(&client, "GET /client HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_hears(&client, "nobody"));
	client_close(&client);
}

static bool is_greeted_as(struct client *client, const struct identity *identity)
{
	unsigned count;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(client->session, &count);
	gnutls_x509_crt_t certificate;

	must(gnutls_x509_crt_init(&certificate));
	must(gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER));
	bool is_same = gnutls_x509_crt_equals(certificate, identity->certificate) != 0;
	gnutls_x509_crt_deinit(certificate);
	return is_same;
}

static bool reload(const struct identity *certificate, const struct identity *key, struct error *err)
{
	return http_server_reload_tls(fixture.server, text_of(&certificate->certificate_pem), text_of(&key->key_pem), err);
}

static void a_new_certificate_is_used_for_new_connections_and_old_ones_stay_open(void **state)
{
	struct client old, new;
	struct error err;

	(void)state;
	must(client_open(&old, MODERN, NULL));
	assert_true(client_is_served(&old));
	fixture_join();
	assert_false(reload(&server_identity, &next_identity, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_true(reload(&next_identity, &next_identity, &err));
	fixture_run();
	must(client_open(&new, MODERN, NULL));
	assert_true(is_greeted_as(&old, &server_identity));
	assert_true(is_greeted_as(&new, &next_identity));
	assert_true(client_is_served(&old));
	assert_true(client_is_served(&new));
	client_close(&old);
	client_close(&new);
}

static void a_client_that_does_not_speak_tls_is_closed(void **state)
{
	char byte;
	int fd = client_connect();

	(void)state;
	client_send(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	while (recv(fd, &byte, 1, 0) == 1)
		assert_int_not_equal(byte, 'H');
	close(fd);
	assert_true(is_let_in(NULL));
}

static void expect_no_start(const char *certificate, const char *key, const char *client_ca)
{
	struct error err;

	fixture_init();
	fixture.options.tls_certificate_pem = certificate;
	fixture.options.tls_key_pem = key;
	fixture.options.tls_client_ca_pem = client_ca;
	assert_null(http_server_start(&fixture.options, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	close(fixture.listen_fd);
	event_loop_destroy(fixture.loop);
}

static void a_server_without_a_usable_certificate_does_not_start(void **state)
{
	const char *certificate = text_of(&server_identity.certificate_pem), *key = text_of(&server_identity.key_pem);

	(void)state;
	expect_no_start("nothing", key, NULL);
	expect_no_start(certificate, "nothing", NULL);
	expect_no_start(certificate, text_of(&next_identity.key_pem), NULL);
	expect_no_start(certificate, key, "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_are_served_over_tls, start_for_all, fixture_down),
		cmocka_unit_test_setup_teardown(a_parked_request_is_answered_over_tls, start_for_all, fixture_down),
		cmocka_unit_test_setup_teardown(chunks_without_end_are_refused_over_tls, start_for_all, fixture_down),
		cmocka_unit_test_setup_teardown(outdated_versions_are_refused, start_for_all, fixture_down),
		cmocka_unit_test_setup_teardown(only_clients_of_our_authorities_are_accepted_if_configured, start_for_known,
		    fixture_down),
		cmocka_unit_test_setup_teardown(the_subject_of_a_client_certificate_is_reported, start_for_known, fixture_down),
		cmocka_unit_test_setup_teardown(a_client_that_was_not_asked_for_a_certificate_has_no_subject, start_for_all,
		    fixture_down),
		cmocka_unit_test_setup_teardown(a_new_certificate_is_used_for_new_connections_and_old_ones_stay_open,
		    start_for_all, fixture_down),
		cmocka_unit_test_setup_teardown(a_client_that_does_not_speak_tls_is_closed, start_for_all, fixture_down),
		cmocka_unit_test(a_server_without_a_usable_certificate_does_not_start),
	};

	return cmocka_run_group_tests(tests, make_identities, free_identities);
}
