/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/answer.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/number.h"
#include "noahd/api/api_private.h"
#include "noahd/api/validator.h"
#include "noahd/api/resources.h"
#include "noahd/registry/kind.h"

#include <string.h>

/* The one place where kinds of errors become HTTP. */
static unsigned status_of(enum error_kind kind)
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

void answer_set_revision(struct http_response *response, uint64_t revision)
{
	char text[NUMBER_TEXT_BYTES];

	(void)number_write(revision, text);
	http_response_replace_header(response, "Noah-Revision", text);
}

static struct http_response *with_revision(const struct api *api, struct http_response *response, uint64_t revision)
{
	char text[NUMBER_TEXT_BYTES];

	(void)number_write(revision, text);
	http_response_header(response, "Noah-Epoch", api->epoch);
	http_response_header(response, "Noah-Revision", text);
	return response;
}

struct http_response *answer_response(const struct api *api, char *take_body, size_t size, const char *content_type)
{
	return with_revision(api, http_response_create_take(take_body, size, content_type),
	    registry_revision(api->registry));
}

struct http_response *answer_stream(const struct api *api, const struct http_stream *stream, const char *content_type)
{
	return with_revision(api, http_response_create_stream(stream, content_type), registry_revision(api->registry));
}

struct http_response *answer_foreign(const struct api *api, const struct plan_value *bytes, const char *content_type)
{
	struct http_response *response =
	    answer_response(api, memory_copy(bytes->bytes, bytes->size), bytes->size, content_type);
	http_response_header(response, "X-Content-Type-Options", "nosniff");
	http_response_header(response, "Content-Security-Policy", "sandbox");
	return response;
}

void answer_varies(struct http_response *response)
{
	http_response_header(response, "Vary", "Accept");
}

/* Of what stands under a tag, a configuration alone. */
static bool is_by_accept(const struct http_call *call)
{
	const struct route *route = call->row;
	if (!route || !(route->flags & ROUTE_BY_ACCEPT))
		return false;
	return route->get != get_tagged_object || !strcmp(call->captures[1], ALL_CONFIGURATIONS);
}

static struct http_response *json_response(const struct api *api, json_t *take_body, uint64_t revision)
{
	size_t size;
	char *text = json_render(take_body, &size);
	json_decref(take_body);
	return with_revision(api, http_response_create_take(text, size, ANSWER_JSON), revision);
}

void answer_json(struct http_call *call, unsigned status, json_t *take_body)
{
	struct http_response *response = json_response(api_of(call), take_body, registry_revision(api_of(call)->registry));
	if (status == 200)
		validator_add_etag(call, response);
	if (is_by_accept(call))
		answer_varies(response);
	http_request_respond(call->request, status, response);
	http_response_release(response);
}

static json_t *refusal_body(const struct error *err)
{
	return json_pack("{s:s, s:s}", "result", "failure", "error_message", err->text);
}

static struct http_response *refusal_response(const struct api *api, unsigned status, json_t *take_body)
{
	struct http_response *response = json_response(api, take_body, registry_revision(api->registry));

	if (status == 503)
		http_response_header(response, "Retry-After", "1");
	else if (status == 401)
		http_response_header(response, "WWW-Authenticate", "Bearer");
	return response;
}

struct http_response *answer_refusal_response(const struct api *api, unsigned status, const struct error *err)
{
	return refusal_response(api, status, refusal_body(err));
}

static void answer_refuse(struct http_request *request, const struct api *api, unsigned status, const struct error *err)
{
	struct http_response *response = answer_refusal_response(api, status, err);
	http_request_respond(request, status, response);
	http_response_release(response);
}

static struct http_response *done_response(const struct api *api, struct write *write)
{
	struct http_response *response = json_response(api, write->answer, write->revision);

	write->answer = NULL;
	if (*write->etag)
		http_response_header(response, "ETag", write->etag);
	return response;
}

void answer_write(const struct api *api, struct write *write)
{
	unsigned status = 200;
	struct http_response *response;

	if (write->answer) {
		http_request_remark(write->call.request, write->changed ? "changed=true" : "changed=false");
		response = done_response(api, write);
	} else {
		status = write->refused_with ? write->refused_with : status_of(write->err.kind);
		json_t *body = refusal_body(&write->err);
		if (write->parts)
			json_object_set_new(body, "failed", json_integer((json_int_t)write->refused_part));
		response = refusal_response(api, status, body);
	}
	http_request_respond(write->call.request, status, response);
	http_response_release(response);
}

void answer_error(struct http_request *request, const struct api *api, const struct error *err)
{
	answer_refuse(request, api, status_of(err->kind), err);
}

void answer_refusal(struct http_call *call, unsigned status, const struct error *err)
{
	answer_refuse(call->request, api_of(call), status, err);
}

void answer_not_found(struct http_call *call)
{
	struct error err;
	error_set(&err, ERROR_NOT_FOUND, "Resource not found");
	answer_error(call->request, api_of(call), &err);
}

void answer_method_not_allowed(struct http_call *call, const struct route *route)
{
	struct error err;
	char allowed[64];

	route_allow(route, allowed, sizeof(allowed));
	error_set(&err, ERROR_INVALID, "Method not allowed here; allowed: %s", allowed);
	struct http_response *response = answer_refusal_response(api_of(call), 405, &err);
	http_response_header(response, "Allow", allowed);
	http_request_respond(call->request, 405, response);
	http_response_release(response);
}
