/* when.h - times and durations as people type and read them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_WHEN_H
#define POKERD_COMMANDS_WHEN_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* "90", "90s", "30m", "2h", "3d": a number of seconds, minutes, hours or days, more than zero. */
bool when_parse_duration(const char *text, int64_t *out_ms, struct error *err);

/* A time of the wall clock: a duration before now_ms with a unit ("30m"), seconds since 1970 ("1649367553"), or a date
   with or without a time, in UTC: "2026-11-30", "2026-11-30 17:12", "2026-11-30T17:12:03Z", "2026-11-30 17:12:03 UTC".
   */
bool when_parse(const char *text, int64_t now_ms, int64_t *out_ms, struct error *err);

enum { WHEN_TEXT_BYTES = 32 };

/* "0.042 s", "12 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". Returns out. */
const char *when_duration_text(int64_t duration_ms, char out[WHEN_TEXT_BYTES]);

/* "just now", "12 s ago", "3 min ago", "2 h ago", "4 d ago"; "in 3 min" for a time to come. Returns out. */
const char *when_text(int64_t wall_ms, int64_t now_ms, char out[WHEN_TEXT_BYTES]);

#endif
