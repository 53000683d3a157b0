/* http_target.h - a request target split into decoded path segments and query parameters. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_TARGET_H
#define COMMON_HTTP_TARGET_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_TARGET_BYTES_MAX = 10240,     /* raw, with the query, in which a path may stand that is encoded twice */
	HTTP_TARGET_PATH_BYTES_MAX = 1024, /* decoded */
	HTTP_TARGET_NAME_BYTES_MAX = 255,  /* of one decoded segment, but for routes that say otherwise */
	HTTP_TARGET_SEGMENTS_MAX = 128,
	HTTP_TARGET_PARAMETERS_MAX = 16,
};

struct http_parameter {
	const char *name;
	const char *value; /* "" where there is no '=' */
};

/* All strings are NUL-terminated, decoded UTF-8 without control characters, and live in the target's memory. It is as
   large as that target needs, since ten thousand of them may wait with their requests. Zeroed is "none yet", and then
   without a path. */
struct http_target {
	const char *authority; /* "noah.example:5678", of a target in absolute form; NULL: it had none */
	const char **segments;
	size_t segment_count;   /* 0 for "/" */
	const char *path;       /* the segments, each behind a '/': "/a/b" of "/a/b/", "" of "/" */
	const char *whole_path; /* so with the trailing '/', where there is one behind a segment */
	bool trailing_slash;    /* "/a/" has one segment and this */
	bool slash_before_last; /* "/a//b" has two segments and this; only routes that say so accept it */
	bool slash_in_segment;  /* some segment held %2F; only routes that say so accept it */
	bool long_segment;      /* some segment is longer than HTTP_TARGET_NAME_BYTES_MAX; likewise */
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
   What *target held before is gone; on failure it holds what was read before it. */
bool http_target_parse(const char *raw, struct http_target *target, struct error *err);

/* As http_target_parse, of a request (RFC 9112, 3.2.1, 3.2.2): absolute form ("http://noah.example/hosts") is taken
   too, and an empty segment before the last one. Neither "*" nor the authority form of CONNECT is. */
bool http_target_parse_request(const char *raw, struct http_target *target, struct error *err);

/* Whether a text has only characters that may stand in a host and its port (RFC 9110, 7.2; no user information). */
bool http_authority_is_clean(const char *text, size_t size);

/* Frees what parsing took; the target is as zeroed. */
void http_target_finish(struct http_target *target);

/* The value of the first parameter of that name, or NULL. */
const char *http_target_parameter(const struct http_target *target, const char *name);
/* False and ERROR_INVALID where there is more than one: which is meant cannot be known. */
bool http_target_check_once(const struct http_target *target, const char *name, struct error *err);

#endif
