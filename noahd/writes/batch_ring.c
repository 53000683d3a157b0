/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/writes/batch_ring.h"

#include "common/clock.h"

/* A batch takes in no more beyond: what it does at once, when it is applied, is bounded by it. */
enum { BATCH_BYTES = 4 << 20 };

static struct batch *batch_at(struct batch_ring *ring, size_t i)
{
	return &ring->batches[(ring->first + i) % BATCHES];
}

static struct batch *open_batch(struct batch_ring *ring)
{
	return batch_at(ring, ring->handed_over);
}

static struct batch *last_handed_over(struct batch_ring *ring)
{
	return batch_at(ring, ring->handed_over - 1);
}

void batch_ring_init(struct batch_ring *ring, struct registry *registry)
{
	*ring = (struct batch_ring){ .registry = registry };
	for (size_t i = 0; i < BATCHES; i++)
		write_list_clear(&ring->batches[i].writes);
}

void batch_discard(struct batch *batch, struct write_list *waiting)
{
	struct write_list *planned = &batch->writes;

	for (struct write *write = planned->first; write; write = write->next)
		write_unplan(write);
	plan_discard(batch->plan);
	batch->plan = NULL;
	write_list_move(planned, waiting);
	write_list_move(waiting, planned);
}

void batch_ring_discard_open(struct batch_ring *ring, struct write_list *waiting)
{
	if (ring->is_amidst)
		write_unplan(waiting->first);
	ring->is_amidst = false;
	batch_discard(open_batch(ring), waiting);
}

void batch_ring_finish(struct batch_ring *ring, struct write_list *waiting)
{
	batch_ring_discard_open(ring, waiting);
	while (ring->handed_over > 0) {
		struct batch *last = last_handed_over(ring);
		change_list_finish(&last->commit.changes);
		batch_discard(last, waiting);
		ring->handed_over--;
	}
}

static bool batch_ring_is_full(const struct batch *batch)
{
	return plan_bytes(batch->plan) >= BATCH_BYTES;
}

/* What the store has not begun yet takes in more. */
static void take_back_last(struct batch_ring *ring)
{
	struct batch *open = open_batch(ring), *last;

	if (!ring->handed_over || open->writes.first || ring->is_amidst)
		return;
	last = last_handed_over(ring);
	if (batch_ring_is_full(last) || !store_thread_take_back(ring->store, &last->commit))
		return;
	plan_discard(open->plan);
	open->plan = NULL;
	plan_return_changes(last->plan, last->commit.changes);
	ring->handed_over--;
}

static struct batch *make_ready(struct batch_ring *ring)
{
	take_back_last(ring);
	struct batch *open = open_batch(ring);
	if (!open->plan) {
		open->plan =
		    ring->handed_over ? plan_create_behind(last_handed_over(ring)->plan) : plan_create(ring->registry, 0);
		plan_limit_bytes(open->plan, ring->write_bytes_max);
	}
	if (!ring->is_amidst)
		plan_set_now(open->plan, clock_wall_ms());
	return open;
}

bool batch_ring_plan(struct batch_ring *ring, struct write_list *waiting, int64_t until_us)
{
	enum write_outcome outcome = WRITE_PLANNED;
	const struct plan *last = open_batch(ring)->plan;

	/* Rights are those of the applied tokens: a write behind a change of one is planned when that is applied. */
	bool is_closed =
	    (last && plan_changes_rights(last)) || (ring->handed_over && plan_changes_rights(last_handed_over(ring)->plan));
	if (!waiting->first || (!ring->is_amidst && is_closed))
		return false;
	struct batch *open = make_ready(ring);
	/* What is planned in part is planned to its end. */
	while (waiting->first && (ring->is_amidst || (!plan_changes_rights(open->plan) && !batch_ring_is_full(open)))) {
		outcome = write_plan(waiting->first, open->plan, until_us);
		ring->is_amidst = outcome == WRITE_UNFINISHED;
		if (outcome != WRITE_PLANNED)
			return ring->is_amidst;
		write_list_append(&open->writes, write_list_pop(waiting));
		if (clock_monotonic_us() >= until_us)
			break;
	}
	return waiting->first && !plan_changes_rights(open->plan) &&
	       (!batch_ring_is_full(open) ||
	           (plan_changes(open->plan)->count > 0 && ring->handed_over < STORE_COMMITS_MAX));
}

size_t batch_ring_bytes(const struct batch_ring *ring)
{
	size_t bytes = 0;

	for (size_t i = 0; i < BATCHES; i++)
		bytes += ring->batches[i].plan ? plan_bytes(ring->batches[i].plan) : 0;
	return bytes;
}

void batch_ring_hand_over(struct batch_ring *ring)
{
	struct batch *batch = open_batch(ring);
	const size_t count = batch->plan ? plan_changes(batch->plan)->count : 0;

	if (!count || ring->handed_over == STORE_COMMITS_MAX || ring->is_amidst)
		return;
	batch->commit = ring->commit;
	batch->commit.base = plan_revision(batch->plan) - count;
	batch->commit.changes = plan_take_changes(batch->plan);
	ring->handed_over++;
	store_thread_commit(ring->store, &batch->commit);
}

struct batch *batch_ring_unwritten(struct batch_ring *ring)
{
	struct batch *open = open_batch(ring);

	return !ring->handed_over && open->plan && !plan_changes(open->plan)->count && !ring->is_amidst ? open : NULL;
}

struct batch *batch_ring_pop(struct batch_ring *ring)
{
	struct batch *batch = batch_at(ring, 0);

	ring->first = (ring->first + 1) % BATCHES;
	ring->handed_over--;
	return batch;
}

bool batch_ring_is_empty(const struct batch_ring *ring)
{
	return !ring->handed_over && !ring->batches[ring->first].writes.first;
}
