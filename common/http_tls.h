/* http_tls.h - the HTTP server's identity over TLS, and the verification of its clients. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_TLS_H
#define COMMON_HTTP_TLS_H

#include "common/error.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>

/* TLS 1.2 and 1.3 only. */
#define HTTP_TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* A certificate with its chain and its key. Reference-counted, since handshakes may be under way when it is
   replaced. */
struct http_identity;

/* ERROR_INVALID: no certificate, no key, or the key of another certificate. */
struct http_identity *http_identity_create(const char *certificate_pem, const char *key_pem, struct error *err);
struct http_identity *http_identity_retain(struct http_identity *identity);
/* NULL is fine. */
void http_identity_release(struct http_identity *identity);

/* ERROR_INVALID if it contains no certificate. */
bool http_tls_check_authorities(const char *pem, struct error *err);

/* Before the handshake: presents identity, which must outlive the session, to the client and, if requested, requires a
   client certificate that the server's authorities have issued. */
void http_tls_prepare(gnutls_session_t session, struct http_identity *identity, bool needs_client_certificate);

/* Whether a client whose handshake has failed sent plain HTTP instead: TLS reads five bytes and gives up, and the rest
   of the request is still in the socket. */
bool http_tls_client_is_plain(int fd);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK2. */
gnutls_certificate_retrieve_function3 http_tls_retrieve;

#endif
