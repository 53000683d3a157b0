/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/clock.h"
#include "common/http_reading.h"
#include "common/memory.h"
#include "common/number.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	SPARE_REQUESTS_MAX = 64,
	SPARE_BODY_BYTES_MAX = 4096, /* a larger one is freed with its request */
	BODY_BYTES_FIRST = 512,
	LARGE_REQUESTS_MAX = 64, /* with a body larger than most requests may have */
};

/* Most members are set again where they are first used. */
static struct http_request *request_take(struct http_server *server)
{
	struct http_request *request = SLIST_FIRST(&server->spare_requests);

	if (request) {
		SLIST_REMOVE_HEAD(&server->spare_requests, in_spare);
		server->spare_request_count--;
	} else {
		request = memory_allocate(sizeof(*request));
		request->body = NULL;
		request->body_room = 0;
		request->target = (struct http_target){ 0 };
	}
	request->stage = HTTP_REQUEST_HEAD;
	request->body_size = request->discarded_bytes = 0;
	request->headers = UINT64_MAX; /* any, until the fields have been read */
	request->response = NULL;
	request->own_header = NULL;
	request->is_unchanged = request->is_chunked = false;
	request->hung_up = NULL;
	request->method = "";
	request->label = request->caller = NULL;
	request->remark = NULL;
	request->kept = NULL;
	request->release_kept = NULL;
	request->whole_us = -1;
	request->refused_with = 0;
	request->is_large = false;
	return request;
}

static void request_free(struct http_request *request)
{
	http_target_finish(&request->target);
	free(request->body);
	free(request);
}

static void body_free(struct http_request *request)
{
	free(request->body);
	request->body = NULL;
	request->body_size = request->body_room = 0;
}

void http_requests_finish(struct http_server *server)
{
	struct http_request *request;

	while ((request = SLIST_FIRST(&server->spare_requests))) {
		SLIST_REMOVE_HEAD(&server->spare_requests, in_spare);
		request_free(request);
	}
}

static void http_request_refuse(struct http_request *request, unsigned status)
{
	request->refused_with = status;
	body_free(request);
}

static struct http_server *http_request_server_of(const struct http_request *request)
{
	return request->connection->server;
}

/* Called with the target as it was sent, before libmicrohttpd decodes it in place. */
void *http_request_began(void *context, const char *raw_target, struct MHD_Connection *mhd)
{
	struct http_server *server = context;
	struct http_connection *connection =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	struct http_request *request = request_take(server);

	request->connection = connection;
	connection->request = request;
	server->request_count++;
	http_connection_reads(connection);
	request->raw_target = raw_target;
	request->raw_target_size = strlen(raw_target);
	if (!http_target_parse_request(raw_target, &request->target, &request->refusal))
		http_request_refuse(request,
		    request->refusal.kind == ERROR_TOO_LARGE ? MHD_HTTP_URI_TOO_LONG : MHD_HTTP_BAD_REQUEST);
	/* libmicrohttpd would take memory from the connection's pool for each parameter of a query, and close the
	   connection without an answer if that runs out. The target is in the pool, too, and is not read there again. */
	char *query = strchr((char *)raw_target, '?');
	if (query)
		query[1] = '\0';
	return request;
}

void http_request_forget(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_request *request = connection->request;

	if (!request)
		return;
	connection->request = NULL;
	if (request->response) {
		http_response_finish(request->response, connection);
		http_response_release(request->response);
	}
	http_request_texts_free(connection);
	if (request->kept)
		request->release_kept(request->kept);
	server->request_count--;
	server->large_count -= request->is_large;
	if (request->body_room > SPARE_BODY_BYTES_MAX)
		body_free(request);
	if (server->spare_request_count == SPARE_REQUESTS_MAX) {
		request_free(request);
		return;
	}
	SLIST_INSERT_HEAD(&server->spare_requests, request, in_spare);
	server->spare_request_count++;
}

void http_request_ended(void *context, struct MHD_Connection *mhd, void **ended, enum MHD_RequestTerminationCode reason)
{
	struct http_request *request = *ended;

	(void)context, (void)mhd, (void)reason;
	if (!request)
		return;
	*ended = NULL;
	http_connection_rests(request->connection);
	http_request_forget(request->connection);
}

/* Whether a request, not yet refused, may have a body of this size; else refuses it. Few large bodies are allowed at a
   time, since they are kept in memory before they are checked. */
static bool admit_body(struct http_request *request, uint64_t size)
{
	struct http_server *server = http_request_server_of(request);
	const struct http_server_options *options = &server->options;
	size_t size_max = options->body_bytes_max;

	if (size > size_max && options->body_bytes_max_of) {
		size_t own = options->body_bytes_max_of(request, options->context);
		size_max = own > size_max ? own : size_max;
	}
	if (size > size_max) {
		error_set(&request->refusal, ERROR_TOO_LARGE, "a body of more than %zu bytes", size_max);
		http_request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE);
	} else if (size > options->body_bytes_max && !request->is_large && server->large_count == LARGE_REQUESTS_MAX) {
		error_set(&request->refusal, ERROR_UNAVAILABLE, "Too many large requests at once");
		http_request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE);
	} else if (size > options->body_bytes_max && !request->is_large) {
		request->is_large = true;
		server->large_count++;
	}
	return !request->refused_with;
}

/* Whether the end of the body can be found, so that the connection may continue after a refusal. */
static bool check_framing(struct http_request *request, struct http_reading *reading)
{
	uint64_t size = 0;

	if (!http_reading_passes(reading)) {
		http_request_refuse(request, MHD_HTTP_BAD_REQUEST);
		return false;
	}
	if (reading->content_length && !number_parse_uint64(reading->content_length, UINT64_MAX, &size)) {
		error_set(reading->err, ERROR_INVALID, "the Content-Length is not a number");
		http_request_refuse(request, MHD_HTTP_BAD_REQUEST);
		return false;
	}
	/* Codings are not decoded: the stored bytes would not be what the sender means (RFC 9110, 8.4, 15.5.16). */
	if (reading->is_encoded && !request->refused_with && (size > 0 || reading->check.has_transfer_encoding)) {
		error_set(reading->err, ERROR_INVALID, "A body with a Content-Encoding cannot be read; send it without");
		http_request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE);
	}
	if (request->refused_with)
		return size <= http_request_server_of(request)->options.body_bytes_max;
	return admit_body(request, size);
}

/* libmicrohttpd would answer HEAD with the end of chunks that it does not send. As HTTP/1.0, it has no chunks. */
static enum MHD_Result http_request_queue(struct http_request *request)
{
	if (request->response->streaming && strcmp(request->method, MHD_HTTP_METHOD_HEAD) == 0)
		(void)MHD_set_response_options(request->response->mhd, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return MHD_queue_response(request->connection->mhd, request->status, request->response->mhd);
}

static void report_answer(const struct http_request *request, unsigned status, const struct http_response *response)
{
	const struct http_server_options *options = &http_request_server_of(request)->options;
	bool is_whole = request->whole_us >= 0;

	if (options->answered)
		options->answered(&(struct http_answered){ .method = request->method,
		                      .label = request->label,
		                      .caller = request->caller,
		                      .remark = request->remark,
		                      .status = status,
		                      .took_us = is_whole ? clock_monotonic_us() - request->whole_us : -1,
		                      .request = request,
		                      .response = response },
		    options->context);
}

static void answer_with(struct http_request *request, unsigned status, struct http_response *take)
{
	/* libmicrohttpd 0.9.75 silently accepts a bare LF in the framing of chunks: a proxy before us may have seen another
	   end of this body, and the beginning of another request (RFC 9112, 7.1, 11.2). What follows is not read. */
	if (request->is_chunked) {
		struct http_response *last = http_response_with(take, MHD_HTTP_HEADER_CONNECTION, "close");
		http_response_release(take);
		take = last;
		request->connection->has_unread_body = true;
	}
	request->status = status;
	request->response = take;
	report_answer(request, status, take);
	http_response_begin(take, request->connection);
}

static struct http_response *http_request_make_refusal(const struct http_request *request)
{
	const struct http_server_options *options = &http_request_server_of(request)->options;
	struct http_response *refusal = options->refusal(request->refused_with, &request->refusal, options->context);

	if (request->refused_with == MHD_HTTP_UNSUPPORTED_MEDIA_TYPE)
		http_response_header(refusal, MHD_HTTP_HEADER_ACCEPT_ENCODING, "identity");
	return refusal;
}

static enum MHD_Result queue_refusal(struct http_request *request)
{
	request->stage = HTTP_REQUEST_ANSWERED;
	answer_with(request, request->refused_with, http_request_make_refusal(request));
	return http_request_queue(request);
}

/* The head is complete. An answer that is queued now closes the connection: only if the body cannot or need not be
   read. A client that waits for "100 Continue" does not have to send its body. */
static enum MHD_Result take_head(struct http_request *request, const char *method, const char *version)
{
	struct error refusal;
	struct http_reading reading = { .err = request->refused_with ? &refusal : &request->refusal };

	request->stage = HTTP_REQUEST_BODY;
	request->method = method;
	http_reading_take(&reading, request, version);
	request->is_chunked = reading.check.has_transfer_encoding;
	bool may_live_on = check_framing(request, &reading);
	if (may_live_on && !(request->refused_with && reading.expects_continue))
		return MHD_YES;
	request->connection->has_unread_body = true;
	return queue_refusal(request);
}

static void body_append(struct http_request *request, const char *bytes, size_t size)
{
	size_t needed = request->body_size + size + 1;

	if (needed > request->body_room) {
		size_t room = request->body_room ? request->body_room : BODY_BYTES_FIRST;
		while (room < needed)
			room *= 2;
		request->body = memory_grow(request->body, room, 1);
		request->body_room = room;
	}
	memcpy(request->body + request->body_size, bytes, size);
	request->body_size += size;
	request->body[request->body_size] = '\0';
}

static enum MHD_Result http_request_take_body(struct http_request *request, const char *bytes, size_t size)
{
	if (!request->refused_with && admit_body(request, request->body_size + size)) {
		body_append(request, bytes, size);
		return MHD_YES;
	}
	request->discarded_bytes += size;
	if (request->discarded_bytes <= http_request_server_of(request)->options.body_bytes_max)
		return MHD_YES;
	/* A refused body that would go on for long is not read to its end. */
	struct http_response *response = http_request_make_refusal(request);
	report_answer(request, request->refused_with, response);
	http_parting_send(request->connection, request->refused_with, response);
	http_response_release(response);
	request->connection->has_unread_body = true;
	return MHD_NO;
}

/* The daemon has seen the request. */
static enum MHD_Result http_request_advance(struct http_request *request)
{
	switch (request->stage) {
	case HTTP_REQUEST_ABANDONED:
		return MHD_NO;
	case HTTP_REQUEST_ANSWERED:
		return http_request_queue(request);
	default:
		request->stage = HTTP_REQUEST_PARKED;
		http_connection_suspend(request->connection);
		return MHD_YES;
	}
}

static enum MHD_Result http_request_serve(struct http_request *request)
{
	const struct http_server_options *options = &http_request_server_of(request)->options;

	options->handle(request, options->context);
	return http_request_advance(request);
}

static enum MHD_Result http_request_hand_over(struct http_request *request)
{
	struct http_server *server = http_request_server_of(request);
	const struct http_server_options *options = &server->options;

	http_connection_move(request->connection, &server->answering);
	if (options->answered)
		request->whole_us = clock_monotonic_us();
	if (options->unsent_bytes_max && server->unsent_bytes > options->unsent_bytes_max) {
		error_set(&request->refusal, ERROR_UNAVAILABLE, "Too many answers are waiting for their readers");
		request->refused_with = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	if (request->refused_with)
		return queue_refusal(request);
	if (options->may_park && !options->may_park(request, options->context))
		return http_request_serve(request);
	request->stage = HTTP_REQUEST_WHOLE; /* libmicrohttpd calls again in its next round */
	return MHD_YES;
}

enum MHD_Result http_request_continues(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **continued)
{
	struct http_request *request = *continued;
	size_t size = *upload_size;

	(void)context, (void)mhd, (void)url;
	if (request->stage == HTTP_REQUEST_HEAD)
		return take_head(request, method, version);
	if (size > 0) {
		*upload_size = 0;
		return http_request_take_body(request, upload, size);
	}
	if (request->stage == HTTP_REQUEST_BODY)
		return http_request_hand_over(request);
	return request->stage == HTTP_REQUEST_WHOLE ? http_request_serve(request) : http_request_advance(request);
}

/* A resumed connection is called back by one of the next MHD_run. */
static void http_request_settle(struct http_request *request, enum http_request_stage stage)
{
	request->stage = stage;
	http_connection_resume(request->connection);
}

void http_request_label(struct http_request *request, const void *label)
{
	request->label = label;
}

void http_request_caller(struct http_request *request, const void *caller)
{
	request->caller = caller;
}

void http_request_remark(struct http_request *request, const char *remark)
{
	request->remark = remark;
}

void http_request_keep(struct http_request *request, void *take, void (*release)(void *kept))
{
	assert(!request->kept);
	request->kept = take;
	request->release_kept = release;
}

void *http_request_kept(const struct http_request *request, void (*release)(void *kept))
{
	return request->release_kept == release ? request->kept : NULL;
}

void http_request_answer_unchanged(struct http_request *request)
{
	request->is_unchanged = true;
}

void http_request_respond(struct http_request *request, unsigned status, struct http_response *response)
{
	bool is_unchanged = request->is_unchanged && status == MHD_HTTP_OK;
	struct http_response *answer = is_unchanged ? http_response_without_body(response) : http_response_retain(response);

	if (request->own_header) {
		struct http_response *shared = answer;
		answer = http_response_with(shared, request->own_header, request->own_value);
		http_response_release(shared);
	}
	answer_with(request, is_unchanged ? MHD_HTTP_NOT_MODIFIED : status, answer);
	http_request_settle(request, HTTP_REQUEST_ANSWERED);
}

void http_request_abandon(struct http_request *request)
{
	request->connection->has_left = true;
	http_request_settle(request, HTTP_REQUEST_ABANDONED);
}

void http_request_on_hang_up(struct http_request *request, void (*hung_up)(void *context), void *context)
{
	request->hung_up = hung_up;
	request->hung_up_context = context;
	if (request->connection->is_half_closed)
		hung_up(context);
}
