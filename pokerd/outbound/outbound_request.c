/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/outbound_request.h"

#include "common/json.h"
#include "common/json_writer.h"
#include "common/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void outbound_request_add_header(struct outbound_request *request, const char *name, const char *value)
{
	assert(request->header_count < OUTBOUND_HEADERS_MAX);
	request->headers[request->header_count++] = (struct outbound_header){ name, value };
}

/* ---- as text ---- */

static void put_headers(struct json_writer *writer, const struct outbound_request *request)
{
	json_writer_put_members(writer, "\"headers\":{");
	for (size_t i = 0; i < request->header_count; i++) {
		if (i)
			json_writer_append(writer, ",", 1);
		json_writer_append_string(writer, request->headers[i].name, strlen(request->headers[i].name));
		json_writer_append(writer, ":", 1);
		json_writer_append_string(writer, request->headers[i].value, strlen(request->headers[i].value));
	}
	json_writer_append(writer, "}", 1);
}

/* No less than the text takes: an escaped byte has six. */
static size_t text_bytes_max(const struct outbound_request *request)
{
	size_t bytes = 256 + strlen(request->method) + strlen(request->url) + strlen(request->ca_file) +
	               (request->body ? strlen(request->body) : 0);

	for (size_t i = 0; i < request->header_count; i++)
		bytes += 8 + strlen(request->headers[i].name) + strlen(request->headers[i].value);
	return 6 * bytes;
}

bool outbound_request_text(const struct outbound_request *request, char **out, size_t *out_size, struct error *err)
{
	struct json_writer writer;

	json_writer_begin_text(&writer);
	json_writer_reserve(&writer, text_bytes_max(request)); /* to grow would leave copies of a token */
	json_writer_put_text(&writer, "method", request->method);
	json_writer_put_text(&writer, "url", request->url);
	json_writer_put_text(&writer, "ca_file", request->ca_file);
	json_writer_put_number(&writer, "timeout_ms", (uint64_t)request->timeout_ms);
	if (request->body)
		json_writer_put_text(&writer, "body", request->body);
	put_headers(&writer, request);
	size_t size;
	char *text = json_writer_end_text(&writer, &size);
	if (size > OUTBOUND_REQUEST_BYTES_MAX) {
		outbound_text_destroy(text, size);
		return error_set(err, ERROR_TOO_LARGE, "the request is larger than %d bytes", OUTBOUND_REQUEST_BYTES_MAX);
	}
	*out = text;
	*out_size = size;
	return true;
}

void outbound_text_destroy(char *text, size_t size)
{
	if (text)
		explicit_bzero(text, size);
	free(text);
}

/* ---- and back ---- */

/* A member that may be missing leaves *out as it is. */
static bool read_text(const json_t *json, const char *key, bool is_required, const char **out, struct error *err)
{
	const json_t *value = json_object_get(json, key);

	if (!value && !is_required)
		return true;
	if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a string without NUL", key);
	*out = json_string_value(value);
	return true;
}

static bool is_header_text(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static bool read_headers(const json_t *json, struct outbound_request *out, struct error *err)
{
	json_t *headers = json_object_get(json, "headers"), *value;
	const char *name;

	if (!json_is_object(headers) || json_object_size(headers) > OUTBOUND_HEADERS_MAX)
		return error_set(err, ERROR_INVALID, "\"headers\" must be an object with at most %d members",
		    OUTBOUND_HEADERS_MAX);
	json_object_foreach (headers, name, value) {
		const char *text = "";
		if (!read_text(headers, name, true, &text, err))
			return false;
		if (!*name || strchr(name, ':') || !is_header_text(name) || !is_header_text(text))
			return error_set(err, ERROR_INVALID, "the header \"%.64s\" is malformed", name);
		outbound_request_add_header(out, name, text);
	}
	return true;
}

static bool read_timeout(const json_t *json, struct outbound_request *out, struct error *err)
{
	const json_t *timeout = json_object_get(json, "timeout_ms");

	out->timeout_ms = json_integer_value(timeout);
	return (json_is_integer(timeout) && out->timeout_ms > 0 && out->timeout_ms <= OUTBOUND_TIMEOUT_MS_MAX) ||
	       error_set(err, ERROR_INVALID, "\"timeout_ms\" must be 1 to %d", OUTBOUND_TIMEOUT_MS_MAX);
}

bool outbound_request_read(const json_t *json, struct outbound_request *out, struct error *err)
{
	struct outbound_request request = { .ca_file = "" };

	if (!read_text(json, "method", true, &request.method, err) || !read_text(json, "url", true, &request.url, err) ||
	    !read_text(json, "ca_file", false, &request.ca_file, err) ||
	    !read_text(json, "body", false, &request.body, err) || !read_headers(json, &request, err) ||
	    !read_timeout(json, &request, err))
		return false;
	if (!*request.method || request.method[strspn(request.method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return error_set(err, ERROR_INVALID, "\"method\" must be in capital letters");
	*out = request;
	return true;
}

/* ---- the answer ---- */

void outbound_answer_finish(struct outbound_answer *answer)
{
	free(answer->body);
	free(answer->error);
	*answer = (struct outbound_answer){ 0 };
}

json_t *outbound_answer_json(const struct outbound_answer *answer)
{
	if (answer->error)
		return json_pack("{s:s}", "error", answer->error);
	return json_pack("{s:I, s:s}", "status", (json_int_t)answer->status, "body", answer->body);
}

void outbound_answer_read(const char *text, size_t size, struct outbound_answer *out)
{
	json_t *json = NULL;
	json_int_t status;
	const char *body, *error;

	*out = (struct outbound_answer){ 0 };
	if (!json_decode_object(text, size, &json, NULL)) {
		out->error = memory_text("pokerd-report has printed no answer");
	} else if (!json_unpack(json, "{s:I, s:s !}", "status", &status, "body", &body)) {
		out->status = status;
		out->body = memory_text(body);
	} else if (!json_unpack(json, "{s:s !}", "error", &error)) {
		out->error = memory_text(error);
	} else {
		out->error = memory_text("pokerd-report has printed a malformed answer");
	}
	json_decref(json);
}
