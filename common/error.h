/* error.h - what went wrong, in words for the person who has to mend it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdbool.h>

/* Each kind means something to a client; noahd/api maps them to HTTP in one table. */
enum error_kind {
	ERROR_NONE,
	ERROR_INVALID,         /* the request or the setting is malformed */
	ERROR_NOT_FOUND,       /* what it names does not exist */
	ERROR_CONFLICT,        /* it contradicts what exists */
	ERROR_CONDITION,       /* it was to happen only if something else held */
	ERROR_TOO_LARGE,       /* it exceeds a limit that the text names */
	ERROR_UNAUTHENTICATED, /* nobody knows who the caller is */
	ERROR_DENIED,          /* the caller may not */
	ERROR_UNAVAILABLE,     /* not now: no room, busy, locked; may work later */
	ERROR_INTERNAL,        /* a fault of ours or of the machine */
};

/* Lives on the caller's stack; needs no initialising and no freeing. */
struct error {
	enum error_kind kind;
	char text[512];
};

/* Fills err (which may be NULL) and returns false, so that a failing function can end with it. The text is UTF-8
   whatever was formatted into it: bytes that are not become '?'. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the text of errno appended. errno is kept. */
bool error_set_errno(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
