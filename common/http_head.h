/* http_head.h - whether a request's head holds nothing but the strings that libmicrohttpd 0.9.75 found in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_HEAD_H
#define COMMON_HTTP_HEAD_H

#include "common/http_request_check.h"

#include <stdbool.h>
#include <stddef.h>

/* The strings stand in the buffer into which the head was read, a NUL for each separator: one
   for a space or a colon, two for a line end. As long as each begins right behind the one before, the head holds
   nothing else. That is not so with a NUL, which ends a string early; with a folded line, which is joined to the name
   before it; with a bare LF for a line end; with a field without a name, which is taken for the end of the head. What
   cannot be told from a line end is a NUL, or a colon alone in the last line, before a bare LF.
   Fed the first line, then each field in turn; plain data. */
struct http_head {
	const char *start, *next; /* where the next string is to begin */
	bool is_gapless;
};

void http_head_begin(struct http_head *head, const char *method, const char *target, size_t target_size,
    const char *version);
void http_head_field(struct http_head *head, const struct http_field *field);
/* Whether the strings are all of a head of that size, with its empty line. */
bool http_head_is_whole(const struct http_head *head, size_t size);

#endif
