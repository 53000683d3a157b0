/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/progress.h"

#include "common/clock.h"
#include "common/memory.h"

#include <stdlib.h>
#include <utlist.h>

enum { HAND_OVER_MS = 200, TRY_AGAIN_MS = 50 };

static void progress_timer_fired(void *context, int64_t now_ms)
{
	(void)now_ms;
	(void)progress_flush(context);
}

void progress_init(struct progress *progress, struct event_loop *loop, struct store_thread *store,
    const struct watch_table *table, struct run_time *run_time)
{
	*progress = (struct progress){ .loop = loop, .store = store, .table = table, .run_time = run_time };
	progress->timer = (struct event_timer){ .fire = progress_timer_fired, .context = progress };
	progress->next = memory_zeroed(1, sizeof(*progress->next));
}

void progress_finish(struct progress *progress)
{
	delivery_progress_destroy(progress->next);
	delivery_progress_destroy(progress->waiting);
	*progress = (struct progress){ 0 };
}

/* The first change of progress starts the delay in which others are collected. */
static void progress_note(struct progress *progress)
{
	if (!progress->timer.place)
		event_timer_set(progress->loop, &progress->timer, clock_monotonic_ms() + HAND_OVER_MS);
}

void progress_hold(struct progress *progress)
{
	progress->held = true;
}

void progress_release(struct progress *progress)
{
	if (progress->held)
		progress_note(progress);
	progress->held = false;
}

void progress_set_position(struct progress *progress, uint64_t position)
{
	progress->position = position;
	progress_note(progress);
}

void progress_mark(struct progress *progress, struct watch *watch)
{
	progress_note(progress);
	if (watch->marked)
		return;
	watch->marked = true;
	DL_APPEND2(progress->marked, watch, previous_marked, next_marked);
}

void progress_mark_endpoint(struct progress *progress, struct endpoint *endpoint)
{
	struct watch *watch;

	for (watch = endpoint->watches; watch; watch = watch->next)
		progress_mark(progress, watch);
}

static void unmark(struct progress *progress, struct watch *watch)
{
	if (watch->marked)
		DL_DELETE2(progress->marked, watch, previous_marked, next_marked);
	watch->marked = false;
}

void progress_forget(struct progress *progress, struct watch *watch)
{
	unmark(progress, watch);
	if (watch->has_row)
		progress_clear_row(progress, watch->path);
}

/* Arrays that grow by one have no capacity of their own: it doubles at each power of two. */
static void *grow_by_one(void *array, size_t count, size_t size)
{
	return count & (count - 1) ? array : memory_grow(array, count ? 2 * count : 1, size);
}

void progress_clear_row(struct progress *progress, const char *path)
{
	struct delivery_progress *next = progress->next;

	next->clear = grow_by_one(next->clear, next->clear_count, sizeof(*next->clear));
	next->clear[next->clear_count++] = memory_text(path);
	progress_note(progress);
}

void progress_dead(struct progress *progress, const struct watch *watch, uint64_t from, uint64_t to, const char *reason)
{
	struct delivery_progress *next = progress->next;

	next->dead = grow_by_one(next->dead, next->dead_count, sizeof(*next->dead));
	next->dead[next->dead_count++] = (struct dead_delivery){ .path = memory_text(watch->path),
		.from = from,
		.to = to,
		.at_ms = clock_wall_ms(),
		.reason = memory_text(reason) };
	progress_note(progress);
}

/* ---- what a watch's row says ------------------------------------------------------------------------------------- */

uint64_t progress_acknowledged(const struct progress *progress, const struct watch *watch)
{
	uint64_t matched = watch->endpoint->lagging ? watch->endpoint->cursor.handed : progress->position;

	return watch->pending || matched < watch->target.after ? watch->target.after : matched;
}

static int64_t failing_ms(const struct progress *progress, const struct endpoint *endpoint)
{
	int64_t since_ms = progress->run_time->now_ms - endpoint->failing_since_ms;

	if (!endpoint->is_failing)
		return 0;
	return since_ms > 0 ? since_ms : 1;
}

/* Deliveries behind the head of a blocked queue may have their waiting time restarted by a start: it is never longer
   than the real one. */
static int64_t waiting_ms(const struct progress *progress, const struct watch *watch)
{
	const struct queued_delivery *head = endpoint_queue_head(&watch->endpoint->queue);

	if (!watch->endpoint->is_failing || !head || head->watch != watch)
		return 0;
	return progress->run_time->now_ms - head->since_ms;
}

static void set_row(struct progress *progress, struct watch *watch)
{
	struct delivery_progress *next = progress->next;

	(void)run_time_now(progress->run_time);
	next->set = grow_by_one(next->set, next->set_count, sizeof(*next->set));
	next->set[next->set_count++] = (struct watch_progress){ .path = memory_text(watch->path),
		.acknowledged = progress_acknowledged(progress, watch),
		.failing_ms = failing_ms(progress, watch->endpoint),
		.waiting_ms = waiting_ms(progress, watch),
		.state = watch->state };
	watch->has_row = true;
}

/* A removed watch may have been created again with the same name: then the new one sets or clears the row. */
static void keep_rows_of_living(struct progress *progress)
{
	struct delivery_progress *next = progress->next;
	size_t kept = 0;

	for (size_t i = 0; i < next->clear_count; i++) {
		struct watch *watch = watch_table_find(progress->table, next->clear[i]);
		if (watch) {
			watch->has_row = true;
			progress_mark(progress, watch);
			free(next->clear[i]);
		} else {
			next->clear[kept++] = next->clear[i];
		}
	}
	next->clear_count = kept;
}

static uint64_t needed_by(const struct progress *progress, const struct endpoint *endpoint, uint64_t needed)
{
	struct watch *watch;

	if (!endpoint->queue.count && !endpoint->lagging)
		return needed;
	for (watch = endpoint->watches; watch; watch = watch->next) {
		uint64_t acknowledged = progress_acknowledged(progress, watch);
		if (watch->state == WATCH_ACTIVE && acknowledged < needed)
			needed = acknowledged;
	}
	return needed;
}

static struct delivery_progress *collect_rows(struct progress *progress)
{
	struct delivery_progress *gathered = progress->next;
	struct endpoint *endpoint, *following;

	keep_rows_of_living(progress);
	while (progress->marked) {
		struct watch *watch = progress->marked;
		unmark(progress, watch);
		if (watch->pending || watch->endpoint->lagging || watch->state != WATCH_ACTIVE) {
			set_row(progress, watch);
		} else if (watch->has_row) {
			progress_clear_row(progress, watch->path);
			watch->has_row = false;
		}
	}
	gathered->position = gathered->needed = progress->position;
	HASH_ITER (hh, progress->table->endpoints, endpoint, following)
		gathered->needed = needed_by(progress, endpoint, gathered->needed);
	progress->next = memory_zeroed(1, sizeof(*progress->next));
	return gathered;
}

bool progress_flush(struct progress *progress)
{
	bool late = progress->waiting != NULL;

	if (progress->held)
		return true;
	if (!late)
		progress->waiting = collect_rows(progress);
	event_timer_cancel(progress->loop, &progress->timer); /* collecting notes rows, too */
	if (!store_thread_progress(progress->store, progress->waiting)) {
		event_timer_set(progress->loop, &progress->timer, clock_monotonic_ms() + TRY_AGAIN_MS);
		return false;
	}
	progress->waiting = NULL;
	if (late)
		progress_note(progress); /* what was noted meanwhile */
	return true;
}
