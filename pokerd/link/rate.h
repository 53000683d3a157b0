/* rate.h - how often something may happen: a token bucket that is one number. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LINK_RATE_H
#define POKERD_LINK_RATE_H

#include <stdint.h>

struct rate {
	int64_t interval_ms; /* one token comes back in this; */
	int64_t burst;       /* so many there are */
};

/* Takes a token of the bucket that *full_ms stands for: when it will be full again, 0 for a fresh one. More may be
   taken than there are, up to twice the burst: then the wait is longer. */
void rate_take(const struct rate *rate, int64_t *full_ms, int64_t now_ms);

/* How long until there is a token; 0: there is one now. */
int64_t rate_wait_ms(const struct rate *rate, int64_t full_ms, int64_t now_ms);

#endif
