/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_route.h"

#include <stdio.h>
#include <string.h>

/* What follows the word in the pattern; NULL: the segment differs. */
static const char *after_word(const char *word, const char *segment)
{
	for (; *word && *word != '/' && *word == *segment; word++)
		segment++;
	return *segment == '\0' && (*word == '\0' || *word == '/') ? word : NULL;
}

/* "**": takes the segments from first on, except for a word that may follow it. */
static bool rest_fits(const char *behind, unsigned flags, struct http_call *call, size_t first)
{
	const struct http_target *target = call->target;
	size_t end = target->segment_count;

	if (*behind == '/') {
		bool slash_is_rest = target->trailing_slash && flags & HTTP_ROUTE_REST_KEEPS_SLASH;
		if (slash_is_rest || end <= first || strcmp(behind + 1, target->segments[end - 1]) != 0)
			return false;
		end--;
	}
	if (end <= first)
		return false;
	call->rest_first = first;
	call->rest_count = end - first;
	return true;
}

bool http_route_fits(const char *pattern, unsigned flags, struct http_call *call)
{
	const struct http_target *target = call->target;
	size_t captured = 0, i = 0;

	if ((target->slash_in_segment || target->long_segment) && !(flags & HTTP_ROUTE_ANY_NAME))
		return false;
	if (target->slash_before_last && !(flags & HTTP_ROUTE_SLASH_BEFORE_WORD))
		return false;
	call->rest_first = call->rest_count = 0;
	while (pattern[0] == '/' && pattern[1]) {
		const char *word = pattern + 1;
		if (*word == '*')
			return rest_fits(word + 2, flags, call, i);
		if (i == target->segment_count)
			return false;
		if (*word == ':')
			call->captures[captured++] = target->segments[i];
		pattern = *word == ':' ? strchrnul(word, '/') : after_word(word, target->segments[i]);
		if (!pattern)
			return false;
		i++;
	}
	return i == target->segment_count;
}

const struct http_route *http_route_find(const struct http_route *table, size_t rows, struct http_call *call)
{
	const char *first_segment = http_route_first_segment(call->target);

	for (const struct http_route *route = table; route < table + rows; route++)
		if (http_route_may_fit(route->pattern, first_segment) && http_route_fits(route->pattern, route->flags, call))
			return route;
	return NULL;
}

/* The methods of a row, in the order of Allow. */
static const struct method {
	const char *name;
	size_t handler; /* its place in struct http_route */
} methods[] = {
	{ "GET", offsetof(struct http_route, get) },
	{ "HEAD", offsetof(struct http_route, get) },
	{ "PUT", offsetof(struct http_route, put) },
	{ "POST", offsetof(struct http_route, post) },
	{ "DELETE", offsetof(struct http_route, delete) },
};
enum { METHODS = sizeof(methods) / sizeof(*methods) };

static http_handler *handler_of(const struct http_route *route, const struct method *method)
{
	return *(http_handler *const *)((const char *)route + method->handler);
}

http_handler *http_route_handler(const struct http_route *route, const char *method)
{
	for (size_t i = 0; i < METHODS; i++)
		if (strcmp(methods[i].name, method) == 0)
			return handler_of(route, &methods[i]);
	return NULL;
}

void http_route_allow(const struct http_route *route, char *out, size_t out_size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < METHODS && used < out_size; i++)
		if (handler_of(route, &methods[i]))
			used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? ", " : "", methods[i].name);
}
