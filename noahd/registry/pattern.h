/* pattern.h - the patterns of watches, and the paths that they match. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PATTERN_H
#define NOAHD_REGISTRY_PATTERN_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { PATTERN_BYTES_MAX = 2048, PATTERN_SEGMENTS_MAX = 128 };

/* In decoded patterns, which hold no other control character. */
#define PATTERN_ANY_SEGMENT '\1'

/* "//noah" and a percent-encoded URL path: it stands for that path and everything below it. */
struct pattern {
	size_t segment_count;                       /* 0: everything */
	const char *segments[PATTERN_SEGMENTS_MAX]; /* decoded, in text; NULL: any one segment ("*") */
	char text[PATTERN_BYTES_MAX + 1];
};

/* A trailing '/' is ignored; "%2F" parts segments as '/' does, since decoded paths are what is matched; "%2A" is a
   plain star. ERROR_INVALID: no "//noah" in front, "", "." or ".." as a segment, a bad escape, a control character, not
   UTF-8. ERROR_TOO_LARGE: PATTERN_BYTES_MAX or PATTERN_SEGMENTS_MAX is passed. *out is scratch on failure. */
bool pattern_parse(const char *text, struct pattern *out, struct error *err);

/* As pattern_parse, for who needs only the verdict. */
bool pattern_check(const char *pattern, struct error *err);

/* The form in which patterns are compared: the decoded path, PATTERN_ANY_SEGMENT for a "*" segment
   ("/services/\1/web1"), not longer than the pattern; "" stands for everything. free() it. NULL: malformed. */
char *pattern_decode(const char *pattern);

/* Both decoded. Whether all that below stands for, above stands for too; equal ones cover each other. */
bool pattern_covers(const char *above, const char *below);

/* path is decoded: "/services/http/web1". */
bool pattern_matches(const char *pattern, const char *path);

/* A segment of a decoded path, not NUL-terminated. */
struct path_segment {
	const char *text;
	size_t size;
};

/* Steps along a decoded path, a trailing '/' ignored: *rest begins as the path; false at its end. */
bool path_next(const char **rest, struct path_segment *out_segment);

#endif
