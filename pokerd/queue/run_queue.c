/* SPDX-License-Identifier: Apache-2.0 */
#include "common/memory.h"
#include "pokerd/queue/run_queue_private.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum event { POKED, QUIETED, STARTED, FINISHED, EMPTIED, EVENTS };

/* What holds a start back is not a state: gates.h. What is wanted without a poke is not one either: run_want.h. A rule
   is emptied when its pokes are merged into a foreign run. */
/* clang-format off */
static const enum run_queue_state next_state[][EVENTS] = {
	/*                      POKED             QUIETED           STARTED            FINISHED         EMPTIED */
	[RUN_QUEUE_IDLE]    = { RUN_QUEUE_QUIET,  RUN_QUEUE_NEVER,  RUN_QUEUE_RUNNING, RUN_QUEUE_NEVER, RUN_QUEUE_NEVER },
	[RUN_QUEUE_QUIET]   = { RUN_QUEUE_QUIET,  RUN_QUEUE_SPACED, RUN_QUEUE_RUNNING, RUN_QUEUE_NEVER, RUN_QUEUE_IDLE },
	[RUN_QUEUE_SPACED]  = { RUN_QUEUE_SPACED, RUN_QUEUE_NEVER,  RUN_QUEUE_RUNNING, RUN_QUEUE_NEVER, RUN_QUEUE_IDLE },
	[RUN_QUEUE_RUNNING] = { RUN_QUEUE_DIRTY,  RUN_QUEUE_NEVER,  RUN_QUEUE_NEVER,   RUN_QUEUE_IDLE,  RUN_QUEUE_NEVER },
	[RUN_QUEUE_DIRTY]   = { RUN_QUEUE_DIRTY,  RUN_QUEUE_NEVER,  RUN_QUEUE_NEVER,   RUN_QUEUE_QUIET, RUN_QUEUE_NEVER },
};
/* clang-format on */

const char *run_queue_state_name(enum run_queue_state state)
{
	static const char *const names[] = {
		[RUN_QUEUE_IDLE] = "idle",
		[RUN_QUEUE_QUIET] = "quiet",
		[RUN_QUEUE_SPACED] = "spaced",
		[RUN_QUEUE_RUNNING] = "running",
		[RUN_QUEUE_DIRTY] = "running+dirty",
	};

	return names[state];
}

enum { SPLAY_MS_MAX = 86400 * 1000 };

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

static int64_t later(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

int64_t run_queue_splay_ms(const char *node, const char *event, int64_t splay_ms)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	uint64_t number = 0;

	if (splay_ms <= 0)
		return 0;
	char *text = memory_format("%s\n%s", node, event);
	if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
		abort();
	free(text);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	return (int64_t)(number % (uint64_t)splay_ms);
}

/* The used part applies to the new interval too: as many tokens as before are missing. */
static int64_t full_after_change(const struct run_queue_options *options)
{
	const struct run_queue_starts *starts = &options->starts;
	int64_t latest_ms = options->now_ms + options->min_interval_ms * 2 * options->burst;

	if (starts->full_ms <= options->now_ms || starts->interval_ms <= 0)
		return options->now_ms;
	double missing = (double)(starts->full_ms - options->now_ms) / (double)starts->interval_ms;
	int64_t full_ms = starts->interval_ms == options->min_interval_ms
	                      ? starts->full_ms
	                      : options->now_ms + (int64_t)(missing * (double)options->min_interval_ms);
	return sooner(full_ms, latest_ms);
}

struct run_queue *run_queue_create(const struct run_queue_options *options)
{
	struct run_queue *queue = memory_zeroed(1, sizeof(*queue) + options->rule_count * sizeof(*queue->rules));

	queue->node = memory_text(options->node);
	queue->boot = memory_text(options->boot ? options->boot : "");
	queue->quiet_ms = options->quiet_ms;
	queue->quiet_max_ms = options->quiet_max_ms;
	queue->splay_ms = options->splay_ms;
	queue->splay_per_node_ms = options->splay_per_node_ms;
	queue->per_hour = options->per_hour;
	queue->failures_to_hold = options->failures_to_hold;
	queue->starts = (struct rate){ options->min_interval_ms, options->burst };
	queue->starts_full_ms = full_after_change(options);
	gates_init(&queue->gates);
	queue->rule_count = options->rule_count;
	for (size_t i = 0; i < queue->rule_count; i++) {
		queue->rules[i].state = RUN_QUEUE_IDLE;
		queue->rules[i].name = memory_text(options->rules ? options->rules[i].name : "");
		queue->rules[i].digest = memory_text(options->rules ? options->rules[i].digest : "");
	}
	return queue;
}

void run_queue_destroy(struct run_queue *queue)
{
	if (!queue)
		return;
	for (size_t i = 0; i < queue->rule_count; i++) {
		run_pokes_finish(&queue->rules[i].waiting);
		free(queue->rules[i].name);
		free(queue->rules[i].digest);
	}
	free(queue->node);
	free(queue->boot);
	free(queue);
}

static void run_queue_step(struct rule_queue *rule, enum event event)
{
	assert(next_state[rule->state][event] != RUN_QUEUE_NEVER);
	rule->state = next_state[rule->state][event];
}

/* When the quiet period of its pokes ends. */
static int64_t quieted_ms(const struct run_queue *queue, const struct rule_queue *rule)
{
	return sooner(rule->last_ms + queue->quiet_ms, rule->first_ms + queue->quiet_max_ms) + rule->splay_ms;
}

struct run_queue_starts run_queue_starts_after(const struct run_queue *queue, int64_t now_ms)
{
	struct run_queue_starts starts = { queue->starts_full_ms, queue->starts.interval_ms };

	rate_take(&queue->starts, &starts.full_ms, now_ms);
	return starts;
}

/* How long a group of that size spreads its starts. */
static int64_t splay_range_ms(const struct run_queue *queue, int64_t told)
{
	int64_t nodes = told < RUN_QUEUE_TOLD_MIN ? 0 : sooner(told, SPLAY_MS_MAX);

	return sooner(queue->splay_ms + nodes * queue->splay_per_node_ms, SPLAY_MS_MAX);
}

/* Advances rules whose quiet period is over. */
static void end_quiets(struct run_queue *queue, int64_t now_ms)
{
	for (size_t i = 0; i < queue->rule_count; i++)
		if (queue->rules[i].state == RUN_QUEUE_QUIET && quieted_ms(queue, &queue->rules[i]) <= now_ms)
			run_queue_step(&queue->rules[i], QUIETED);
}

void run_queue_poke(struct run_queue *queue, size_t rule_index, const char *id, const char *event, int64_t told,
    int64_t now_ms)
{
	struct rule_queue *rule = &queue->rules[rule_index];

	end_quiets(queue, now_ms);
	if (!rule->waiting.count) {
		rule->first_ms = now_ms;
		rule->splay_ms = run_queue_splay_ms(queue->node, event, splay_range_ms(queue, told));
	}
	rule->last_ms = now_ms;
	run_pokes_append(&rule->waiting, id, event);
	run_queue_step(rule, POKED);
}

void run_queue_want(struct run_queue *queue, size_t rule, const struct run_want *want)
{
	run_want_add(&queue->rules[rule].want, want);
}

const struct run_want *run_queue_wanted(const struct run_queue *queue, size_t rule)
{
	return &queue->rules[rule].want;
}

int64_t run_queue_gate_ms(const struct run_queue *queue, const struct rule_queue *rule, enum gate gate, int64_t now_ms)
{
	const struct run_want *want = &rule->want;

	switch (gate) {
	case GATE_BREAKER:
		return later(breaker_failures_ms(&rule->failures, queue->failures_to_hold),
		    breaker_hour_ms(&queue->hour, queue->per_hour));
	case GATE_SPACING:
		return now_ms + rate_wait_ms(&queue->starts, queue->starts_full_ms, now_ms);
	case GATE_QUIET:
		return rule->state == RUN_QUEUE_QUIET ? quieted_ms(queue, rule) : INT64_MIN;
	case GATE_RETRY:
		return want->kind == RUN_WANT_RETRY ? want->due_ms : INT64_MIN;
	case GATE_CONFIGURATION:
		return want->kind && *want->configuration ? GATE_UNTIL_EVENT : INT64_MIN;
	default:
		return gates_open_ms(&queue->gates, gate);
	}
}

/* When all gates that hold a run of this kind are open. */
static int64_t all_open_ms(const struct run_queue *queue, const struct rule_queue *rule, enum run_want_kind kind,
    int64_t now_ms)
{
	int64_t open_ms = now_ms;

	for (enum gate gate = 0; gate <= GATE_DISK; gate++)
		if (!run_want_passes(kind, gate))
			open_ms = later(open_ms, run_queue_gate_ms(queue, rule, gate, now_ms));
	return open_ms;
}

static bool is_pending(const struct rule_queue *rule)
{
	return rule->state == RUN_QUEUE_QUIET || rule->state == RUN_QUEUE_SPACED;
}

/* When the rule may start, for its pokes or for what is wanted; INT64_MAX: an event must come first. */
static int64_t ready_ms(const struct run_queue *queue, const struct rule_queue *rule, int64_t now_ms)
{
	int64_t ready_ms = INT64_MAX;

	if (is_pending(rule))
		ready_ms =
		    later(all_open_ms(queue, rule, RUN_WANT_NONE, now_ms), run_queue_gate_ms(queue, rule, GATE_QUIET, now_ms));
	if (rule->want.kind && !*rule->want.configuration)
		ready_ms = sooner(ready_ms, later(all_open_ms(queue, rule, rule->want.kind, now_ms), rule->want.due_ms));
	return ready_ms;
}

/* Since when the rule could have run but for the gates. */
static int64_t waits_since_ms(const struct run_queue *queue, const struct rule_queue *rule)
{
	return sooner(is_pending(rule) ? quieted_ms(queue, rule) : INT64_MAX,
	    rule->want.kind ? rule->want.due_ms : INT64_MAX);
}

struct run_queue_next run_queue_next(struct run_queue *queue, int64_t now_ms)
{
	struct run_queue_next next = { .verdict = RUN_QUEUE_REST, .at_ms = INT64_MAX };

	end_quiets(queue, now_ms);
	for (size_t i = 0; i < queue->rule_count && !queue->running; i++) {
		const struct rule_queue *rule = &queue->rules[i];
		int64_t at_ms = ready_ms(queue, rule, now_ms);
		if (at_ms <= now_ms && (next.verdict != RUN_QUEUE_START ||
		                           waits_since_ms(queue, rule) < waits_since_ms(queue, &queue->rules[next.rule])))
			next = (struct run_queue_next){ .verdict = RUN_QUEUE_START, .rule = i };
		else if (next.verdict != RUN_QUEUE_START && at_ms < next.at_ms)
			next = (struct run_queue_next){ .verdict = RUN_QUEUE_WAIT, .at_ms = at_ms };
	}
	if (next.verdict == RUN_QUEUE_REST)
		next.at_ms = 0;
	return next;
}

const struct run_pokes *run_queue_waiting(const struct run_queue *queue, size_t rule)
{
	return &queue->rules[rule].waiting;
}

void run_queue_resume(struct run_queue *queue, size_t rule_index)
{
	assert(!queue->running && !queue->rules[rule_index].waiting.count);
	run_queue_step(&queue->rules[rule_index], STARTED);
	queue->running = true;
	queue->running_rule = rule_index;
}

void run_queue_started(struct run_queue *queue, size_t rule_index, int64_t now_ms, struct run_pokes *out_pokes)
{
	struct rule_queue *rule = &queue->rules[rule_index];

	assert(!queue->running);
	run_queue_step(rule, STARTED);
	queue->running = true;
	queue->running_rule = rule_index;
	run_queue_take(queue, rule, now_ms);
	if (out_pokes)
		*out_pokes = rule->waiting;
	else
		run_pokes_finish(&rule->waiting);
	rule->waiting = (struct run_pokes){ 0 };
	rule->before_free = rule->covered = 0;
}

void run_queue_take(struct run_queue *queue, struct rule_queue *rule, int64_t now_ms)
{
	rate_take(&queue->starts, &queue->starts_full_ms, now_ms);
	breaker_started(&queue->hour, now_ms);
	rule->taken = rule->want;
	rule->want = (struct run_want){ 0 };
}

/* What the next start is for, and what holds it back, was settled before: run_queue_ended. */
void run_queue_finished(struct run_queue *queue)
{
	struct rule_queue *rule = &queue->rules[queue->running_rule];

	assert(queue->running);
	run_queue_step(rule, FINISHED);
	rule->taken = (struct run_want){ 0 };
	queue->running = false;
}

void run_queue_not_begun(struct run_queue *queue)
{
	struct rule_queue *rule = &queue->rules[queue->running_rule];

	run_want_add(&rule->want, &rule->taken);
	if (queue->hour.count)
		queue->hour.count--;
	run_queue_finished(queue);
}

void run_queue_emptied(struct rule_queue *rule)
{
	run_queue_step(rule, EMPTIED);
}

void run_queue_postpone(struct run_queue *queue, int64_t until_ms)
{
	queue->gates.postponed_ms = until_ms;
}

enum run_queue_state run_queue_state(const struct run_queue *queue, size_t rule)
{
	return queue->rules[rule].state;
}
