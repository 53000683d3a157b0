/* batch_ring.h - batches of writes on their way to the disk: planned, handed over to the store, and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_BATCH_RING_H
#define NOAHD_WRITES_BATCH_RING_H

#include "noahd/writes/write.h"
#include "noahd/writes/write_list.h"
#include "noahd/store/store_thread.h"

/* Writes that go to the disk together: one transaction, one sync. */
struct batch {
	struct plan *plan; /* NULL: nothing was planned for it yet */
	struct write_list writes;
	struct store_commit commit; /* while it is handed over: the plan's changes are here */
};

enum { BATCHES = STORE_COMMITS_MAX + 1 };

/* The disk does not wait for us: behind the batch that is being written lies the next one, and until the store begins
   it, it takes in what comes. The API thread's. */
struct batch_ring {
	struct registry *registry;
	struct store_thread *store;    /* NULL until there is one */
	struct store_commit commit;    /* as each begins: its job and context */
	struct batch batches[BATCHES]; /* those that are handed over, in order from first on, then the one that is open */
	size_t first, handed_over;
	size_t write_bytes_max; /* plan_limit_bytes */
	bool is_amidst;         /* the first that waits is planned in part, in the open batch */
};

void batch_ring_init(struct batch_ring *ring, struct registry *registry);
/* Everything that is on its way is discarded; the writes wait again. The store has stopped. */
void batch_ring_finish(struct batch_ring *ring, struct write_list *waiting);

/* Plans what waits, up to a write that has to see another batch applied, or up to a change of a token, which those
   behind it have to see applied; and no longer than until that time (clock_monotonic_us), nor for more than a batch may
   hold. Whether more can be planned once the open batch is handed over. */
bool batch_ring_plan(struct batch_ring *ring, struct write_list *waiting, int64_t until_us);

/* What all of them hold: changes and answers. */
size_t batch_ring_bytes(const struct batch_ring *ring);

/* Gives the open batch to the store, where it changes something and the store has room. */
void batch_ring_hand_over(struct batch_ring *ring);

/* The open one, where nothing has to be written for its writes to be answered; NULL: it is not so. */
struct batch *batch_ring_unwritten(struct batch_ring *ring);

/* The first that was handed over, which has come back. It must be settled before anything is planned. */
struct batch *batch_ring_pop(struct batch_ring *ring);

/* What the open batch holds, or one that has come back, is forgotten: its writes wait again, before those that came
   later. */
void batch_ring_discard_open(struct batch_ring *ring, struct write_list *waiting);
void batch_discard(struct batch *batch, struct write_list *waiting);

bool batch_ring_is_empty(const struct batch_ring *ring);

#endif
