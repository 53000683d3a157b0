/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_queue_private.h"

#include <stdio.h>
#include <string.h>

/* What a run's end means for its rule. */
static const struct aftermath {
	enum { FAILURES_FORGET, FAILURES_KEEP, FAILURES_COUNT } failures;
	bool needs_boot;
	enum run_want_kind want;
	enum { DUE_NOW, DUE_LATER, DUE_CONFIGURED } due;
} aftermaths[] = {
	[RUN_THEN_NOTHING] = { FAILURES_FORGET, false, RUN_WANT_NONE, DUE_NOW },
	[RUN_THEN_ALERT] = { FAILURES_FORGET, false, RUN_WANT_NONE, DUE_NOW },
	[RUN_THEN_AT_ONCE] = { FAILURES_KEEP, false, RUN_WANT_AGAIN, DUE_NOW },
	[RUN_THEN_BOOT] = { FAILURES_FORGET, true, RUN_WANT_NONE, DUE_NOW },
	[RUN_THEN_BOOT_AND_AGAIN] = { FAILURES_COUNT, true, RUN_WANT_RETRY, DUE_NOW },
	[RUN_THEN_CONFIGURE] = { FAILURES_COUNT, false, RUN_WANT_RETRY, DUE_CONFIGURED },
	[RUN_THEN_RETRY] = { FAILURES_COUNT, false, RUN_WANT_RETRY, DUE_LATER },
	[RUN_THEN_LOST] = { FAILURES_COUNT, false, RUN_WANT_NONE, DUE_NOW },
};

static void want_after(struct rule_queue *rule, const struct aftermath *aftermath, const char *run_id, int64_t now_ms)
{
	struct run_want want = { .kind = aftermath->want, .due_ms = now_ms };

	snprintf(want.attempt_of, sizeof(want.attempt_of), "%s", run_id);
	if (aftermath->due == DUE_LATER)
		want.due_ms += breaker_retry_ms(&rule->failures);
	if (aftermath->due == DUE_CONFIGURED)
		snprintf(want.configuration, sizeof(want.configuration), "%s", rule->digest);
	run_want_add(&rule->want, &want);
}

void run_queue_ended(struct run_queue *queue, enum run_then then, const char *run_id, int64_t now_ms)
{
	struct rule_queue *rule = &queue->rules[queue->running_rule];

	if (then == RUN_THEN_AT_ONCE && rule->taken.kind == RUN_WANT_AGAIN)
		then = RUN_THEN_RETRY; /* it was repeated at once before */
	const struct aftermath *aftermath = &aftermaths[then];
	run_queue_finished(queue);
	if (aftermath->failures == FAILURES_COUNT)
		breaker_failed(&rule->failures, queue->failures_to_hold, now_ms);
	else if (aftermath->failures == FAILURES_FORGET)
		rule->failures = (struct breaker_failures){ 0 };
	if (aftermath->needs_boot && *queue->boot) {
		snprintf(queue->gates.reboot_boot, sizeof(queue->gates.reboot_boot), "%s", queue->boot);
		snprintf(queue->gates.reboot_run, sizeof(queue->gates.reboot_run), "%s", run_id);
	}
	if (aftermath->want)
		want_after(rule, aftermath, run_id, now_ms);
}
