/* bare_waiters - libmicrohttpd parking each GET that has an If-None-Match until the first PUT; other GETs are answered
   at once. Started by tests/bench/run: bare_waiters BODY_FILE */
/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/bench/shared/bare_server.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* That a request has begun, told by the address that libmicrohttpd keeps with it. */
static char has_begun;
/* What comes behind a PUT, though it was sent before it, need not wait any more. */
static bool has_changed;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **state)
{
	(void)url, (void)version, (void)upload;
	if (*state == NULL || *upload_size > 0) {
		*state = &has_begun;
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, "PUT") == 0) {
		has_changed = true;
		bare_resume_all();
	} else if (!has_changed && MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match")) {
		bare_suspend(connection);
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: bare_waiters BODY_FILE\n");
		return 64;
	}
	size_t size;
	char *body = bare_read_file(argv[1], &size);
	return bare_serve("bare_waiters", answer, MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT));
}
