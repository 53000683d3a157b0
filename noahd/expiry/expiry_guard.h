/* expiry_guard.h - detects mass expiry, whose cause is rather the network than the objects. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EXPIRY_EXPIRY_GUARD_H
#define NOAHD_EXPIRY_EXPIRY_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Expiry is held if more than EXPIRY_GUARD_PERCENT of all lifetimes, and at least EXPIRY_GUARD_MIN, would end within
   one minute. */
enum { EXPIRY_GUARD_PERCENT = 15, EXPIRY_GUARD_MIN = 20, EXPIRY_GUARD_SECONDS = 60 };

/* Zeroed: nothing has expired. Pure; times are clock_monotonic_ms. */
struct expiry_guard {
	size_t expired[EXPIRY_GUARD_SECONDS]; /* in each second of the last minute, at second modulo EXPIRY_GUARD_SECONDS */
	int64_t second;                       /* the last one counted */
};

/* Notes that so many have expired now. */
void expiry_guard_note(struct expiry_guard *guard, int64_t now_ms, size_t count);

/* Whether to hold the lifetimes that are due, while so many others run. */
bool expiry_guard_holds(struct expiry_guard *guard, int64_t now_ms, size_t due, size_t running);

#endif
