/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_queue_private.h"

/* What the last look showed is all that is known: a foreign run that began and ended between two looks, or followed
   another without a gap, covers nothing, and one more run follows. */
void run_queue_foreign(struct run_queue *queue, enum run_queue_foreign seen, int64_t until_ms)
{
	bool was_on = queue->gates.foreign_until_ms != INT64_MIN;

	queue->gates.foreign_until_ms = seen == RUN_QUEUE_FOREIGN ? until_ms : INT64_MIN;
	for (size_t i = 0; i < queue->rule_count; i++) {
		struct rule_queue *rule = &queue->rules[i];
		if (seen == RUN_QUEUE_NO_FOREIGN) {
			rule->before_free = rule->waiting.count;
			rule->covered = 0;
		} else if (!was_on) {
			rule->covered = rule->before_free;
		}
	}
}

struct run_pokes run_queue_covered(const struct run_queue *queue, size_t rule)
{
	const struct rule_queue *queued = &queue->rules[rule];

	return (struct run_pokes){ .list = queued->waiting.list, .count = queued->covered };
}

void run_queue_drop_covered(struct run_queue *queue, size_t rule_index)
{
	struct rule_queue *rule = &queue->rules[rule_index];

	run_pokes_drop_first(&rule->waiting, rule->covered);
	rule->before_free = rule->covered = 0;
	if (!rule->waiting.count)
		run_queue_emptied(rule);
}
