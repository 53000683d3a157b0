/* delivery_fixture.h - a delivery thread on a memory store that outlives its store thread, as a disk would. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_WATCH_DELIVERY_FIXTURE_H
#define TESTS_UNIT_NOAHD_WATCH_DELIVERY_FIXTURE_H

#include "noahd/store/store.h"
#include "noahd/watch/delivery.h"

#include "tiny_sink.h"

#include <stdbool.h>
#include <stdint.h>

/* Settings of a test, to be changed before delivery_world_start. */
struct delivery_world {
	const char *listen; /* noahd's address, for the policy */
	int64_t retry_ms, give_up_ms, suspend_ms, timeout_ms;
	uint64_t events_kept, events_kept_max;
	struct tiny_sink *sink;

	uint64_t revision; /* of the last commit */
	struct store_head head;
	struct address_policy *policy;
	struct store_thread *store;
	struct delivery *delivery;
};

/* For cmocka: *state is the world, nothing started but the sink. */
int delivery_world_open(void **state);
int delivery_world_close(void **state);

/* As noahd does it: load, store thread, delivery thread. */
void delivery_world_start(struct delivery_world *world);
/* The same in two steps: between them, the delivery thread does not run yet. */
void delivery_world_load(struct delivery_world *world);
void delivery_world_run(struct delivery_world *world);
void delivery_world_stop(struct delivery_world *world);

/* One committed write each; returns its revision. */
uint64_t world_watch(struct delivery_world *world, const char *pattern, const char *endpoint);
uint64_t world_unwatch(struct delivery_world *world, const char *pattern, const char *endpoint, uint64_t created);
uint64_t world_put(struct delivery_world *world, const char *path);
/* Committed, but the delivery thread is not told. */
uint64_t world_put_unseen(struct delivery_world *world, const char *path);

/* What was reported to the store about deliveries, summed up over the world's life. */
struct world_record {
	size_t dead_count;
	struct dead_delivery last_dead; /* path is NULL: compare the rest */
	char last_reason[200];
	size_t row_count; /* as the store has them now */
	struct watch_progress last_row;
	uint64_t position;
};
struct world_record world_record(struct delivery_world *world);
/* Waits until the store has been told; fails the test after ten seconds. */
typedef bool world_condition(const struct delivery_world *world, const struct world_record *record);
void world_wait_for(struct delivery_world *world, world_condition *is_so, const char *what);

#endif
