/* log_throttle.h - limits log lines about one endpoint: the same reason only after a while, a new one at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_LOG_THROTTLE_H
#define NOAHD_WATCH_LOG_THROTTLE_H

#include "noahd/watch/retry.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOG_THROTTLE_REASONS = 4 };

/* Zeroed: nothing was logged. */
struct log_throttle {
	struct throttled_reason {
		uint32_t hash;
		int64_t at_ms; /* monotonic; 0: none */
	} reasons[LOG_THROTTLE_REASONS];
};

/* Whether to log this reason now; if so, it counts as logged. Two outcomes have the same reason if they have the same
   status and their texts differ in numbers only, such as times. */
bool log_throttle_admits(struct log_throttle *throttle, const struct outcome *outcome, int64_t now_ms,
    int64_t again_ms);

#endif
