/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/retry.h"

#include <stdbool.h>

enum { HOPELESS_TRIES_MAX = 5 };

/* The same request would get this answer again, so it must not block the queue for days. */
static bool is_hopeless(const struct outcome *outcome)
{
	static const unsigned hopeless[] = { 400, 413, 415, 422 };

	for (size_t i = 0; i < sizeof(hopeless) / sizeof(*hopeless); i++) {
		if (outcome->kind == OUTCOME_ANSWERED && outcome->status == hopeless[i])
			return true;
	}
	return false;
}

static int64_t scheduled_ms(const struct retry_policy *policy, unsigned tries)
{
	size_t last = policy->delay_count - 1;
	size_t step = tries ? tries - 1 : 0;

	return policy->delays_ms[step < last ? step : last];
}

/* The receiver's Retry-After replaces the schedule, but cannot shorten the delay below the first step or extend it to
   days. */
static int64_t asked_ms(const struct retry_policy *policy, int64_t retry_after_ms)
{
	if (retry_after_ms > RETRY_AFTER_MS_MAX)
		return RETRY_AFTER_MS_MAX;
	return retry_after_ms > policy->delays_ms[0] ? retry_after_ms : policy->delays_ms[0];
}

static int64_t delay_ms(const struct retry_policy *policy, const struct outcome *outcome,
    const struct retry_situation *situation)
{
	if (outcome->retry_after_ms > 0)
		return asked_ms(policy, outcome->retry_after_ms);
	return (int64_t)((double)scheduled_ms(policy, situation->tries) * (0.8 + 0.4 * situation->jitter));
}

struct retry_verdict retry_decide(const struct retry_policy *policy, const struct outcome *outcome,
    const struct retry_situation *situation)
{
	int64_t delay = delay_ms(policy, outcome, situation);

	if (outcome->kind == OUTCOME_STALE)
		return (struct retry_verdict){ RETRY_AT_ONCE, 0 };
	if (outcome->kind == OUTCOME_REFUSED)
		return (struct retry_verdict){ RETRY_DEAD, 0 };
	if (outcome->kind == OUTCOME_ANSWERED && outcome->status / 100 == 2)
		return (struct retry_verdict){ RETRY_DONE, 0 };
	if (outcome->kind == OUTCOME_ANSWERED && outcome->status == 410)
		return (struct retry_verdict){ RETRY_DISABLE, 0 };
	if (is_hopeless(outcome) && situation->tries >= HOPELESS_TRIES_MAX)
		return (struct retry_verdict){ RETRY_DEAD, 0 };
	if (situation->failing_ms >= policy->suspend_ms)
		return (struct retry_verdict){ RETRY_SUSPEND, 0 };
	if (situation->waited_ms >= policy->give_up_ms)
		return (struct retry_verdict){ RETRY_EXPIRED, delay };
	return (struct retry_verdict){ RETRY_AGAIN, delay };
}
