/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/response.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/number.h"

void response_set_revision(struct http_response *response, uint64_t revision)
{
	char text[NUMBER_TEXT_BYTES];

	(void)number_write(revision, text);
	http_response_replace_header(response, "Noah-Revision", text);
}

static struct http_response *with_revision(struct http_response *response, const struct history *history,
    uint64_t revision)
{
	char text[NUMBER_TEXT_BYTES];

	(void)number_write(revision, text);
	http_response_header(response, "Noah-Epoch", history->epoch);
	http_response_header(response, "Noah-Revision", text);
	return response;
}

static struct http_response *with_history(struct http_response *response, const struct history *history)
{
	return with_revision(response, history, registry_revision(history->registry));
}

struct http_response *response_of_bytes(const struct history *history, char *take_body, size_t size,
    const char *content_type)
{
	return with_history(http_response_create_take(take_body, size, content_type), history);
}

struct http_response *response_of_stream(const struct history *history, const struct http_stream *stream,
    const char *content_type)
{
	return with_history(http_response_create_stream(stream, content_type), history);
}

struct http_response *response_of_foreign_bytes(const struct history *history, const void *bytes, size_t size,
    const char *content_type)
{
	struct http_response *response = response_of_bytes(history, memory_copy(bytes, size), size, content_type);

	http_response_header(response, "X-Content-Type-Options", "nosniff");
	http_response_header(response, "Content-Security-Policy", "sandbox");
	return response;
}

struct http_response *response_of_text_at(const struct history *history, char *take_text, size_t size,
    uint64_t revision)
{
	return with_revision(http_response_create_take(take_text, size, RESPONSE_JSON), history, revision);
}

struct http_response *response_of_json_at(const struct history *history, json_t *take_body, uint64_t revision)
{
	size_t size;
	char *text = json_render(take_body, &size);

	json_decref(take_body);
	return response_of_text_at(history, text, size, revision);
}

struct http_response *response_of_json(const struct history *history, json_t *take_body)
{
	return response_of_json_at(history, take_body, registry_revision(history->registry));
}

unsigned response_status(enum error_kind kind)
{
	static const unsigned statuses[] = {
		[ERROR_NONE] = 500,
		[ERROR_INVALID] = 400,
		[ERROR_NOT_FOUND] = 404,
		[ERROR_CONFLICT] = 409,
		[ERROR_CONDITION] = 412,
		[ERROR_TOO_LARGE] = 413,
		[ERROR_UNAUTHENTICATED] = 401,
		[ERROR_DENIED] = 403,
		[ERROR_UNAVAILABLE] = 503,
		[ERROR_INTERNAL] = 500,
	};
	return statuses[kind];
}

json_t *response_refusal_body(const struct error *err)
{
	return json_pack("{s:s, s:s}", "result", "failure", "error_message", err->text);
}

struct http_response *response_of_refusal(const struct history *history, unsigned status, json_t *take_body)
{
	struct http_response *response = response_of_json(history, take_body);

	if (status == 503)
		http_response_header(response, "Retry-After", "1");
	else if (status == 401)
		http_response_header(response, "WWW-Authenticate", "Bearer");
	return response;
}

void response_refuse(struct http_request *request, const struct history *history, unsigned status,
    const struct error *err)
{
	struct http_response *response = response_of_refusal(history, status, response_refusal_body(err));

	http_request_respond(request, status, response);
	http_response_release(response);
}

void response_varies(struct http_response *response)
{
	http_response_header(response, "Vary", "Accept");
}
