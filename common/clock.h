/* clock.h - the clocks of the machine, read in one place. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* For intervals and deadlines: never goes back; its zero is arbitrary. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/* Like the monotonic clock, but it also runs while the machine is suspended. */
int64_t clock_boot_ms(void);

/* Since 1970-01-01 UTC; an operator or NTP may set it forward or back. */
int64_t clock_wall_ms(void);

enum { CLOCK_TEXT_BYTES = 24 };

/* Writes "2012-05-10 02:22:53 UTC" (Noah's format) and returns out. */
const char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_BYTES]);

enum { CLOCK_RFC3339_BYTES = 25 };

/* Writes "2012-05-10T02:22:53.042Z" (RFC 3339, 5.6, with milliseconds) and returns out. */
const char *clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES]);

#endif
