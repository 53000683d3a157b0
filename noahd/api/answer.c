/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/answer.h"

#include "noahd/api/context.h"
#include "noahd/api/entity_tag.h"

void answer_json(struct http_call *call, unsigned status, json_t *take_body)
{
	struct http_response *response = response_of_json(&api_of(call)->history, take_body);
	if (status == 200)
		entity_tag_add(call, response);
	if (route_is_by_accept(call))
		response_varies(response);
	http_request_respond(call->request, status, response);
	http_response_release(response);
}

static struct http_response *done_response(struct write *write)
{
	const struct history *history = &api_of(&write->call)->history;
	struct write_result *result = &write->result;
	struct http_response *response =
	    result->text ? response_of_text_at(history, result->text, result->text_size, result->revision)
	                 : response_of_json_at(history, result->answer, result->revision);

	result->answer = NULL;
	result->text = NULL;
	if (*result->etag)
		http_response_header(response, "ETag", result->etag);
	return response;
}

void answer_write(struct write *write)
{
	unsigned status = 200;
	struct http_response *response;

	if (write_is_done(write)) {
		http_request_remark(write->call.request, write->result.changed ? "changed=true" : "changed=false");
		response = done_response(write);
	} else {
		status = write->result.refused_with ? write->result.refused_with : response_status(write->result.err.kind);
		json_t *body = response_refusal_body(&write->result.err);
		if (write->parts && write->parts->first)
			json_object_set_new(body, "failed", json_integer((json_int_t)write->parts->refused));
		response = response_of_refusal(&api_of(&write->call)->history, status, body);
	}
	http_request_respond(write->call.request, status, response);
	http_response_release(response);
}

void answer_error(const struct http_call *call, const struct error *err)
{
	answer_refusal(call, response_status(err->kind), err);
}

void answer_refusal(const struct http_call *call, unsigned status, const struct error *err)
{
	response_refuse(call->request, &api_of(call)->history, status, err);
}

void answer_not_found(const struct http_call *call)
{
	struct error err;
	error_set(&err, ERROR_NOT_FOUND, "Resource not found");
	answer_error(call, &err);
}

void answer_method_not_allowed(const struct http_call *call, const struct route *route)
{
	struct error err;
	char allowed[64];

	route_allow(route, allowed, sizeof(allowed));
	error_set(&err, ERROR_INVALID, "Method not allowed here; allowed: %s", allowed);
	struct http_response *response = response_of_refusal(&api_of(call)->history, 405, response_refusal_body(&err));
	http_response_header(response, "Allow", allowed);
	http_request_respond(call->request, 405, response);
	http_response_release(response);
}
