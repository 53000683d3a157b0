/* rate.h - limits how often something may happen: a token bucket stored in one number. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LINK_RATE_H
#define POKERD_LINK_RATE_H

#include <stdint.h>

struct rate {
	int64_t interval_ms; /* time after which one token comes back */
	int64_t burst;       /* size of the bucket */
};

/* Takes a token of the bucket. *full_ms is the time at which it will be full again, 0 for a new one. More tokens may be
   taken than it has, up to twice the burst: then the wait is longer. */
void rate_take(const struct rate *rate, int64_t *full_ms, int64_t now_ms);

/* Takes that many. */
void rate_take_many(const struct rate *rate, int64_t tokens, int64_t *full_ms, int64_t now_ms);

/* Time until there is a token; 0: there is one now. */
int64_t rate_wait_ms(const struct rate *rate, int64_t full_ms, int64_t now_ms);

#endif
