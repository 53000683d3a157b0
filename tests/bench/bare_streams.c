/* bare_streams - libmicrohttpd sending the same events to each GET, one more of them with each PUT.
   Started by tests/bench/run: bare_streams EVENTS_FILE, which holds server-sent events, each ended by an empty line. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/bench/shared/bare_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 65536 };

struct events {
	const char *bytes;
	size_t released; /* so many of them may be sent */
};

struct stream {
	struct MHD_Connection *connection;
	const struct events *events;
};

static ssize_t read_events(void *context, uint64_t position, char *block, size_t size)
{
	const struct stream *stream = context;
	size_t left = stream->events->released - (size_t)position;
	if (left == 0) {
		bare_suspend(stream->connection);
		return 0;
	}
	size = left < size ? left : size;
	memcpy(block, stream->events->bytes + position, size);
	return (ssize_t)size;
}

static struct MHD_Response *open_stream(struct MHD_Connection *connection, const struct events *events)
{
	struct stream *stream = malloc(sizeof(*stream));
	if (stream == NULL)
		abort();
	*stream = (struct stream){ connection, events };
	struct MHD_Response *response =
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_events, stream, free);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	return response;
}

static struct MHD_Response *release_one(struct events *events)
{
	static char text[] = "{}";
	const char *end = strstr(events->bytes + events->released, "\n\n");
	if (end != NULL)
		events->released = (size_t)(end + 2 - events->bytes);
	bare_resume_all();
	return MHD_create_response_from_buffer(sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **seen)
{
	(void)url, (void)version, (void)upload;
	if (*seen == NULL || *upload_size > 0) {
		*seen = context;
		*upload_size = 0;
		return MHD_YES;
	}
	struct MHD_Response *response =
	    strcmp(method, "PUT") == 0 ? release_one(context) : open_stream(connection, context);
	enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return queued;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: bare_streams EVENTS_FILE\n");
		return 64;
	}
	size_t size;
	struct events events = { .bytes = bare_read_file(argv[1], &size) };
	return bare_serve("bare_streams", answer, &events);
}
