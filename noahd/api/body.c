/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/body.h"

#include "common/http_server.h"
#include "common/json.h"
#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"

#include <ctype.h>
#include <string.h>

static bool check_string(const char *key, const json_t *value, struct error *err)
{
	if (json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0))
		return error_set(err, ERROR_INVALID, "%c%s attribute missing", toupper((unsigned char)*key), key + 1);
	if (!json_is_string(value))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a string, not %s", key, json_type_name(value));
	if (memchr(json_string_value(value), '\0', json_string_length(value)))
		return error_set(err, ERROR_INVALID, "\"%s\" must not hold a NUL character", key);
	return true;
}

static bool is_expected(const char *key, const char *const *keys)
{
	while (*keys && strcmp(*keys, key) != 0)
		keys++;
	return *keys != NULL;
}

static bool check(json_t *body, const char *const *keys, struct error *err)
{
	const char *key;
	json_t *value;

	for (const char *const *expected = keys; *expected; expected++)
		if (!json_object_get(body, *expected))
			return error_set(err, ERROR_INVALID, "Missing Parameters");
	for (const char *const *expected = keys; *expected; expected++)
		if (!check_string(*expected, json_object_get(body, *expected), err))
			return false;
	json_object_foreach (body, key, value)
		if (!is_expected(key, keys))
			return error_set(err, ERROR_INVALID, "Unknown parameter \"%.64s\"", key);
	return true;
}

bool body_decode(const char *bytes, size_t size, const char *const *keys, json_t **out, struct error *err)
{
	json_t *body = NULL;

	if (size == 0)
		return error_set(err, ERROR_INVALID, "Missing Parameters");
	if (!json_decode_object(bytes, size, &body, err))
		return false;
	if (!check(body, keys, err)) {
		json_decref(body);
		return false;
	}
	*out = body;
	return true;
}

bool body_strings(const struct http_call *call, const char *const *keys, json_t **out, struct error *err)
{
	size_t size;
	const char *bytes = http_request_body(call->request, &size);

	return body_decode(bytes, size, keys, out, err);
}

void body_write(struct http_call *call, const char *const *keys, write_planner *plan)
{
	struct error err;
	json_t *body;

	if (body_strings(call, keys, &body, &err))
		write_queue_add(call, plan, body);
	else
		answer_error(call->request, api_of(call), &err);
}

const char *body_string(const json_t *body, const char *key)
{
	return json_string_value(json_object_get(body, key));
}
