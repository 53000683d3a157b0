/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery_fixture.h"

#include "changes.h"
#include "common/clock.h"
#include "common/memory.h"
#include "noahd/watch/address_policy.h"
#include "tests/unit/asker.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- an engine: that of memory, with an eye on what it is told, and a close that waits for the test's end -------- */

static const struct store_engine *memory;
static void *memory_state;
static struct world_record told;
static pthread_mutex_t told_mutex = PTHREAD_MUTEX_INITIALIZER;

static void note_dead(const struct dead_delivery *dead)
{
	told.dead_count++;
	told.last_dead = *dead;
	told.last_dead.path = told.last_dead.reason = NULL;
	snprintf(told.last_reason, sizeof(told.last_reason), "%s", dead->reason);
}

static void note_row(void *context, const struct watch_progress *row)
{
	(void)context;
	told.row_count++;
	told.last_row = *row;
	told.last_row.path = NULL;
}

static void note_record(void *context, const struct record *record)
{
	(void)context;
	(void)record;
}

static void note_progress(const struct delivery_progress *progress)
{
	const struct store_reader reader = { note_record, note_row, NULL };
	struct store_head head;

	pthread_mutex_lock(&told_mutex);
	for (size_t i = 0; i < progress->dead_count; i++)
		note_dead(&progress->dead[i]);
	told.row_count = 0;
	told.position = progress->position;
	memory->load(memory_state, &reader, &head, NULL);
	pthread_mutex_unlock(&told_mutex);
}

static bool watched_commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err)
{
	bool done = memory->commit(state, base, changes, count, progress, err);

	if (done && progress)
		note_progress(progress);
	return done;
}

static void keep_open(void *state)
{
	(void)state;
}

static struct store_engine watched;

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

int delivery_world_open(void **state)
{
	struct delivery_world *world = memory_zeroed(1, sizeof(*world));

	world->listen = "127.0.0.1:1";
	world->retry_ms = 20;
	world->give_up_ms = world->suspend_ms = 3600 * 1000;
	world->timeout_ms = 5000;
	world->events_kept = world->events_kept_max = 1000000;
	world->sink = tiny_sink_start();
	*state = world;
	return 0;
}

int delivery_world_close(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_stop(world);
	if (memory_state)
		memory->close(memory_state);
	memory_state = NULL;
	memset(&told, 0, sizeof(told));
	tiny_sink_stop(world->sink);
	free(world);
	return 0;
}

static void open_store(const struct delivery_world *world)
{
	const struct store_options options = { .state_directory = "",
		.events_kept = world->events_kept,
		.events_kept_max = world->events_kept_max,
		.events_bytes_max = UINT64_MAX };

	if (memory_state)
		return;
	memory = store_engine_find("memory");
	watched = *memory;
	watched.commit = watched_commit;
	watched.close = keep_open;
	assert_true(memory->open(&options, &memory_state, NULL));
}

static void restore_record(void *context, const struct record *record)
{
	if (record->kind == OBJECT_WATCH)
		delivery_restore_watch(context, record);
}

static void restore_progress(void *context, const struct watch_progress *row)
{
	delivery_restore_progress(context, row);
}

static struct delivery *create_delivery(struct delivery_world *world, const char *epoch)
{
	const struct delivery_options options = {
		.epoch = epoch,
		.retry_ms = &world->retry_ms,
		.retry_count = 1,
		.give_up_ms = world->give_up_ms,
		.suspend_ms = world->suspend_ms,
		.timeout_ms = world->timeout_ms,
		.in_flight_max = 16,
		.ca_file = "",
		.certificate = "",
		.key = "",
		.policy = world->policy,
		.store = world->store,
	};
	struct error err = { .text = "" };
	struct delivery *delivery = delivery_create(&options, &err);

	if (!delivery)
		fail_msg("%s", err.text);
	return delivery;
}

void delivery_world_load(struct delivery_world *world)
{
	const struct address_policy_options policy_options = { .listen = &world->listen, .listen_count = 1 };
	struct store_reader reader = { note_record, note_row, NULL };
	struct store_head head;

	open_store(world);
	world->policy = address_policy_create(&policy_options, NULL);
	asker_start();
	assert_true(memory->load(memory_state, &reader, &head, NULL));
	world->revision = head.revision;
	const struct store_thread_options thread_options = {
		.engine = &watched, .revision = head.revision, .failures = asker.inbox
	};
	world->store = store_thread_start(&thread_options, memory_state, NULL);
	world->delivery = create_delivery(world, "epoch");
	reader = (struct store_reader){ restore_record, restore_progress, world->delivery };
	/* The store thread has nothing to do yet, so this thread may read. */
	assert_true(memory->load(memory_state, &reader, &head, NULL));
	world->head = head;
}

void delivery_world_run(struct delivery_world *world)
{
	assert_true(delivery_start(world->delivery, world->head.delivery_position, world->head.revision, NULL));
}

void delivery_world_start(struct delivery_world *world)
{
	delivery_world_load(world);
	delivery_world_run(world);
}

void delivery_world_stop(struct delivery_world *world)
{
	delivery_stop(world->delivery);
	store_thread_stop(world->store);
	if (asker.loop)
		asker_stop();
	address_policy_destroy(world->policy);
	world->delivery = NULL;
	world->store = NULL;
	world->policy = NULL;
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

enum delivery_push { PUSHED, NOT_PUSHED };

static void commit(struct delivery_world *world, struct change *take, enum delivery_push push)
{
	struct store_commit commit = { .job = ASKER_JOB, .base = world->revision };

	world->revision = take->revision;
	change_list_append(&commit.changes, take);
	store_thread_commit(world->store, &commit);
	assert_ptr_equal(asker_wait(), &commit.job);
	assert_true(commit.done);
	if (push == PUSHED)
		delivery_push(world->delivery, &commit.changes);
	change_list_finish(&commit.changes);
}

uint64_t world_watch(struct delivery_world *world, const char *pattern, const char *endpoint)
{
	uint64_t revision = world->revision + 1;
	commit(world, make_watch_change(revision, CHANGE_CREATE, revision, pattern, endpoint), PUSHED);
	return revision;
}

uint64_t world_unwatch(struct delivery_world *world, const char *pattern, const char *endpoint, uint64_t created)
{
	uint64_t revision = world->revision + 1;
	commit(world, make_watch_change(revision, CHANGE_DELETE, created, pattern, endpoint), PUSHED);
	return revision;
}

uint64_t world_put(struct delivery_world *world, const char *path)
{
	uint64_t revision = world->revision + 1;
	commit(world, make_change(revision, revision, path, ""), PUSHED);
	return revision;
}

uint64_t world_put_unseen(struct delivery_world *world, const char *path)
{
	uint64_t revision = world->revision + 1;
	commit(world, make_change(revision, revision, path, ""), NOT_PUSHED);
	return revision;
}

/* ---- what became of it ------------------------------------------------------------------------------------------- */

struct world_record world_record(struct delivery_world *world)
{
	(void)world;
	pthread_mutex_lock(&told_mutex);
	struct world_record record = told;
	pthread_mutex_unlock(&told_mutex);
	return record;
}

void world_wait_for(struct delivery_world *world, world_condition *is_so, const char *what)
{
	int64_t deadline_ms = clock_monotonic_ms() + 10000;
	struct world_record record;

	while (record = world_record(world), !is_so(world, &record)) {
		if (clock_monotonic_ms() > deadline_ms)
			fail_msg("the store was not told in time: %s", what);
		poll(NULL, 0, 5);
	}
}
