/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include <stdio.h>
#include <stdlib.h>

struct text {
	char *bytes;
	size_t size;
};

static enum MHD_Result print_header(void *file, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	fprintf(file, "%s: %s\r\n", name, value);
	return MHD_YES;
}

/* free() the bytes. */
static struct text http_parting_render(unsigned status, const struct http_response *response)
{
	struct text text;
	FILE *file = open_memstream(&text.bytes, &text.size);

	if (!file)
		abort();
	fprintf(file, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %zu\r\n", status,
	    MHD_get_reason_phrase_for(status), response->size);
	(void)MHD_get_response_headers(response->mhd, print_header, file);
	fputs("\r\n", file);
	fwrite(response->body, 1, response->size, file);
	if (fclose(file) != 0)
		abort();
	return text;
}

/* Nothing has been sent yet, so the socket has room; anything that does not fit is lost. */
void http_parting_send(struct http_connection *connection, unsigned status, const struct http_response *response)
{
	struct text text = http_parting_render(status, response);

	if (connection->identity)
		(void)gnutls_record_send(MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)
		                             ->tls_session,
		    text.bytes, text.size);
	else
		(void)send(connection->fd, text.bytes, text.size, MSG_DONTWAIT | MSG_NOSIGNAL);
	free(text.bytes);
}
