/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/answers.h"

#include "common/json.h"

#include <stdio.h>

static struct http_response *response_of(json_t *take_body)
{
	size_t size;
	char *text = json_render(take_body, &size);

	json_decref(take_body);
	return http_response_create_take(text, size, "application/json");
}

static json_t *failure(const char *text)
{
	return json_pack("{s:s, s:s}", "result", "failure", "error_message", text);
}

static void respond(struct http_request *request, unsigned status, struct http_response *take_response)
{
	http_request_respond(request, status, take_response);
	http_response_release(take_response);
}

void answer_poke(struct http_request *request, unsigned status, const char *id, const char *state)
{
	respond(request, status,
	    response_of(json_pack("{s:s, s:s, s:s}", "result", "success", "poke", id, "state", state)));
}

void answer_state(struct http_request *request, unsigned status, const char *state)
{
	respond(request, status, response_of(json_pack("{s:s, s:s}", "result", "success", "state", state)));
}

/* RFC 9110, 15.5.2: a 401 must name a scheme. */
static void refuse(struct http_request *request, unsigned status, unsigned retry_after_s, const char *text,
    const char *scheme)
{
	struct http_response *response = response_of(failure(text));
	char seconds[16];

	if (retry_after_s != ANSWER_NO_RETRY_AFTER) {
		snprintf(seconds, sizeof(seconds), "%u", retry_after_s);
		http_response_header(response, "Retry-After", seconds);
	}
	if (status == 401)
		http_response_header(response, "WWW-Authenticate", scheme);
	respond(request, status, response);
}

void answer_refusal(struct http_request *request, unsigned status, unsigned retry_after_s, const char *text)
{
	refuse(request, status, retry_after_s, text, "Standard-Webhooks"); /* which has no scheme of its own */
}

void answer_piece_refusal(struct http_request *request, unsigned status, const char *text)
{
	refuse(request, status, ANSWER_NO_RETRY_AFTER, text, "Bearer");
}

void answer_piece_headers(struct http_response *response)
{
	http_response_header(response, "Cache-Control", "no-store");
	http_response_header(response, "X-Content-Type-Options", "nosniff");
}

void answer_method(struct http_request *request, const char *allow)
{
	struct http_response *response = response_of(failure("this path does not support the method"));

	http_response_header(response, "Allow", allow);
	respond(request, 405, response);
}

struct http_response *answer_early_refusal(unsigned status, const struct error *err, void *context)
{
	(void)status, (void)context;
	return response_of(failure(err->text));
}
