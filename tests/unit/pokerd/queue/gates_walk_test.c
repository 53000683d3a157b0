/* SPDX-License-Identifier: Apache-2.0 */
/* Random walks of the queue beside a model of it that knows only the manual: pokes come, runs start, do not begin, and
   end with every consequence, an operator holds, releases and orders runs, foreign runs come and go, pokerd is
   restarted and reloaded, the machine is booted. The queue starts a run exactly when the model says that one may
   start. */
#include "pokerd/queue/breaker.h"
#include "pokerd/queue/run_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEPS = 100000 };
#else
enum { STEPS = 1000000 };
#endif

enum {
	RULES = 2,
	WALKS = 100,
	QUIET_MS = 5000,
	QUIET_MAX_MS = 20000,
	INTERVAL_MS = 60000,
	BURST = 3,
	PER_HOUR = 8,
	TO_HOLD = 3,
};

#define NEVER INT64_MAX

struct model_rule {
	int pending;
	int64_t first_ms, last_ms;
	bool is_spaced;
	enum run_want_kind want;
	int64_t due_ms; /* NEVER: when the configuration has changed */
	int failures;
	int64_t breaker_ms;
};

struct walk {
	struct run_queue *queue;
	struct run_queue_starts starts;
	uint64_t chance;
	int64_t now_ms, booted_ms;
	int boot;
	/* The model, by a clock that is not reset by boots. */
	struct model_rule rules[RULES];
	int64_t held_until_ms, foreign_until_ms;
	int reboot_of; /* the boot whose end is waited for; -1: none */
	bool is_running;
	size_t running_rule;
	enum run_want_kind running;
	double tokens;
	int64_t tokens_ms;
	int64_t recent[PER_HOUR]; /* the last starts, the latest first; 0: none */
	bool is_foreign;
	int before_free[RULES], covered[RULES];
	int accepted, ran, started;
	/* To undo the last start. */
	struct run_queue_starts starts_before;
	int taken;
	int64_t due_ms, dropped_ms, tokens_before_ms;
	double tokens_before;
	int held_back[GATES]; /* how often each gate kept something waiting: a walk that never meets one tests nothing */
};

static unsigned draw(struct walk *walk, unsigned limit)
{
	walk->chance = walk->chance * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(walk->chance >> 33) % limit;
}

static int64_t monotonic_ms(const struct walk *walk)
{
	return walk->now_ms - walk->booted_ms;
}

/* ---- what the manual says ---- */

static void end_model_quiets(struct walk *walk)
{
	for (size_t i = 0; i < RULES; i++) {
		struct model_rule *rule = &walk->rules[i];
		bool is_running = walk->is_running && walk->running_rule == i;
		if (rule->pending && !is_running &&
		    (walk->now_ms >= rule->last_ms + QUIET_MS || walk->now_ms >= rule->first_ms + QUIET_MAX_MS))
			rule->is_spaced = true;
	}
}

/* The tokens come back with the time. */
static void fill_bucket(struct walk *walk)
{
	walk->tokens += (double)(walk->now_ms - walk->tokens_ms) / INTERVAL_MS;
	walk->tokens = walk->tokens > BURST ? BURST : walk->tokens;
	walk->tokens_ms = walk->now_ms;
}

static bool is_open(struct walk *walk, const struct model_rule *rule, enum gate gate)
{
	const int64_t *oldest = &walk->recent[PER_HOUR - 1];

	switch (gate) {
	case GATE_OPERATOR:
		return walk->now_ms >= walk->held_until_ms;
	case GATE_REBOOT:
		return walk->reboot_of != walk->boot;
	case GATE_BREAKER:
		return (rule->failures < TO_HOLD || walk->now_ms >= rule->breaker_ms) &&
		       (!*oldest || walk->now_ms >= *oldest + BREAKER_HOUR_MS);
	case GATE_FOREIGN:
		return walk->now_ms >= walk->foreign_until_ms;
	case GATE_SPACING:
		return walk->tokens > 1 - 1e-6;
	default:
		return true;
	}
}

static bool may_pass(struct walk *walk, const struct model_rule *rule, bool passes_spacing, bool passes_holds)
{
	static const enum gate gates[] = { GATE_OPERATOR, GATE_REBOOT, GATE_BREAKER, GATE_FOREIGN, GATE_SPACING };
	bool passes = true;

	for (size_t i = 0; i < sizeof(gates) / sizeof(*gates); i++) {
		bool ignored = gates[i] == GATE_SPACING ? passes_spacing
		                                        : gates[i] != GATE_REBOOT && gates[i] != GATE_FOREIGN && passes_holds;
		if (ignored || is_open(walk, rule, gates[i]))
			continue;
		walk->held_back[gates[i]]++;
		passes = false;
	}
	return passes;
}

static bool may_start(struct walk *walk, size_t i)
{
	struct model_rule *rule = &walk->rules[i];

	if (walk->is_running)
		return false;
	if (rule->pending && rule->is_spaced && may_pass(walk, rule, false, false))
		return true;
	return rule->want && rule->due_ms != NEVER && walk->now_ms >= rule->due_ms &&
	       may_pass(walk, rule, rule->want >= RUN_WANT_AGAIN, rule->want == RUN_WANT_MANUAL);
}

static int64_t doubled(int64_t first_ms, int times, int64_t longest_ms)
{
	int64_t wait_ms = times > 20 ? longest_ms : first_ms << times;

	return wait_ms < longest_ms ? wait_ms : longest_ms;
}

static void fail_model(struct walk *walk, struct model_rule *rule)
{
	rule->failures++;
	if (rule->failures >= TO_HOLD)
		rule->breaker_ms = walk->now_ms + doubled(15 * 60000, rule->failures - TO_HOLD, 4 * 3600000);
}

static void want_model(struct model_rule *rule, enum run_want_kind kind, int64_t due_ms)
{
	if (rule->want > kind)
		return;
	rule->due_ms = rule->want && rule->due_ms < due_ms ? rule->due_ms : due_ms;
	rule->want = kind;
}

static void end_model(struct walk *walk, enum run_then then)
{
	struct model_rule *rule = &walk->rules[walk->running_rule];

	if (then == RUN_THEN_AT_ONCE && walk->running == RUN_WANT_AGAIN)
		then = RUN_THEN_RETRY;
	walk->is_running = false;
	if (then == RUN_THEN_NOTHING || then == RUN_THEN_ALERT || then == RUN_THEN_BOOT)
		rule->failures = 0;
	else if (then != RUN_THEN_AT_ONCE)
		fail_model(walk, rule);
	if (then == RUN_THEN_BOOT || then == RUN_THEN_BOOT_AND_AGAIN)
		walk->reboot_of = walk->boot;
	if (then == RUN_THEN_AT_ONCE)
		want_model(rule, RUN_WANT_AGAIN, walk->now_ms);
	else if (then == RUN_THEN_BOOT_AND_AGAIN)
		want_model(rule, RUN_WANT_RETRY, walk->now_ms);
	else if (then == RUN_THEN_RETRY)
		want_model(rule, RUN_WANT_RETRY, walk->now_ms + doubled(60000, rule->failures - 1, 30 * 60000));
	else if (then == RUN_THEN_CONFIGURE)
		want_model(rule, RUN_WANT_RETRY, NEVER);
}

/* ---- both ---- */

static void make_queue(struct walk *walk)
{
	static const struct run_queue_rule rules[RULES] = { { "/a", "digest a" }, { "/b", "digest b" } };
	char boot[16];
	const struct run_queue_options options = {
		.rule_count = RULES,
		.rules = rules,
		.boot = boot,
		.node = "web1",
		.quiet_ms = QUIET_MS,
		.quiet_max_ms = QUIET_MAX_MS,
		.min_interval_ms = INTERVAL_MS,
		.burst = BURST,
		.per_hour = PER_HOUR,
		.failures_to_hold = TO_HOLD,
		.starts = walk->starts,
		.now_ms = monotonic_ms(walk),
	};

	snprintf(boot, sizeof(boot), "boot-%d", walk->boot);
	walk->queue = run_queue_create(&options);
}

/* The pokes come back as the journal has them: by the clock of a boot, never later than now. */
static void queue_again(struct walk *walk)
{
	for (size_t i = 0; i < RULES; i++) {
		struct model_rule *rule = &walk->rules[i];
		for (int n = 0; n < rule->pending; n++)
			run_queue_poke(walk->queue, i, "id", "event", 0, monotonic_ms(walk));
		rule->first_ms = rule->last_ms = walk->now_ms;
		rule->is_spaced = false;
	}
}

static void restart(struct walk *walk, bool with_boot)
{
	json_t *memory = run_queue_save(walk->queue, monotonic_ms(walk));
	int64_t age_ms = with_boot ? 0 : draw(walk, 2) * 3000;

	run_queue_destroy(walk->queue);
	if (with_boot) { /* the time that the machine was off does not count */
		int64_t before_ms = monotonic_ms(walk);
		walk->boot++;
		walk->booted_ms = walk->now_ms - 70;
		walk->starts.full_ms += monotonic_ms(walk) - before_ms;
		walk->starts_before.full_ms += monotonic_ms(walk) - before_ms;
	}
	walk->now_ms += age_ms;
	walk->foreign_until_ms = 0;
	walk->is_foreign = false;
	memset(walk->before_free, 0, sizeof(walk->before_free));
	memset(walk->covered, 0, sizeof(walk->covered));
	make_queue(walk);
	run_queue_load(walk->queue, memory, monotonic_ms(walk) - age_ms, monotonic_ms(walk));
	if (walk->is_running)
		run_queue_resume(walk->queue, walk->running_rule);
	queue_again(walk);
	json_decref(memory);
}

static void end_run(struct walk *walk, enum run_then then)
{
	if (!walk->is_running)
		return;
	run_queue_ended(walk->queue, then, "run", monotonic_ms(walk));
	end_model(walk, then);
}

/* The run that was to begin did not: nothing has changed, but that its pokes are queued again. */
static void undo_start(struct walk *walk)
{
	struct model_rule *rule = &walk->rules[walk->running_rule];

	if (!walk->is_running)
		return;
	run_queue_not_begun(walk->queue);
	walk->starts = walk->starts_before;
	walk->is_running = false;
	walk->ran -= walk->taken;
	rule->pending += walk->taken;
	if (walk->running)
		want_model(rule, walk->running, walk->due_ms);
	memmove(walk->recent, walk->recent + 1, sizeof(walk->recent) - sizeof(*walk->recent));
	walk->recent[PER_HOUR - 1] = walk->dropped_ms;
	walk->tokens = walk->tokens_before;
	walk->tokens_ms = walk->tokens_before_ms;
	restart(walk, false);
}

static void poke(struct walk *walk)
{
	size_t i = draw(walk, RULES);
	struct model_rule *rule = &walk->rules[i];

	end_model_quiets(walk);
	run_queue_poke(walk->queue, i, "id", "event", 0, monotonic_ms(walk));
	walk->accepted++;
	if (!rule->pending++)
		rule->first_ms = walk->now_ms;
	rule->last_ms = walk->now_ms;
}

static void order_run(struct walk *walk)
{
	size_t i = draw(walk, RULES);
	const struct run_want want = { .kind = RUN_WANT_MANUAL, .due_ms = monotonic_ms(walk) };

	run_queue_want(walk->queue, i, &want);
	want_model(&walk->rules[i], RUN_WANT_MANUAL, walk->now_ms);
}

static void hold(struct walk *walk)
{
	int64_t for_ms = draw(walk, 4) ? draw(walk, 300) * 1000 : NEVER;

	run_queue_hold(walk->queue, "a reason", for_ms == NEVER ? NEVER : monotonic_ms(walk) + for_ms);
	walk->held_until_ms = for_ms == NEVER ? NEVER : walk->now_ms + for_ms;
}

/* Sees one, for half a minute or until another look. What is covered by one that has begun since is merged into it. */
static void look_for_foreign(struct walk *walk)
{
	if (walk->is_running)
		return;
	if (draw(walk, 2)) {
		run_queue_foreign(walk->queue, RUN_QUEUE_FOREIGN, monotonic_ms(walk) + 30000);
		walk->foreign_until_ms = walk->now_ms + 30000;
		for (size_t i = 0; i < RULES && !walk->is_foreign; i++)
			walk->covered[i] = walk->before_free[i];
		walk->is_foreign = true;
		return;
	}
	for (size_t i = 0; i < RULES; i++) {
		const struct run_pokes pokes = run_queue_covered(walk->queue, i);
		assert_int_equal(pokes.count, walk->covered[i]);
		walk->ran += walk->covered[i];
		walk->rules[i].pending -= walk->covered[i];
		walk->rules[i].is_spaced &= walk->rules[i].pending > 0;
		if (pokes.count)
			run_queue_drop_covered(walk->queue, i);
		walk->covered[i] = 0;
		walk->before_free[i] = walk->rules[i].pending;
	}
	run_queue_foreign(walk->queue, RUN_QUEUE_NO_FOREIGN, 0);
	walk->is_foreign = false;
	walk->foreign_until_ms = 0;
}

static void configure_model(struct walk *walk)
{
	for (size_t i = 0; i < RULES; i++)
		if (walk->rules[i].want && walk->rules[i].due_ms == NEVER)
			walk->rules[i].due_ms = walk->now_ms;
}

static void release(struct walk *walk, enum run_queue_release how)
{
	run_queue_release(walk->queue, how, monotonic_ms(walk));
	walk->held_until_ms = 0;
	memset(walk->recent, 0, sizeof(walk->recent));
	walk->dropped_ms = 0;
	for (size_t i = 0; i < RULES; i++)
		walk->rules[i].failures = 0;
	if (how == RUN_QUEUE_RELEASE_ALL)
		walk->reboot_of = -1;
	configure_model(walk);
}

static void start_run(struct walk *walk, size_t i)
{
	struct model_rule *rule = &walk->rules[i];
	struct run_pokes pokes;

	assert_false(walk->is_running);
	walk->starts_before = walk->starts;
	walk->tokens_before = walk->tokens;
	walk->tokens_before_ms = walk->tokens_ms;
	walk->dropped_ms = walk->recent[PER_HOUR - 1];
	walk->due_ms = rule->due_ms;
	walk->starts = run_queue_starts_after(walk->queue, monotonic_ms(walk));
	assert_int_equal(run_queue_waiting(walk->queue, i)->count, rule->pending);
	run_queue_started(walk->queue, i, monotonic_ms(walk), &pokes);
	walk->taken = (int)pokes.count;
	walk->ran += walk->taken;
	run_pokes_finish(&pokes);
	walk->before_free[i] = walk->covered[i] = 0;
	walk->is_running = true;
	walk->running_rule = i;
	walk->running = rule->want;
	*rule = (struct model_rule){ .failures = rule->failures, .breaker_ms = rule->breaker_ms };
	walk->tokens = walk->tokens - 1 < -BURST ? -BURST : walk->tokens - 1;
	memmove(walk->recent + 1, walk->recent, sizeof(walk->recent) - sizeof(*walk->recent));
	walk->recent[0] = walk->now_ms;
	walk->started++;
}

/* The queue and the model agree on whether a run starts now, and which rule's may. */
static void do_what_is_due(struct walk *walk)
{
	struct run_queue_next next = run_queue_next(walk->queue, monotonic_ms(walk));
	bool may = false;

	fill_bucket(walk);
	end_model_quiets(walk);
	for (size_t i = 0; i < RULES; i++)
		may |= may_start(walk, i);
	if ((next.verdict == RUN_QUEUE_START) != may)
		fail_msg("at %lld ms, in boot %d: the queue %s, the model says that a run %s start", (long long)walk->now_ms,
		    walk->boot, next.verdict == RUN_QUEUE_START ? "starts a run" : "waits", may ? "may" : "may not");
	assert_true(next.verdict != RUN_QUEUE_WAIT || next.at_ms > monotonic_ms(walk));
	if (next.verdict != RUN_QUEUE_START)
		return;
	assert_true(may_start(walk, next.rule));
	start_run(walk, next.rule);
}

/* As if the moment that the queue names had come, and not one earlier. */
static void pass_time(struct walk *walk)
{
	static const int64_t steps_ms[] = { 0, 1, 900, 4000, 30000, 240000, 1200000 };
	struct run_queue_next next = run_queue_next(walk->queue, monotonic_ms(walk));

	if (next.verdict == RUN_QUEUE_WAIT && !draw(walk, 3))
		walk->now_ms += next.at_ms - monotonic_ms(walk) - (int)draw(walk, 2);
	else
		walk->now_ms += steps_ms[draw(walk, sizeof(steps_ms) / sizeof(*steps_ms))];
}

static void reload(struct walk *walk)
{
	restart(walk, false);
	run_queue_configured(walk->queue, monotonic_ms(walk));
	configure_model(walk);
}

static void step(struct walk *walk)
{
	static const enum run_then ends[] = { RUN_THEN_NOTHING, RUN_THEN_NOTHING, RUN_THEN_ALERT, RUN_THEN_AT_ONCE,
		RUN_THEN_BOOT, RUN_THEN_BOOT_AND_AGAIN, RUN_THEN_CONFIGURE, RUN_THEN_RETRY, RUN_THEN_RETRY, RUN_THEN_RETRY,
		RUN_THEN_LOST };
	unsigned what = draw(walk, 400);

	pass_time(walk);
	if (what < 130)
		poke(walk);
	else if (what < 330)
		end_run(walk, ends[draw(walk, sizeof(ends) / sizeof(*ends))]);
	else if (what < 345)
		order_run(walk);
	else if (what < 350)
		hold(walk);
	else if (what < 360)
		release(walk, draw(walk, 2) ? RUN_QUEUE_RELEASE : RUN_QUEUE_RELEASE_ALL);
	else if (what < 370)
		restart(walk, false);
	else if (what < 375)
		restart(walk, true);
	else if (what < 380)
		reload(walk);
	else if (what < 390)
		undo_start(walk);
	else
		look_for_foreign(walk);
	do_what_is_due(walk);
}

/* Nothing more happens: all that is pending runs. */
static void run_out(struct walk *walk)
{
	release(walk, RUN_QUEUE_RELEASE_ALL);
	walk->now_ms += 30000;
	for (int i = 0; i < 4 * RULES; i++) {
		end_run(walk, RUN_THEN_NOTHING);
		walk->now_ms += BREAKER_HOUR_MS;
		do_what_is_due(walk);
	}
	assert_false(walk->is_running);
	assert_int_equal(walk->ran, walk->accepted);
}

static void runs_start_exactly_when_the_manual_says_so(void **state)
{
	int met[GATES] = { 0 }, started = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= WALKS; seed++) {
		struct walk walk = { .chance = seed, .now_ms = 1000000, .tokens = BURST, .reboot_of = -1 };
		walk.tokens_ms = walk.now_ms;
		make_queue(&walk);
		for (int i = 0; i < STEPS / WALKS; i++)
			step(&walk);
		run_out(&walk);
		run_queue_destroy(walk.queue);
		started += walk.started;
		for (int gate = 0; gate < GATES; gate++)
			met[gate] += walk.held_back[gate];
	}
	assert_true(started > STEPS / 20);
	assert_true(met[GATE_OPERATOR] && met[GATE_REBOOT] && met[GATE_BREAKER] && met[GATE_FOREIGN] && met[GATE_SPACING]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(runs_start_exactly_when_the_manual_says_so) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
