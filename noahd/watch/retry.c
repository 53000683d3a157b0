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

/* The receiver's Retry-After replaces the schedule, but cannot shorten the delay below the first step or extend it to
   days. */
static int64_t delay_ms(const struct retry_policy *policy, const struct outcome *outcome,
    const struct retry_situation *situation)
{
	const int64_t *steps_ms = policy->delays_ms, asked_ms = outcome->retry_after_ms;
	const size_t last = policy->delay_count - 1, step = situation->tries ? situation->tries - 1 : 0;

	if (asked_ms > RETRY_AFTER_MS_MAX)
		return RETRY_AFTER_MS_MAX;
	if (asked_ms > 0)
		return asked_ms > steps_ms[0] ? asked_ms : steps_ms[0];
	return (int64_t)((double)steps_ms[step < last ? step : last] * (0.8 + 0.4 * situation->jitter));
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
