/* http_target.h - a request target split into decoded path segments and query parameters. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_TARGET_H
#define COMMON_HTTP_TARGET_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_TARGET_BYTES_MAX = 10240,     /* raw, with the query, which may contain a path that is encoded twice */
	HTTP_TARGET_PATH_BYTES_MAX = 1024, /* decoded */
	HTTP_TARGET_NAME_BYTES_MAX = 255,  /* of one decoded segment, unless the route says otherwise */
	HTTP_TARGET_SEGMENTS_MAX = 128,
	HTTP_TARGET_PARAMETERS_MAX = 16,
};

struct http_parameter {
	const char *name;
	const char *value; /* "" if there is no '=' */
};

/* All strings are NUL-terminated, decoded UTF-8 without control characters, in the target's memory. It is only as large
   as needed, since ten thousand targets may wait with their requests. Zeroed means "none yet": it has no path. */
struct http_target {
	const char *authority; /* "noah.example:5678", of a target in absolute form; NULL: it was not */
	const char **segments;
	size_t segment_count;   /* 0 for "/" */
	const char *path;       /* the segments, each after a '/': "/a/b" for "/a/b/", "" for "/" */
	const char *whole_path; /* the same with the trailing '/', if one follows a segment */
	bool trailing_slash;    /* "/a/" has one segment and this */
	bool slash_before_last; /* "/a//b" has two segments and this; only routes that say so accept it */
	bool slash_in_segment;  /* a segment contained %2F; only routes that say so accept it */
	bool long_segment;      /* a segment is longer than HTTP_TARGET_NAME_BYTES_MAX; likewise */
	struct http_parameter *parameters;
	size_t parameter_count;
	char *text;
	size_t text_bytes;
	void *memory; /* one block with all of these; kept for the next target that is parsed into it */
	size_t memory_bytes;
};

/* Splits before it decodes (RFC 3986, 2.1, 3.3, 3.4; '+' stays '+' in paths, is a space in queries).
   Only origin form. ERROR_INVALID: not beginning with one "/", an empty segment before the last, "." or "..",
   a bad %-escape, a space, "#", a control character (%00 too), bytes that are not UTF-8. ERROR_TOO_LARGE (414): target,
   path too long.
   Replaces the contents of *target; on failure it holds what was read until then. */
bool http_target_parse(const char *raw, struct http_target *target, struct error *err);

/* Like http_target_parse, for a request (RFC 9112, 3.2.1, 3.2.2): also accepts the absolute form
   ("http://noah.example/hosts") and an empty segment before the last one, but neither "*" nor the authority form of
   CONNECT. */
bool http_target_parse_request(const char *raw, struct http_target *target, struct error *err);

/* Whether a text has only characters of a host and its port (RFC 9110, 7.2; no user information). */
bool http_authority_is_clean(const char *text, size_t size);

/* Frees the target's memory and zeroes it. */
void http_target_finish(struct http_target *target);

/* The value of the first parameter of that name, or NULL. */
const char *http_target_parameter(const struct http_target *target, const char *name);
/* False and ERROR_INVALID if there is more than one, since it is unclear which is meant. */
bool http_target_check_once(const struct http_target *target, const char *name, struct error *err);

#endif
