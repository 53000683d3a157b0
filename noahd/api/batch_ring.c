/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/batch_ring.h"

#include "common/clock.h"

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

static bool is_begun(const struct batch *batch)
{
	return batch->plan.registry != NULL;
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
	plan_discard(&batch->plan);
	write_list_move(planned, waiting);
	write_list_move(waiting, planned);
}

void batch_ring_discard_open(struct batch_ring *ring, struct write_list *waiting)
{
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

/* What the store has not begun yet takes in more. */
static void take_back_last(struct batch_ring *ring)
{
	struct batch *open = open_batch(ring), *last;

	if (!ring->handed_over || open->writes.first)
		return;
	last = last_handed_over(ring);
	if (!store_thread_take_back(ring->store, &last->commit))
		return;
	plan_discard(&open->plan);
	last->plan.changes = last->commit.changes;
	ring->handed_over--;
}

static void begin(struct batch_ring *ring, struct batch *open)
{
	if (ring->handed_over)
		plan_follow(&open->plan, &last_handed_over(ring)->plan);
	else
		plan_begin(&open->plan, ring->registry, 0);
}

/* Rights are those of the applied tokens: a write behind a change of one is planned when that is applied. */
static bool is_closed(struct batch_ring *ring)
{
	return open_batch(ring)->plan.changes_tokens || (ring->handed_over && last_handed_over(ring)->plan.changes_tokens);
}

void batch_ring_plan(struct batch_ring *ring, struct write_list *waiting)
{
	struct batch *open;

	if (!waiting->first || is_closed(ring))
		return;
	take_back_last(ring);
	open = open_batch(ring);
	if (!is_begun(open))
		begin(ring, open);
	open->plan.now_ms = clock_wall_ms();
	while (waiting->first && !open->plan.changes_tokens && write_plan(waiting->first, &open->plan))
		write_list_append(&open->writes, write_list_pop(waiting));
}

void batch_ring_hand_over(struct batch_ring *ring)
{
	struct batch *batch = open_batch(ring);
	struct change_list changes = batch->plan.changes;

	if (!changes.count || ring->handed_over == STORE_COMMITS_MAX)
		return;
	batch->plan.changes = (struct change_list){ 0 };
	batch->commit = (struct store_commit){ .base = batch->plan.revision - changes.count, .changes = changes };
	ring->handed_over++;
	store_thread_commit(ring->store, &batch->commit);
}

struct batch *batch_ring_unwritten(struct batch_ring *ring)
{
	struct batch *open = open_batch(ring);

	return !ring->handed_over && is_begun(open) && !open->plan.changes.count ? open : NULL;
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
