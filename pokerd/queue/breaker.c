/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/breaker.h"

#include <string.h>

static int64_t doubled(int64_t first_ms, unsigned times, int64_t longest_ms)
{
	int64_t wait_ms = first_ms;

	while (times-- > 0 && wait_ms < longest_ms)
		wait_ms *= 2;
	return wait_ms < longest_ms ? wait_ms : longest_ms;
}

void breaker_failed(struct breaker_failures *failures, unsigned to_hold, int64_t now_ms)
{
	failures->count++;
	if (to_hold && failures->count >= to_hold)
		failures->until_ms = now_ms + doubled(BREAKER_FIRST_MS, failures->count - to_hold, BREAKER_LONGEST_MS);
}

int64_t breaker_failures_ms(const struct breaker_failures *failures, unsigned to_hold)
{
	return to_hold && failures->count >= to_hold ? failures->until_ms : INT64_MIN;
}

int64_t breaker_retry_ms(const struct breaker_failures *failures)
{
	return doubled(BREAKER_RETRY_FIRST_MS, failures->count ? failures->count - 1 : 0, BREAKER_RETRY_LONGEST_MS);
}

void breaker_started(struct breaker_hour *hour, int64_t now_ms)
{
	unsigned past = 0;

	while (past < hour->count && hour->starts[past] <= now_ms - BREAKER_HOUR_MS)
		past++;
	if (hour->count - past == BREAKER_PER_HOUR_MAX)
		past++;
	hour->count -= past;
	memmove(hour->starts, hour->starts + past, hour->count * sizeof(*hour->starts));
	hour->starts[hour->count++] = now_ms;
}

int64_t breaker_hour_ms(const struct breaker_hour *hour, unsigned per_hour)
{
	return !per_hour || hour->count < per_hour ? INT64_MIN : hour->starts[hour->count - per_hour] + BREAKER_HOUR_MS;
}
