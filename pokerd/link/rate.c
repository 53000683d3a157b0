/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/rate.h"

/* The generic cell rate algorithm (ITU-T I.371). */
void rate_take_many(const struct rate *rate, int64_t tokens, int64_t *full_ms, int64_t now_ms)
{
	int64_t latest_ms = now_ms + 2 * rate->burst * rate->interval_ms;

	*full_ms = (*full_ms > now_ms ? *full_ms : now_ms) + tokens * rate->interval_ms;
	if (*full_ms > latest_ms)
		*full_ms = latest_ms;
}

void rate_take(const struct rate *rate, int64_t *full_ms, int64_t now_ms)
{
	rate_take_many(rate, 1, full_ms, now_ms);
}

int64_t rate_wait_ms(const struct rate *rate, int64_t full_ms, int64_t now_ms)
{
	int64_t ready_ms = full_ms - (rate->burst - 1) * rate->interval_ms;

	return ready_ms > now_ms ? ready_ms - now_ms : 0;
}
