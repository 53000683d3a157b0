/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_queue.h"

#include "common/memory.h"
#include "pokerd/link/rate.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum event { POKED, QUIETED, STARTED, FINISHED, EVENTS };

/* A hold, a breaker, a reboot or a foreign run would be a row or a column here, with a function that reports it. */
/* clang-format off */
static const enum run_queue_state next_state[][EVENTS] = {
	/*                      POKED             QUIETED           STARTED            FINISHED */
	[RUN_QUEUE_IDLE]    = { RUN_QUEUE_QUIET,  RUN_QUEUE_NEVER,  RUN_QUEUE_RUNNING, RUN_QUEUE_NEVER },
	[RUN_QUEUE_QUIET]   = { RUN_QUEUE_QUIET,  RUN_QUEUE_SPACED, RUN_QUEUE_NEVER,   RUN_QUEUE_NEVER },
	[RUN_QUEUE_SPACED]  = { RUN_QUEUE_SPACED, RUN_QUEUE_NEVER,  RUN_QUEUE_RUNNING, RUN_QUEUE_NEVER },
	[RUN_QUEUE_RUNNING] = { RUN_QUEUE_DIRTY,  RUN_QUEUE_NEVER,  RUN_QUEUE_NEVER,   RUN_QUEUE_IDLE  },
	[RUN_QUEUE_DIRTY]   = { RUN_QUEUE_DIRTY,  RUN_QUEUE_NEVER,  RUN_QUEUE_NEVER,   RUN_QUEUE_QUIET },
};
/* clang-format on */

struct rule_queue {
	enum run_queue_state state;
	struct run_pokes waiting;
	int64_t first_ms, last_ms; /* when the first and the last of them came */
	int64_t splay_ms;          /* determined by the first */
};

struct run_queue {
	char *node;
	int64_t quiet_ms, quiet_max_ms, splay_ms;
	struct rate starts;
	int64_t starts_full_ms; /* rate.h */
	int64_t postponed_ms;   /* no start before this */
	bool running;
	size_t running_rule;
	size_t rule_count;
	struct rule_queue rules[];
};

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

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
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
	queue->quiet_ms = options->quiet_ms;
	queue->quiet_max_ms = options->quiet_max_ms;
	queue->splay_ms = options->splay_ms;
	queue->starts = (struct rate){ options->min_interval_ms, options->burst };
	queue->starts_full_ms = full_after_change(options);
	queue->postponed_ms = INT64_MIN;
	queue->rule_count = options->rule_count;
	for (size_t i = 0; i < queue->rule_count; i++)
		queue->rules[i].state = RUN_QUEUE_IDLE;
	return queue;
}

void run_queue_destroy(struct run_queue *queue)
{
	if (!queue)
		return;
	for (size_t i = 0; i < queue->rule_count; i++)
		run_pokes_finish(&queue->rules[i].waiting);
	free(queue->node);
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

void run_queue_poke(struct run_queue *queue, size_t rule_index, const char *id, const char *event, int64_t now_ms)
{
	struct rule_queue *rule = &queue->rules[rule_index];

	if (!rule->waiting.count) {
		rule->first_ms = now_ms;
		rule->splay_ms = run_queue_splay_ms(queue->node, event, queue->splay_ms);
	}
	rule->last_ms = now_ms;
	run_pokes_append(&rule->waiting, id, event);
	run_queue_step(rule, POKED);
}

/* Advances rules whose quiet period is over; returns when the next one ends, INT64_MAX: no rule is quiet. */
static int64_t end_quiets(struct run_queue *queue, int64_t now_ms)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < queue->rule_count; i++) {
		struct rule_queue *rule = &queue->rules[i];
		if (rule->state != RUN_QUEUE_QUIET)
			continue;
		int64_t due_ms = quieted_ms(queue, rule);
		if (due_ms <= now_ms)
			run_queue_step(rule, QUIETED);
		else
			next_ms = sooner(next_ms, due_ms);
	}
	return next_ms;
}

/* Of the rules whose quiet period is over, the one that has waited longest; rule_count: none. */
static size_t find_next_rule(const struct run_queue *queue)
{
	size_t turn = queue->rule_count;

	for (size_t i = 0; i < queue->rule_count; i++) {
		const struct rule_queue *rule = &queue->rules[i];
		if (rule->state == RUN_QUEUE_SPACED &&
		    (turn == queue->rule_count || quieted_ms(queue, rule) < quieted_ms(queue, &queue->rules[turn])))
			turn = i;
	}
	return turn;
}

struct run_queue_next run_queue_next(struct run_queue *queue, int64_t now_ms)
{
	int64_t at_ms = end_quiets(queue, now_ms);
	size_t turn = find_next_rule(queue);

	if (queue->running)
		return (struct run_queue_next){ .verdict = RUN_QUEUE_REST };
	if (turn < queue->rule_count) {
		int64_t ready_ms = now_ms + rate_wait_ms(&queue->starts, queue->starts_full_ms, now_ms);
		if (ready_ms < queue->postponed_ms)
			ready_ms = queue->postponed_ms;
		if (ready_ms <= now_ms)
			return (struct run_queue_next){ .verdict = RUN_QUEUE_START, .rule = turn };
		at_ms = ready_ms; /* no other rule may start earlier */
	}
	if (at_ms == INT64_MAX)
		return (struct run_queue_next){ .verdict = RUN_QUEUE_REST };
	return (struct run_queue_next){ .verdict = RUN_QUEUE_WAIT, .at_ms = at_ms };
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
	rate_take(&queue->starts, &queue->starts_full_ms, now_ms);
	if (out_pokes)
		*out_pokes = rule->waiting;
	else
		run_pokes_finish(&rule->waiting);
	rule->waiting = (struct run_pokes){ 0 };
}

void run_queue_finished(struct run_queue *queue)
{
	assert(queue->running);
	run_queue_step(&queue->rules[queue->running_rule], FINISHED);
	queue->running = false;
}

void run_queue_postpone(struct run_queue *queue, int64_t until_ms)
{
	queue->postponed_ms = until_ms;
}

enum run_queue_state run_queue_state(const struct run_queue *queue, size_t rule)
{
	return queue->rules[rule].state;
}
