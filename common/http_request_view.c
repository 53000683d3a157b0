/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *http_request_method(const struct http_request *request)
{
	return request->method;
}

const struct http_target *http_request_target(const struct http_request *request)
{
	return &request->target;
}

const char *http_request_scheme(const struct http_request *request)
{
	return request->connection->server->identity ? "https" : "http";
}

const char *http_request_body(const struct http_request *request, size_t *out_size)
{
	*out_size = request->body_size;
	return request->body_size ? request->body : "";
}

const char *http_connection_peer(struct http_connection *connection)
{
	if (!*connection->peer) {
		const struct sockaddr *address =
		    MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
		if (!http_address_text(address, connection->peer, sizeof(connection->peer)))
			snprintf(connection->peer, sizeof(connection->peer), "local");
	}
	return connection->peer;
}

const char *http_request_peer(const struct http_request *request)
{
	return http_connection_peer(request->connection);
}

const char *http_request_authority(const struct http_request *request)
{
	return request->target.authority ? request->target.authority : http_request_header(request, "Host");
}

/* Takes the text. */
static const char *http_request_view_keep(struct http_connection *connection, char *text)
{
	struct http_text *kept = memory_allocate(sizeof(*kept));

	kept->text = text;
	SLIST_INSERT_HEAD(&connection->texts, kept, in_connection);
	return text;
}

void http_request_answer_header(struct http_request *request, const char *name, const char *value)
{
	request->own_header = http_request_view_keep(request->connection, memory_text(name));
	request->own_value = http_request_view_keep(request->connection, memory_text(value));
}

void http_request_texts_free(struct http_connection *connection)
{
	struct http_text *kept;

	while ((kept = SLIST_FIRST(&connection->texts))) {
		SLIST_REMOVE_HEAD(&connection->texts, in_connection);
		free(kept->text);
		free(kept);
	}
}

/* NULL: it cannot be read. gnutls_free() the text. */
static char *http_request_view_subject_of(const gnutls_datum_t *certificate)
{
	gnutls_x509_crt_t parsed;
	gnutls_datum_t text = { 0 };

	if (gnutls_x509_crt_init(&parsed) < 0)
		return NULL;
	if (gnutls_x509_crt_import(parsed, certificate, GNUTLS_X509_FMT_DER) >= 0)
		(void)gnutls_x509_crt_get_dn3(parsed, &text, 0);
	gnutls_x509_crt_deinit(parsed);
	return (char *)text.data;
}

const char *http_request_client(const struct http_request *request)
{
	struct http_connection *connection = request->connection;
	unsigned count = 0;

	if (!connection->server->needs_client_certificate)
		return NULL;
	const gnutls_datum_t *chain =
	    gnutls_certificate_get_peers(MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)
	                                     ->tls_session,
	        &count);
	char *subject = count ? http_request_view_subject_of(&chain[0]) : NULL;
	if (!subject)
		return NULL;
	char *copy = memory_text(subject);
	gnutls_free(subject);
	return http_request_view_keep(connection, copy);
}

struct search {
	const char *name;
	size_t name_size, count;
	const char *first;
	char *joined; /* where there are several */
};

static enum MHD_Result http_request_view_read_field(void *context, enum MHD_ValueKind kind, const char *name,
    size_t name_size, const char *value, size_t value_size)
{
	struct search *search = context;

	(void)kind, (void)value_size;
	if (name_size != search->name_size || strncasecmp(name, search->name, name_size) != 0)
		return MHD_YES;
	value = value ? value : "";
	if (search->count++ == 0) {
		search->first = value;
		return MHD_YES;
	}
	char *joined = memory_format("%s, %s", search->joined ? search->joined : search->first, value);
	free(search->joined);
	search->joined = joined;
	return MHD_YES;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
	struct search search = { .name = name, .name_size = strlen(name) };

	if (!(request->headers & http_header_bit(name, search.name_size)))
		return NULL;
	(void)MHD_get_connection_values_n(request->connection->mhd, MHD_HEADER_KIND, http_request_view_read_field, &search);
	return search.joined ? http_request_view_keep(request->connection, search.joined) : search.first;
}
