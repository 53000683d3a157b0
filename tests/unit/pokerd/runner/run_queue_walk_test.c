/* SPDX-License-Identifier: Apache-2.0 */
/* Random walks: pokes come, runs start, end, fail to begin and are lost, an operator holds and releases, pokerd is
   restarted and reloaded, the machine is booted. Only the journal's records outlive a restart. Whatever happens, each
   accepted poke is settled once, one run is in progress at a time, and no start is earlier than a hold, the burst, the
   interval and the hour allow. What the queue alone does is walked through in gates_walk_test.c. */
#include "common/memory.h"
#include "pokerd/journal/journal_record.h"
#include "pokerd/journal/journal_state.h"
#include "pokerd/queue/run_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WALKS = 10 };
#else
enum { WALKS = 50 };
#endif

enum { RULES = 2, STEPS = 600, POKES_MAX = STEPS, STARTS_MAX = STEPS, INTERVAL_MS = 5000, BURST = 3, PER_HOUR = 60 };

struct walk {
	struct journal_state journal;
	struct run_queue *queue;
	char *bytes; /* the records so far */
	size_t size;
	uint64_t chance;
	int64_t now_ms, booted_ms; /* of a clock that outlives boots; when it was booted last */
	int boots;
	int pokes;
	int settled[POKES_MAX];  /* how often */
	int attempts[POKES_MAX]; /* lost runs in a row */
	bool is_running;
	size_t rule;
	int64_t starts[STARTS_MAX]; /* of runs that began */
	int start_count, runs;
	int64_t held_until_ms, released_ms; /* when an operator last ended what holds */
};

/* Below limit. */
static unsigned draw(struct walk *walk, unsigned limit)
{
	walk->chance = walk->chance * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(walk->chance >> 33) % limit;
}

static int64_t monotonic_ms(const struct walk *walk)
{
	return walk->now_ms - walk->booted_ms;
}

static void boot_name(const struct walk *walk, char out[BOOT_ID_BYTES])
{
	snprintf(out, BOOT_ID_BYTES, "boot-%d", walk->boots);
}

static void note(struct walk *walk, json_t *take_head)
{
	size_t size;
	char *bytes = journal_record_encode(take_head, "{}", 2, &size);

	assert_true(journal_state_apply(&walk->journal, take_head, (off_t)walk->size));
	walk->bytes = memory_grow(walk->bytes, walk->size + size, 1);
	memcpy(walk->bytes + walk->size, bytes, size);
	walk->size += size;
	free(bytes);
	json_decref(take_head);
}

static struct journal_gates gates_now(const struct walk *walk, json_t *memory)
{
	struct journal_gates gates = { .memory = memory, .clock_ms = monotonic_ms(walk), .ran_ms = walk->now_ms };

	boot_name(walk, gates.boot);
	return gates;
}

/* As journal_set_gates does. */
static void keep_gates(struct walk *walk)
{
	json_t *memory = run_queue_save(walk->queue, monotonic_ms(walk));
	const struct journal_gates gates = gates_now(walk, memory);

	note(walk, journal_state_gates(&gates));
	json_decref(memory);
}

/* As journal_gates does: the walk's own clock never stops, so it is the running time. */
static void load_gates(struct walk *walk)
{
	const struct journal_gates *gates = &walk->journal.gates;

	if (gates->memory)
		run_queue_load(walk->queue, gates->memory, monotonic_ms(walk) - (walk->now_ms - gates->ran_ms),
		    monotonic_ms(walk));
}

static bool is_pending(const struct replay_entry *entry)
{
	return entry->state == POKE_QUEUED || entry->state == POKE_MERGED;
}

static size_t rule_of(const char *id)
{
	return (size_t)(atoi(id) % RULES);
}

/* As queue_restore.c does. */
static void make_queue(struct walk *walk)
{
	static const struct run_queue_rule rules[RULES] = { { "/a", "" }, { "/b", "" } };
	char boot[BOOT_ID_BYTES];
	const struct run_queue_options options = {
		.rule_count = RULES,
		.node = "web1",
		.quiet_ms = 500,
		.quiet_max_ms = 2000,
		.min_interval_ms = INTERVAL_MS,
		.burst = BURST,
		.per_hour = PER_HOUR,
		.boot = boot,
		.rules = rules,
		.starts = walk->journal.starts.queue,
		.now_ms = monotonic_ms(walk),
	};

	boot_name(walk, boot);
	run_queue_destroy(walk->queue);
	walk->queue = run_queue_create(&options);
	load_gates(walk);
	if (walk->is_running)
		run_queue_resume(walk->queue, walk->rule);
	for (struct replay_entry *entry = replay_cache_first(walk->journal.replay_cache); entry;
	     entry = replay_cache_next(entry))
		if (is_pending(entry))
			run_queue_poke(walk->queue, rule_of(entry->id), entry->id, "event", 0, monotonic_ms(walk));
}

static void add_poke(struct walk *walk)
{
	char id[16];
	const struct poke poke = { id, "/", "noah", "{}", 2, walk->now_ms };

	snprintf(id, sizeof(id), "%d", walk->pokes++);
	note(walk, journal_state_poke(&poke, POKE_QUEUED));
	run_queue_poke(walk->queue, rule_of(id), id, "event", 0, monotonic_ms(walk));
}

/* A token bucket counted by hand: of any starts in a row, those beyond the burst take an interval each. */
static void check_spacing(const struct walk *walk)
{
	int last = walk->start_count - 1;

	for (int i = BURST; i <= last; i++)
		if (walk->starts[last] - walk->starts[last - i] < (int64_t)(i - BURST + 1) * INTERVAL_MS)
			fail_msg("start %d is %lld ms after start %d", last,
			    (long long)(walk->starts[last] - walk->starts[last - i]), last - i);
}

static void check_gates(const struct walk *walk)
{
	int hour = 0;

	assert_true(walk->now_ms >= walk->held_until_ms);
	for (int i = 0; i < walk->start_count; i++)
		hour += walk->starts[i] > walk->now_ms - 3600000 && walk->starts[i] > walk->released_ms;
	assert_true(hour <= PER_HOUR);
}

static void start_run(struct walk *walk, size_t rule)
{
	const struct run_pokes *pokes = run_queue_waiting(walk->queue, rule);
	struct journal_starts starts = { .queue = run_queue_starts_after(walk->queue, monotonic_ms(walk)),
		.clock_ms = monotonic_ms(walk) };
	char run_id[16];
	struct journal_run run = { run_id, starts.boot, walk->now_ms };
	json_t *ids = json_array();

	assert_false(walk->is_running);
	snprintf(run_id, sizeof(run_id), "run-%d", walk->runs++);
	boot_name(walk, starts.boot);
	for (size_t i = 0; i < pokes->count; i++)
		json_array_append_new(ids, json_string(pokes->list[i].id));
	json_t *memory = run_queue_save_started(walk->queue, rule, monotonic_ms(walk));
	const struct journal_gates gates = gates_now(walk, memory);
	json_t *head = journal_state_start(&run, ids, &starts);
	journal_state_put_gates(head, &gates);
	note(walk, head);
	json_decref(memory);
	run_queue_started(walk->queue, rule, monotonic_ms(walk), NULL);
	walk->is_running = true;
	walk->rule = rule;
	walk->starts[walk->start_count++] = walk->now_ms;
	check_spacing(walk);
	check_gates(walk);
}

static void do_what_is_due(struct walk *walk)
{
	struct run_queue_next next;

	while ((next = run_queue_next(walk->queue, monotonic_ms(walk))).verdict == RUN_QUEUE_START)
		start_run(walk, next.rule);
	assert_true(next.verdict == RUN_QUEUE_REST || next.at_ms > monotonic_ms(walk));
}

static void settle(struct walk *walk, enum journal_outcome outcome)
{
	for (struct replay_entry *entry = replay_cache_first(walk->journal.replay_cache); entry;
	     entry = replay_cache_next(entry)) {
		int number = atoi(entry->id);
		if (entry->state != POKE_RUNNING || outcome == JOURNAL_NOT_BEGUN)
			continue;
		if (outcome != JOURNAL_AGAIN || ++walk->attempts[number] == JOURNAL_ATTEMPTS_MAX)
			walk->settled[number]++;
	}
}

static void end_run(struct walk *walk, enum journal_outcome outcome)
{
	if (!walk->is_running)
		return;
	settle(walk, outcome);
	if (outcome == JOURNAL_NOT_BEGUN)
		run_queue_not_begun(walk->queue);
	else
		run_queue_ended(walk->queue, RUN_THEN_NOTHING, "run", monotonic_ms(walk));
	json_t *head = journal_state_end(outcome), *memory = run_queue_save(walk->queue, monotonic_ms(walk));
	const struct journal_gates gates = gates_now(walk, memory);
	journal_state_put_gates(head, &gates);
	note(walk, head);
	json_decref(memory);
	walk->is_running = false;
	walk->start_count -= outcome == JOURNAL_NOT_BEGUN;
	if (outcome == JOURNAL_AGAIN || outcome == JOURNAL_NOT_BEGUN)
		make_queue(walk);
}

static void carry_over_boot(struct walk *walk, struct journal_starts *starts)
{
	starts->queue.full_ms += monotonic_ms(walk) - starts->clock_ms;
	starts->clock_ms = monotonic_ms(walk);
	boot_name(walk, starts->boot);
}

static void restart(struct walk *walk, bool with_boot)
{
	struct journal_damage damage;

	journal_state_finish(&walk->journal);
	journal_state_init(&walk->journal);
	journal_state_replay(&walk->journal, walk->bytes, walk->size, 0, &damage);
	assert_int_equal(damage.records + damage.tail_bytes, 0);
	assert_int_equal(walk->journal.run.id != NULL, walk->is_running);
	if (with_boot) {
		walk->boots++;
		walk->booted_ms = walk->now_ms - draw(walk, 50);
	}
	if (with_boot && *walk->journal.starts.boot) {
		carry_over_boot(walk, &walk->journal.starts);
		note(walk, journal_state_starts(&walk->journal.starts));
	}
	make_queue(walk);
	if (with_boot)
		end_run(walk, JOURNAL_AGAIN); /* nothing runs on */
}

static void hold(struct walk *walk)
{
	int64_t for_ms = draw(walk, 20000);

	run_queue_hold(walk->queue, "a reason", monotonic_ms(walk) + for_ms);
	walk->held_until_ms = walk->now_ms + for_ms;
	keep_gates(walk);
}

static void release(struct walk *walk)
{
	run_queue_release(walk->queue, RUN_QUEUE_RELEASE, monotonic_ms(walk));
	walk->held_until_ms = 0;
	walk->released_ms = walk->now_ms;
	keep_gates(walk);
}

/* Each poke is settled once, or pending in the queue of its rule, or running. */
static void check_pokes(const struct walk *walk)
{
	size_t queued = 0, pending = 0;

	for (struct replay_entry *entry = replay_cache_first(walk->journal.replay_cache); entry;
	     entry = replay_cache_next(entry)) {
		assert_int_equal(walk->settled[atoi(entry->id)], poke_state_is_final(entry->state));
		assert_true(entry->state != POKE_RUNNING || walk->is_running);
		pending += is_pending(entry);
	}
	for (size_t rule = 0; rule < RULES; rule++)
		queued += run_queue_waiting(walk->queue, rule)->count;
	assert_int_equal(queued, pending);
	assert_int_equal(replay_cache_count(walk->journal.replay_cache), walk->pokes);
}

static void step(struct walk *walk)
{
	static const enum journal_outcome outcomes[] = { JOURNAL_DONE, JOURNAL_DONE, JOURNAL_FAILED, JOURNAL_AGAIN,
		JOURNAL_NOT_BEGUN };

	walk->now_ms += draw(walk, 4) ? draw(walk, 1500) : 0;
	switch (draw(walk, 14)) {
	case 0:
	case 1:
	case 2:
	case 3:
		add_poke(walk);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		end_run(walk, outcomes[draw(walk, sizeof(outcomes) / sizeof(*outcomes))]);
		break;
	case 8:
		make_queue(walk); /* a reload */
		break;
	case 9:
		restart(walk, false);
		break;
	case 10:
		restart(walk, true);
		break;
	case 11:
		if (!draw(walk, 3))
			hold(walk);
		break;
	case 12:
		if (!draw(walk, 6))
			release(walk);
		break;
	default:
		break;
	}
	do_what_is_due(walk);
	check_pokes(walk);
}

static void each_poke_is_settled_once_and_no_run_is_too_early(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= WALKS; seed++) {
		struct walk walk = { .chance = seed, .now_ms = 1000 };
		journal_state_init(&walk.journal);
		make_queue(&walk);
		for (int i = 0; i < STEPS; i++)
			step(&walk);
		release(&walk);
		for (int i = 0; i < 3 * RULES; i++) { /* nothing more happens: all that waits runs */
			end_run(&walk, JOURNAL_DONE);
			walk.now_ms += 2 * BURST * INTERVAL_MS;
			do_what_is_due(&walk);
		}
		for (int i = 0; i < walk.pokes; i++)
			assert_int_equal(walk.settled[i], 1);
		run_queue_destroy(walk.queue);
		journal_state_finish(&walk.journal);
		free(walk.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_poke_is_settled_once_and_no_run_is_too_early) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
