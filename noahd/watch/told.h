/* told.h - limits log lines about one endpoint: the same reason only after a while, a new one at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_TOLD_H
#define NOAHD_WATCH_TOLD_H

#include "noahd/watch/retry.h"

#include <stdbool.h>
#include <stdint.h>

enum { TOLD_REASONS = 4 };

/* Zeroed: nothing was logged. */
struct told {
	struct told_reason {
		uint32_t hash;
		int64_t at_ms; /* monotonic; 0: none */
	} reasons[TOLD_REASONS];
};

/* Whether to log this reason now; if so, it counts as logged. Two outcomes have the same reason if they have the same
   status and their texts differ in numbers only, such as times. */
bool told_is_news(struct told *told, const struct outcome *outcome, int64_t now_ms, int64_t again_ms);

#endif
