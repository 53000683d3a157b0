/* expiry_guard.h - holds expiry back when so many lifetimes end at once that the network is the likely cause. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EXPIRY_EXPIRY_GUARD_H
#define NOAHD_EXPIRY_EXPIRY_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* If more than EXPIRY_GUARD_PERCENT of all lifetimes, and at least EXPIRY_GUARD_MIN, would end within one minute,
   renewals are missing rather than objects. */
enum { EXPIRY_GUARD_PERCENT = 15, EXPIRY_GUARD_MIN = 20, EXPIRY_GUARD_SECONDS = 60 };

/* Zeroed: nothing has expired. Pure; times are clock_monotonic_ms. */
struct expiry_guard {
	size_t expired[EXPIRY_GUARD_SECONDS]; /* in each second of the last minute, by second modulo that */
	int64_t second;                       /* the latest one counted */
};

/* So many have expired now. */
void expiry_guard_note(struct expiry_guard *guard, int64_t now_ms, size_t count);

/* Whether to hold those that are due, while so many others run. */
bool expiry_guard_holds(struct expiry_guard *guard, int64_t now_ms, size_t due, size_t running);

#endif
