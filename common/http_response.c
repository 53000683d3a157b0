/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct http_response *http_response_create(const void *body, size_t size, const char *content_type)
{
	return http_response_create_take(memory_copy(body, size), size, content_type);
}

static struct http_response *http_response_complete(const struct http_response *parts, const char *content_type)
{
	struct http_response *response = memory_copy(parts, sizeof(*parts));

	if (!response->mhd)
		abort();
	response->references = 1;
	if (content_type)
		http_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	return response;
}

struct http_response *http_response_create_take(void *body, size_t size, const char *content_type)
{
	const struct http_response parts = {
		.mhd = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE),
		.body = body,
		.size = size,
	};

	return http_response_complete(&parts, content_type);
}

/* A reader that returned 0 without suspending its connection would be called again and again. */
static ssize_t http_response_read_stream(void *context, uint64_t position, char *out, size_t room)
{
	struct http_streaming *streaming = context;
	struct http_connection *connection = streaming->connection;

	(void)position;
	ssize_t size =
	    connection->has_left ? HTTP_STREAM_BREAKS : streaming->stream.read(streaming->stream.context, out, room);
	if (size > 0)
		return size;
	if (size == HTTP_STREAM_ENDS || (size == HTTP_STREAM_WAITS && connection->is_half_closed))
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (size != HTTP_STREAM_WAITS)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	http_connection_suspend(connection);
	return 0;
}

struct http_response *http_response_create_stream(const struct http_stream *stream, const char *content_type)
{
	enum { BLOCK_BYTES = 4096 }; /* for clients of HTTP/1.0; chunks are as large as the connection's pool has room */
	struct http_streaming *streaming = memory_allocate(sizeof(*streaming));
	const struct http_response parts = {
		.mhd = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, http_response_read_stream, streaming,
		    NULL),
		.size = stream->held_bytes,
		.streaming = streaming,
	};

	*streaming = (struct http_streaming){ .stream = *stream };
	return http_response_complete(&parts, content_type);
}

void http_response_wake(struct http_response *response)
{
	if (response->streaming->connection)
		http_connection_resume(response->streaming->connection);
}

void http_response_hold(struct http_response *response, size_t held_bytes)
{
	size_t *unsent_bytes = &response->streaming->connection->server->unsent_bytes;

	*unsent_bytes += held_bytes - response->size;
	response->size = held_bytes;
}

void http_response_begin(struct http_response *response, struct http_connection *connection)
{
	if (response->answers++ == 0)
		connection->server->unsent_bytes += response->size;
	if (response->streaming)
		response->streaming->connection = connection;
}

void http_response_finish(struct http_response *response, struct http_connection *connection)
{
	if (--response->answers == 0)
		connection->server->unsent_bytes -= response->size;
	if (response->streaming)
		response->streaming->connection = NULL;
}

void http_response_header(struct http_response *response, const char *name, const char *value)
{
	(void)MHD_add_response_header(response->mhd, name, value);
}

void http_response_replace_header(struct http_response *response, const char *name, const char *value)
{
	const char *old = MHD_get_response_header(response->mhd, name);

	if (old && strcmp(old, value) == 0)
		return;
	if (old)
		(void)MHD_del_response_header(response->mhd, name, old);
	http_response_header(response, name, value);
}

const char *http_response_find_header(const struct http_response *response, const char *name)
{
	return MHD_get_response_header(response->mhd, name);
}

struct http_response *http_response_retain(struct http_response *response)
{
	response->references++;
	return response;
}

static enum MHD_Result copy_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	http_response_header(context, name, value);
	return MHD_YES;
}

/* libmicrohttpd always sends a 304's length, and no body with it (RFC 9110, 8.6). */
static ssize_t read_nothing(void *context, uint64_t position, char *out, size_t room)
{
	(void)context, (void)position, (void)out, (void)room;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Headers of the body tell a cache nothing new (RFC 9110, 15.4.5). */
static enum MHD_Result copy_header_of_304(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	static const char *const prefixes[] = { "Content-", "X-Content-" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return MHD_YES;
	return copy_header(context, kind, name, value);
}

struct http_response *http_response_without_body(struct http_response *response)
{
	const uint64_t announced_bytes = response->streaming ? MHD_SIZE_UNKNOWN : response->size;
	const struct http_response parts = {
		.mhd = MHD_create_response_from_callback(announced_bytes, 1, read_nothing, NULL, NULL),
	};
	struct http_response *result = http_response_complete(&parts, NULL);

	/* For HTTP/1.1 it would send the end of the chunks that it does not send. */
	if (response->streaming)
		(void)MHD_set_response_options(result->mhd, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	(void)MHD_get_response_headers(response->mhd, copy_header_of_304, result);
	return result;
}

struct http_response *http_response_with(struct http_response *response, const char *name, const char *value)
{
	struct http_response *result =
	    response->body ? http_response_create(response->body, response->size, NULL) : http_response_retain(response);

	if (response->body)
		(void)MHD_get_response_headers(response->mhd, copy_header, result);
	http_response_replace_header(result, name, value);
	return result;
}

void http_response_release(struct http_response *response)
{
	if (!response || --response->references)
		return;
	MHD_destroy_response(response->mhd);
	if (response->streaming)
		response->streaming->stream.end(response->streaming->stream.context);
	free(response->streaming);
	free(response);
}
