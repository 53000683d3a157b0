/* error.h - what went wrong, in words for the person who has to fix it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdbool.h>

/* Each kind means something different to a client; one table in noahd maps them to HTTP. */
enum error_kind {
	ERROR_NONE,
	ERROR_INVALID,         /* the request or the setting is malformed */
	ERROR_NOT_FOUND,       /* the object does not exist */
	ERROR_CONFLICT,        /* it conflicts with the current state */
	ERROR_CONDITION,       /* a precondition of the request failed */
	ERROR_TOO_LARGE,       /* it exceeds a limit, which the text names */
	ERROR_UNAUTHENTICATED, /* the caller has not proved who it is */
	ERROR_DENIED,          /* the caller is not allowed to */
	ERROR_UNAVAILABLE,     /* not now: no space, busy, locked; may work later */
	ERROR_INTERNAL,        /* a fault of the program or the machine */
};

/* Lives on the caller's stack; needs neither initialization nor cleanup. */
struct error {
	enum error_kind kind;
	char text[512];
};

/* Fills err (which may be NULL) and returns false, so that a failing function can return its result. The text is valid
   UTF-8 whatever was formatted into it: other bytes become '?'. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Like error_set, with ": " and the text of errno appended. Preserves errno. */
bool error_set_errno(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
