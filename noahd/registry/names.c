/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/names.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 255 };

bool name_check(const char *key, const char *name, struct error *err)
{
	if (strlen(name) > NAME_BYTES_MAX)
		return error_set(err, ERROR_INVALID, "\"%s\": a name must have at most %d bytes", key, NAME_BYTES_MAX);
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return error_set(err, ERROR_INVALID, "\"%s\": \"%s\" is not a name", key, name);
	for (; *name; name++)
		if (*name == '/' || (unsigned char)*name < ' ' || *name == 0x7f)
			return error_set(err, ERROR_INVALID, "\"%s\": a name must not contain \"/\" or a control character", key);
	return true;
}

bool names_are_sound(const char *bytes, size_t size)
{
	return size > 0 && bytes[size - 1] == '\n' && utf8_is_valid(bytes, size);
}

char *names_next(const char **rest)
{
	const char *name = *rest;
	const char *end = name ? strchr(name, '\n') : NULL;

	if (!end)
		return NULL;
	*rest = end + 1;
	return memory_copy(name, (size_t)(end - name));
}

bool names_are_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

size_t names_count(const char *names)
{
	size_t count = 0;

	for (; names && *names; names++)
		count += *names == '\n';
	return count;
}

bool names_have(const char *names, const char *name)
{
	size_t size = strlen(name);

	for (const char *end; names && (end = strchr(names, '\n')); names = end + 1)
		if ((size_t)(end - names) == size && !memcmp(names, name, size))
			return true;
	return false;
}

/* Appends the names that are not in others, which may be the list itself; the list has room for them. */
static void names_append(char *list, const char *names, const char *others)
{
	char *end = list + strlen(list), *name;

	while ((name = names_next(&names))) {
		if (!names_have(others, name)) {
			end = stpcpy(end, name);
			end = stpcpy(end, "\n");
		}
		free(name);
	}
}

static size_t names_bytes_of(const char *names)
{
	return names ? strlen(names) : 0;
}

static char *none_is_null(char *take_list)
{
	if (*take_list)
		return take_list;
	free(take_list);
	return NULL;
}

char *names_with(const char *names, const char *more)
{
	char *list = memory_zeroed(names_bytes_of(names) + names_bytes_of(more) + 1, 1);

	names_append(list, names, list);
	names_append(list, more, list);
	return none_is_null(list);
}

char *names_without(const char *names, const char *fewer)
{
	char *list = memory_zeroed(names_bytes_of(names) + 1, 1);

	names_append(list, names, fewer);
	return none_is_null(list);
}

json_t *names_view(const char *names)
{
	json_t *array = json_array();

	for (const char *end; names && (end = strchr(names, '\n')); names = end + 1)
		json_array_append_new(array, json_stringn(names, (size_t)(end - names)));
	return array;
}
