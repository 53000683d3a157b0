/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/body.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool check_string(const char *key, const json_t *value, struct error *err)
{
	if (!json_is_string(value))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a string, not %s", key, json_type_name(value));
	if (memchr(json_string_value(value), '\0', json_string_length(value)))
		return error_set(err, ERROR_INVALID, "\"%s\" must not contain a NUL character", key);
	return true;
}

static bool check_array(const char *key, const json_t *value, struct error *err)
{
	return json_is_array(value) ||
	       error_set(err, ERROR_INVALID, "\"%s\" must be an array, not %s", key, json_type_name(value));
}

static bool check_number(const char *key, const json_t *value, struct error *err)
{
	return json_is_number(value) ||
	       error_set(err, ERROR_INVALID, "\"%s\" must be a number, not %s", key, json_type_name(value));
}

static bool body_is_empty(const json_t *value)
{
	return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
}

static bool is_missing(const char *key, struct error *err)
{
	return error_set(err, ERROR_INVALID, "%c%s attribute missing", toupper((unsigned char)*key), key + 1);
}

static bool check_names(const char *key, const json_t *value, struct error *err)
{
	const json_t *name;
	size_t i;

	if (!json_is_array(value) && !json_is_string(value))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a string or an array of strings, not %s", key,
		    json_type_name(value));
	if (json_is_string(value))
		return check_string(key, value, err) && name_check(key, json_string_value(value), err);
	if (json_array_size(value) == 0)
		return is_missing(key, err);
	if (json_array_size(value) > BODY_NAMES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "\"%s\" may have at most %d names", key, BODY_NAMES_MAX);
	json_array_foreach (value, i, name) {
		if (body_is_empty(name))
			return is_missing(key, err);
		if (!check_string(key, name, err) || !name_check(key, json_string_value(name), err))
			return false;
	}
	return true;
}

static bool check_value(const struct body_key *key, const json_t *value, struct error *err)
{
	static bool (*const checks[])(const char *key, const json_t *value, struct error *err) = {
		[BODY_STRING] = check_string,
		[BODY_STRING_OR_NULL] = check_string,
		[BODY_ARRAY] = check_array,
		[BODY_NUMBER] = check_number,
		[BODY_NAMES] = check_names,
	};

	if (!value || key->type == BODY_ANY || (key->type == BODY_STRING_OR_NULL && json_is_null(value)))
		return true;
	if (body_is_empty(value))
		return is_missing(key->name, err);
	return checks[key->type](key->name, value, err);
}

bool body_check(const json_t *body, const struct body_key *keys, struct error *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(body))
		return error_set(err, ERROR_INVALID, "This must be an object, not %s", json_type_name(body));
	for (const struct body_key *key = keys; key->name; key++)
		if (!key->is_optional && !json_object_get(body, key->name))
			return error_set(err, ERROR_INVALID, "Missing Parameters");
	for (const struct body_key *key = keys; key->name; key++)
		if (!check_value(key, json_object_get(body, key->name), err))
			return false;
	json_object_foreach ((json_t *)body, name, value) {
		const struct body_key *key = keys;
		while (key->name && strcmp(key->name, name) != 0)
			key++;
		if (!key->name)
			return error_set(err, ERROR_INVALID, "Unknown parameter \"%.64s\"", name);
	}
	return true;
}

bool body_decode(const char *bytes, size_t size, const struct body_key *keys, json_t **out, struct error *err)
{
	json_t *body = NULL;

	if (size == 0)
		return error_set(err, ERROR_INVALID, "Missing Parameters");
	if (!json_decode_object(bytes, size, &body, err))
		return false;
	if (!body_check(body, keys, err)) {
		json_decref(body);
		return false;
	}
	*out = body;
	return true;
}

const char *body_string(const json_t *body, const char *key)
{
	return json_string_value(json_object_get(body, key));
}

static char *add_name(char *take_names, const json_t *name)
{
	char *names = memory_format("%s%s\n", take_names, json_string_value(name));

	free(take_names);
	return names;
}

char *body_names(const json_t *body, const char *key)
{
	const json_t *value = json_object_get(body, key), *name;
	char *names = memory_text("");
	size_t i;

	if (json_is_string(value))
		names = add_name(names, value);
	json_array_foreach (value, i, name)
		names = add_name(names, name);
	return names;
}
