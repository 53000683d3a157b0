/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/prefer.h"

#include <string.h>
#include <strings.h>

static const char *skip_space(const char *rest)
{
	return rest + strspn(rest, " \t");
}

/* RFC 9110, 5.6.2. */
static struct prefer_value take_token(const char **rest)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct prefer_value value = { *rest, strspn(*rest, token) };

	*rest += value.size;
	return value;
}

/* A quoted text, between its quotes. text NULL: it does not end. */
static struct prefer_value take_quoted(const char **rest)
{
	struct prefer_value value = { *rest + 1, 0 };
	const char *end = value.text;

	while (*end && *end != '"')
		end += *end == '\\' && end[1] ? 2 : 1;
	if (!*end)
		return (struct prefer_value){ 0 };
	value.size = (size_t)(end - value.text);
	*rest = end + 1;
	return value;
}

/* "name", "name=token", "name="quoted"". False: what stands there is none of these. */
static bool take_pair(const char **rest, struct prefer_value *out_name, struct prefer_value *out_value)
{
	struct prefer_value none = { *rest, 0 };

	*out_name = take_token(rest);
	*out_value = none;
	*rest = skip_space(*rest);
	if (!out_name->size || **rest != '=')
		return out_name->size > 0;
	*rest = skip_space(*rest + 1);
	*out_value = **rest == '"' ? take_quoted(rest) : take_token(rest);
	*rest = out_value->text ? skip_space(*rest) : *rest;
	return out_value->text != NULL;
}

static bool is_named(const struct prefer_value *value, const char *name)
{
	return strlen(name) == value->size && !strncasecmp(value->text, name, value->size);
}

/* A preference; its parameters are ignored. */
static bool take_preference(const char **rest, struct prefer_value *out_name, struct prefer_value *out_value)
{
	struct prefer_value name, value; /* of a parameter */

	if (!take_pair(rest, out_name, out_value))
		return false;
	while (**rest == ';') {
		*rest = skip_space(*rest + 1);
		if (**rest && !strchr(";,", **rest) && !take_pair(rest, &name, &value))
			return false;
	}
	return **rest == ',' || !**rest;
}

bool prefer_find(const char *header, const char *name, struct prefer_value *out)
{
	struct prefer_value found = { 0 }, key, value;
	const char *rest = header;

	while (*(rest += strspn(rest, " \t,"))) {
		if (!take_preference(&rest, &key, &value))
			return false;
		if (!found.text && is_named(&key, name))
			found = value;
	}
	*out = found;
	return true;
}
