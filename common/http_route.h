/* http_route.h - which row of a daemon's route table a request belongs to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_ROUTE_H
#define COMMON_HTTP_ROUTE_H

#include "common/http_target.h"

#include <stdbool.h>
#include <stddef.h>

struct http_request;

enum { HTTP_ROUTE_CAPTURES_MAX = 4 };

/* A request on its way to its handler. Borrowed by the handler; the strings live as long as the request. */
struct http_call {
	struct http_request *request; /* NULL: it came inside another request */
	const struct http_target *target;
	const char *body; /* never NULL; NUL-terminated beyond its size */
	size_t body_size;
	const char *captures[HTTP_ROUTE_CAPTURES_MAX]; /* the value of each ":name", in order */
	size_t rest_first, rest_count;                 /* the segments that "**" took */
	void *context;                                 /* the daemon's */
	const void *row;                               /* the matching row of the daemon's route table */
	void *caller;                                  /* the daemon's caller; NULL: not yet known */
};

typedef void http_handler(struct http_call *call);

enum http_route_flag {
	HTTP_ROUTE_ANY_NAME = 1, /* a segment may hold a '/' (written %2F), and be longer than names are otherwise */
	HTTP_ROUTE_SLASH_BEFORE_WORD = 4, /* what "**" takes may end with a '/' before the next word: "/a//word" */
	HTTP_ROUTE_REST_KEEPS_SLASH = 2,  /* a trailing '/' belongs to what "**" takes */
};

/* A row: "/services/:service/:host", "/ephemerals/" "**" (one segment or more); one word may follow "**". NULL: not
   this method. */
struct http_route {
	const char *pattern;
	http_handler *get, *put, *post, *delete;
	unsigned flags;
};

/* False: http_route_fits is false, too, which the first two bytes show. This skips most rows of a long table. */
static inline bool http_route_may_fit(const char *pattern, const char *first_segment)
{
	const char *word = pattern + 1;

	if (word[0] == '\0' || word[0] == ':' || word[0] == '*')
		return true;
	return word[0] == first_segment[0] && (word[1] == first_segment[1] || word[1] == '/');
}

/* "" for the target "/". */
static inline const char *http_route_first_segment(const struct http_target *target)
{
	return target->segment_count ? target->segments[0] : "";
}

/* Whether a call's target matches the pattern; fills in captures and rest. A trailing '/' is ignored. A target with %2F
   in a segment, or with a long one, matches only if the flags allow it. */
bool http_route_fits(const char *pattern, unsigned flags, struct http_call *call);

/* The first matching row in the order of the table; NULL: none. Ignores the method. */
const struct http_route *http_route_find(const struct http_route *table, size_t rows, struct http_call *call);

/* The handler for a method's name, HEAD being GET's; NULL: not in this row. */
http_handler *http_route_handler(const struct http_route *route, const char *method);

/* "GET, HEAD, PUT": the value of Allow (RFC 9110, 10.2.1). */
void http_route_allow(const struct http_route *route, char *out, size_t out_size);

#endif
