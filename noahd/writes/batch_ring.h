/* batch_ring.h - the batches of writes in flight: planned, handed to the store, and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_BATCH_RING_H
#define NOAHD_WRITES_BATCH_RING_H

#include "noahd/writes/write.h"
#include "noahd/writes/write_list.h"
#include "noahd/store/store_thread.h"

/* Writes that go to the disk together: one transaction, one sync. */
struct batch {
	struct plan *plan; /* NULL: nothing is planned for it yet */
	struct write_list writes;
	struct store_commit commit; /* while it is handed over, it has the plan's changes */
};

enum { BATCHES = STORE_COMMITS_MAX + 1 };

/* The disk never waits: the next batch is handed over while one is written, and takes more writes until the store
   begins it. The API thread's. */
struct batch_ring {
	struct registry *registry;
	struct store_thread *store;    /* NULL until there is one */
	struct store_commit commit;    /* as each begins: its job and context */
	struct batch batches[BATCHES]; /* those handed over, in order from first on, then the open one */
	size_t first, handed_over;
	size_t write_bytes_max; /* plan_limit_bytes */
	bool is_amidst;         /* the first waiting write is planned in part, in the open batch */
};

void batch_ring_init(struct batch_ring *ring, struct registry *registry);
/* Discards everything in flight; the writes wait again. The store has stopped. */
void batch_ring_finish(struct batch_ring *ring, struct write_list *waiting);

/* Plans waiting writes until the batch is full, the time is reached (clock_monotonic_us), a write needs another batch
   to be applied first, or a token changes, which later writes must see applied. Whether more can be planned once the
   open batch is handed over. */
bool batch_ring_plan(struct batch_ring *ring, struct write_list *waiting, int64_t until_us);

/* The changes and answers of all batches. */
size_t batch_ring_bytes(const struct batch_ring *ring);

/* Gives the open batch to the store if it changes anything and the store has room. */
void batch_ring_hand_over(struct batch_ring *ring);

/* The open batch, if its writes can be answered without the disk; else NULL. */
struct batch *batch_ring_unwritten(struct batch_ring *ring);

/* The first batch handed over, which has come back. Settle it before anything else is planned. */
struct batch *batch_ring_pop(struct batch_ring *ring);

/* Discards the open batch, or one that has come back: its writes wait again, before later ones. */
void batch_ring_discard_open(struct batch_ring *ring, struct write_list *waiting);
void batch_discard(struct batch *batch, struct write_list *waiting);

bool batch_ring_is_empty(const struct batch_ring *ring);

#endif
