/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/batch_ring.h"

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

static bool is_full(const struct batch *batch)
{
	return batch->plan.bytes >= BATCH_BYTES;
}

/* What the store has not begun yet takes in more. */
static void take_back_last(struct batch_ring *ring)
{
	struct batch *open = open_batch(ring), *last;

	if (!ring->handed_over || open->writes.first || ring->is_amidst)
		return;
	last = last_handed_over(ring);
	if (is_full(last) || !store_thread_take_back(ring->store, &last->commit))
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
	open->plan.bytes_max = ring->write_bytes_max;
}

/* Rights are those of the applied tokens: a write behind a change of one is planned when that is applied. */
static bool is_closed(struct batch_ring *ring)
{
	return open_batch(ring)->plan.changes_tokens || (ring->handed_over && last_handed_over(ring)->plan.changes_tokens);
}

/* What is planned in part is planned to its end. */
static bool takes_in_more(const struct batch_ring *ring, const struct batch *open)
{
	return ring->is_amidst || (!open->plan.changes_tokens && !is_full(open));
}

static struct batch *make_ready(struct batch_ring *ring)
{
	take_back_last(ring);
	struct batch *open = open_batch(ring);
	if (!is_begun(open))
		begin(ring, open);
	if (!ring->is_amidst)
		open->plan.now_ms = clock_wall_ms();
	return open;
}

bool batch_ring_plan(struct batch_ring *ring, struct write_list *waiting, int64_t until_us)
{
	enum write_outcome outcome = WRITE_PLANNED;

	if (!waiting->first || (!ring->is_amidst && is_closed(ring)))
		return false;
	struct batch *open = make_ready(ring);
	while (waiting->first && takes_in_more(ring, open)) {
		outcome = write_plan(waiting->first, &open->plan, until_us);
		ring->is_amidst = outcome == WRITE_UNFINISHED;
		if (outcome != WRITE_PLANNED)
			return ring->is_amidst;
		write_list_append(&open->writes, write_list_pop(waiting));
		if (clock_monotonic_us() >= until_us)
			break;
	}
	return waiting->first && !open->plan.changes_tokens &&
	       (!is_full(open) || (open->plan.changes.count > 0 && ring->handed_over < STORE_COMMITS_MAX));
}

size_t batch_ring_bytes(const struct batch_ring *ring)
{
	size_t bytes = 0;

	for (size_t i = 0; i < BATCHES; i++)
		bytes += ring->batches[i].plan.bytes;
	return bytes;
}

void batch_ring_hand_over(struct batch_ring *ring)
{
	struct batch *batch = open_batch(ring);
	struct change_list changes = batch->plan.changes;

	if (!changes.count || ring->handed_over == STORE_COMMITS_MAX || ring->is_amidst)
		return;
	batch->plan.changes = (struct change_list){ 0 };
	batch->commit = (struct store_commit){ .base = batch->plan.revision - changes.count, .changes = changes };
	ring->handed_over++;
	store_thread_commit(ring->store, &batch->commit);
}

struct batch *batch_ring_unwritten(struct batch_ring *ring)
{
	struct batch *open = open_batch(ring);

	return !ring->handed_over && is_begun(open) && !open->plan.changes.count && !ring->is_amidst ? open : NULL;
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
