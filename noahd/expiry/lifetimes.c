/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/expiry/lifetimes.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "noahd/registry/kind.h"
#include "noahd/expiry/expiry_guard.h"

#include <stdlib.h>
#include <utlist.h>

enum {
	EXPIRIES_AT_ONCE = 256, /* in one write, so that others get their turn */
	JUDGE_AGAIN_MS = 1000,
};

/* One object's. */
struct lifetime {
	struct lifetimes *owner;
	struct registry_entry *entry;
	struct event_timer timer; /* set while it runs */
	unsigned turn;            /* of the record that it counts for */
	bool is_due;
	struct lifetime *previous, *next; /* among those that run, or those that are due */
};

struct lifetimes {
	struct event_loop *loop;
	struct write_queue *writes;
	struct registry *registry;
	size_t slot; /* of an entry's lifetime */
	bool is_started;
	struct lifetime *running, *due;
	size_t running_count, due_count;
	struct expiry_guard guard;
	struct event_timer judge;
	bool is_holding;  /* what is due, until the guard lets it go */
	bool is_released; /* by an operator: all that is due now expires */
	bool is_expiring; /* a write is on its way */
	size_t expiring_count;
};

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static void leave_list(struct lifetime *lifetime)
{
	struct lifetimes *lifetimes = lifetime->owner;

	if (lifetime->is_due) {
		DL_DELETE2(lifetimes->due, lifetime, previous, next);
		lifetimes->due_count--;
	} else {
		DL_DELETE2(lifetimes->running, lifetime, previous, next);
		lifetimes->running_count--;
	}
	event_timer_cancel(lifetimes->loop, &lifetime->timer);
}

static void lifetimes_run(struct lifetime *lifetime, int64_t length_ms)
{
	struct lifetimes *lifetimes = lifetime->owner;

	lifetime->is_due = false;
	DL_APPEND2(lifetimes->running, lifetime, previous, next);
	lifetimes->running_count++;
	if (lifetimes->is_started)
		event_timer_set(lifetimes->loop, &lifetime->timer, clock_monotonic_ms() + length_ms);
}

static void restart(struct lifetime *lifetime, int64_t length_ms)
{
	leave_list(lifetime);
	lifetimes_run(lifetime, length_ms);
}

static void judge_now(struct lifetimes *lifetimes, int64_t now_ms)
{
	event_timer_set(lifetimes->loop, &lifetimes->judge, now_ms);
}

static void is_over(void *context, int64_t now_ms)
{
	struct lifetime *lifetime = context;
	struct lifetimes *lifetimes = lifetime->owner;

	leave_list(lifetime);
	lifetime->is_due = true;
	DL_APPEND2(lifetimes->due, lifetime, previous, next);
	lifetimes->due_count++;
	judge_now(lifetimes, now_ms);
}

static void lifetimes_forget(struct lifetime *lifetime)
{
	if (!lifetime)
		return;
	leave_list(lifetime);
	lifetime->entry->slots[lifetime->owner->slot] = NULL;
	free(lifetime);
}

static void lifetimes_begin(struct lifetimes *lifetimes, struct registry_entry *entry, const struct record *record)
{
	struct lifetime *lifetime = memory_zeroed(1, sizeof(*lifetime));

	lifetime->owner = lifetimes;
	lifetime->entry = entry;
	lifetime->timer = (struct event_timer){ .fire = is_over, .context = lifetime };
	lifetime->turn = record->turn;
	entry->slots[lifetimes->slot] = lifetime;
	lifetimes_run(lifetime, record->lifetime_ms);
}

static void lifetimes_follow(struct registry_entry *entry, void *context)
{
	struct lifetimes *lifetimes = context;
	const struct record *record = registry_record(entry, VERSION_APPLIED);
	struct lifetime *lifetime = entry->slots[lifetimes->slot];

	if (!record || !record->lifetime_ms) {
		lifetimes_forget(lifetime);
	} else if (!lifetime) {
		lifetimes_begin(lifetimes, entry, record);
	} else if (lifetime->turn != record->turn) {
		lifetime->turn = record->turn;
		restart(lifetime, record->lifetime_ms);
	}
}

struct lifetime *lifetimes_find(const struct lifetimes *lifetimes, const struct registry_entry *entry)
{
	return entry->slots[lifetimes->slot];
}

void lifetimes_renew(struct lifetime *lifetime, unsigned turn, int64_t length_ms)
{
	if (lifetime->turn == turn)
		restart(lifetime, length_ms);
}

int64_t lifetimes_left_ms(const struct lifetime *lifetime)
{
	int64_t left_ms = lifetime->is_due ? 0 : lifetime->timer.due_ms - clock_monotonic_ms();
	return left_ms > 0 ? left_ms : 0;
}

/* ---- expiry ----------------------------------------------------------------------------------------------------- */

/* What another write has touched that is not on disk yet gets its turn later. */
static size_t plan_expiries(struct plan *plan, const struct lifetimes *lifetimes)
{
	size_t count = 0;

	for (struct lifetime *lifetime = lifetimes->due; lifetime && count < EXPIRIES_AT_ONCE; lifetime = lifetime->next) {
		struct registry_entry *entry = lifetime->entry;
		if (entry->plan)
			continue;
		plan_write(plan, &(struct plan_origin){ .reason = "expired" });
		kind_of(entry->kind)->expire(plan, entry);
		count++;
	}
	return count;
}

static bool plan_expiry(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	struct lifetimes *lifetimes = write->context;

	(void)err;
	plan_wait_for_renewals(plan);
	lifetimes->expiring_count = plan_expiries(plan, lifetimes);
	*out_answer = json_object();
	return true;
}

static void expiry_finished(void *context, const struct error *refusal)
{
	struct lifetimes *lifetimes = context;
	int64_t now_ms = clock_monotonic_ms();

	lifetimes->is_expiring = false;
	if (!refusal)
		expiry_guard_note(&lifetimes->guard, now_ms, lifetimes->expiring_count);
	judge_now(lifetimes, refusal ? now_ms + JUDGE_AGAIN_MS : now_ms);
}

static void note_holding(struct lifetimes *lifetimes, bool is_holding)
{
	if (is_holding && !lifetimes->is_holding)
		log_warning("too many lifetimes ended within a minute: expired ones, %zu so far, are held until renewals "
		            "return or POST /lifetimes/release",
		    lifetimes->due_count);
	else if (!is_holding && lifetimes->is_holding)
		log_info("expired lifetimes are no longer held");
	lifetimes->is_holding = is_holding;
}

static void lifetimes_judge(void *context, int64_t now_ms)
{
	static const struct operation expiry = { .plan = plan_expiry };
	struct lifetimes *lifetimes = context;

	if (lifetimes->is_expiring)
		return;
	if (!lifetimes->due_count)
		lifetimes->is_released = false;
	note_holding(lifetimes,
	    lifetimes->due_count && !lifetimes->is_released &&
	        expiry_guard_holds(&lifetimes->guard, now_ms, lifetimes->due_count, lifetimes->running_count));
	if (lifetimes->is_holding) {
		judge_now(lifetimes, now_ms + JUDGE_AGAIN_MS);
	} else if (lifetimes->due_count) {
		lifetimes->is_expiring = true;
		write_queue_add(lifetimes->writes, write_create_own(&expiry, expiry_finished, lifetimes));
	}
}

size_t lifetimes_held(const struct lifetimes *lifetimes)
{
	return lifetimes->is_holding ? lifetimes->due_count : 0;
}

size_t lifetimes_running(const struct lifetimes *lifetimes)
{
	return lifetimes->running_count;
}

size_t lifetimes_release(struct lifetimes *lifetimes)
{
	size_t held = lifetimes_held(lifetimes);

	lifetimes->is_released = held > 0;
	judge_now(lifetimes, clock_monotonic_ms());
	return held;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct lifetimes *lifetimes_create(struct event_loop *loop, struct registry *registry, struct write_queue *writes)
{
	struct lifetimes *lifetimes = memory_zeroed(1, sizeof(*lifetimes));

	lifetimes->loop = loop;
	lifetimes->writes = writes;
	lifetimes->registry = registry;
	lifetimes->slot = registry_add_slot(registry);
	registry_add_reader(registry, &(struct registry_reader){ .after_change = lifetimes_follow, .context = lifetimes });
	lifetimes->judge = (struct event_timer){ .fire = lifetimes_judge, .context = lifetimes };
	return lifetimes;
}

void lifetimes_destroy(struct lifetimes *lifetimes)
{
	if (!lifetimes)
		return;
	registry_remove_reader(lifetimes->registry, lifetimes);
	while (lifetimes->running)
		lifetimes_forget(lifetimes->running);
	while (lifetimes->due)
		lifetimes_forget(lifetimes->due);
	event_timer_cancel(lifetimes->loop, &lifetimes->judge);
	free(lifetimes);
}

void lifetimes_start(struct lifetimes *lifetimes)
{
	struct lifetime *lifetime;
	int64_t now_ms = clock_monotonic_ms();

	lifetimes->is_started = true;
	DL_FOREACH2 (lifetimes->running, lifetime, next)
		event_timer_set(lifetimes->loop, &lifetime->timer,
		    now_ms + registry_record(lifetime->entry, VERSION_APPLIED)->lifetime_ms);
}
