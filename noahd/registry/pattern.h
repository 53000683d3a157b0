/* pattern.h - patterns, and the paths they match. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PATTERN_H
#define NOAHD_REGISTRY_PATTERN_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { PATTERN_BYTES_MAX = 2048, PATTERN_SEGMENTS_MAX = 128 };

/* In decoded patterns, which contain no other control character. */
#define PATTERN_ANY_SEGMENT '\1'

/* "//noah" and a percent-encoded URL path. It matches that path and everything below. */
struct pattern {
	size_t segment_count;                       /* 0: it matches everything */
	const char *segments[PATTERN_SEGMENTS_MAX]; /* decoded, in text; NULL: any segment ("*") */
	char text[PATTERN_BYTES_MAX + 1];
};

/* A trailing '/' is ignored. "%2F" separates segments like '/', since decoded paths are matched; "%2A" is a literal
   star. ERROR_INVALID: it does not begin with "//noah", has "", "." or ".." as a segment, a bad escape or a control
   character, or is not UTF-8. ERROR_TOO_LARGE: it exceeds PATTERN_BYTES_MAX or PATTERN_SEGMENTS_MAX. On failure *out is
   undefined. */
bool pattern_parse(const char *text, struct pattern *out, struct error *err);

/* As pattern_parse, without the result. */
bool pattern_check(const char *pattern, struct error *err);

/* The path of a pattern, for comparison: decoded, with PATTERN_ANY_SEGMENT for "*" ("/services/\1/web1"), and not
   longer than the pattern; "": everything. NULL: malformed. free() it. */
char *pattern_decode(const char *pattern);

/* Whether above matches everything that below matches; both are decoded. Equal patterns cover each other. */
bool pattern_covers(const char *above, const char *below);

/* Whether it matches a decoded path. */
bool pattern_matches(const char *pattern, const char *path);

/* A segment of a decoded path, not NUL-terminated. */
struct path_segment {
	const char *text;
	size_t size;
};

/* The next segment of a decoded path, where *rest starts as the path; false at its end. A trailing '/' is ignored. */
bool path_next(const char **rest, struct path_segment *out_segment);

#endif
