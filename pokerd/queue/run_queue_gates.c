/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_queue_private.h"

#include <stdio.h>
#include <string.h>

void run_queue_hold(struct run_queue *queue, const char *reason, int64_t until_ms)
{
	queue->gates.held_until_ms = until_ms;
	snprintf(queue->gates.held_reason, sizeof(queue->gates.held_reason), "%s", reason);
}

void run_queue_configured(struct run_queue *queue, int64_t now_ms)
{
	for (size_t i = 0; i < queue->rule_count; i++) {
		struct run_want *want = &queue->rules[i].want;
		if (!*want->configuration)
			continue;
		want->configuration[0] = '\0';
		want->due_ms = now_ms;
	}
}

bool run_queue_release(struct run_queue *queue, enum run_queue_release how, int64_t now_ms)
{
	struct gates *gates = &queue->gates;
	bool was_held = false;

	for (size_t i = 0; i < queue->rule_count; i++) {
		struct rule_queue *rule = &queue->rules[i];
		was_held |= run_queue_gate_ms(queue, rule, GATE_BREAKER, now_ms) > now_ms ||
		            run_queue_gate_ms(queue, rule, GATE_CONFIGURATION, now_ms) > now_ms;
		rule->failures = (struct breaker_failures){ 0 };
	}
	was_held |= gates->held_until_ms > now_ms || (how == RUN_QUEUE_RELEASE_ALL && *gates->reboot_boot);
	queue->hour.count = 0;
	gates->held_until_ms = INT64_MIN;
	if (how == RUN_QUEUE_RELEASE_ALL)
		gates->reboot_boot[0] = '\0';
	run_queue_configured(queue, now_ms);
	return was_held;
}

size_t run_queue_gates(const struct run_queue *queue, size_t rule_index, int64_t now_ms,
    struct run_queue_gate out[GATES])
{
	const struct rule_queue *rule = &queue->rules[rule_index];
	enum run_want_kind kind = rule->want.kind;
	size_t count = 0;

	for (enum gate gate = 0; gate < GATES; gate++) {
		int64_t until_ms = run_queue_gate_ms(queue, rule, gate, now_ms);
		bool applies = rule->waiting.count || kind || gate_holds(gate);
		/* Pokes do not wait for a retry. */
		applies &= !rule->waiting.count || (gate != GATE_RETRY && gate != GATE_CONFIGURATION);
		if (applies && until_ms > now_ms && !run_want_passes(kind, gate))
			out[count++] = (struct run_queue_gate){ gate, until_ms };
	}
	return count;
}

bool run_queue_is_held(const struct run_queue *queue, size_t rule, int64_t now_ms)
{
	for (enum gate gate = 0; gate < GATES; gate++)
		if (gate_holds(gate) && run_queue_gate_ms(queue, &queue->rules[rule], gate, now_ms) > now_ms)
			return true;
	return false;
}

const struct gates *run_queue_all_gates(const struct run_queue *queue)
{
	return &queue->gates;
}

unsigned run_queue_failures(const struct run_queue *queue, size_t rule)
{
	return queue->rules[rule].failures.count;
}
