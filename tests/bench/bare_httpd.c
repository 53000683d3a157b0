/* bare_httpd - the least that libmicrohttpd needs to answer every request with the same bytes from an epoll loop.
   Started by tests/bench/run: bare_httpd BODY_FILE [HEADER VALUE]... */
/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/bench/shared/bare_server.h"

#include <stdio.h>

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **seen)
{
	(void)url, (void)method, (void)version, (void)upload, (void)upload_size;
	/* An answer queued at the first call would close the connection. */
	if (*seen == NULL) {
		*seen = context;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: bare_httpd BODY_FILE [HEADER VALUE]...\n");
		return 64;
	}
	size_t size;
	char *body = bare_read_file(argv[1], &size);
	struct MHD_Response *response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT);
	for (char **headers = argv + 2; headers[0] != NULL && headers[1] != NULL; headers += 2)
		MHD_add_response_header(response, headers[0], headers[1]);
	return bare_serve("bare_httpd", answer, response);
}
