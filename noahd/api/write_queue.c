/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/write_queue.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"
#include "noahd/api/audit.h"
#include "noahd/api/cause.h"

#include <stdlib.h>
#include <sys/epoll.h>

enum {
	TROUBLE_TOLD_MS = 5000,          /* nobody writes, nobody knows: then we are ready until the next write tells */
	WRITE_OVERHEAD_BYTES = 16 << 10, /* a parked request with its decoded target */
};

#define NOT_NOW "Writes are not possible at the moment"

struct write_list {
	struct write *first, **last;
};

/* Writes that go to the disk together: one transaction, one sync. */
struct batch {
	struct plan plan;
	struct write_list writes;
};

/* The disk does not wait for us: while one batch is under way, the next is planned as its writes come. */
struct write_queue {
	struct api *api;
	struct store_thread *store;
	struct mailbox *commits;
	struct event_source committed;
	struct write_list waiting;                  /* unplanned */
	struct batch batches[2], *next, *under_way; /* NULL: none is */
	struct store_commit commit;                 /* of the one under way */
	bool is_paused;
	size_t unfinished_bytes;
	bool is_in_trouble;
	int64_t refused_at_ms; /* the last batch, while in trouble */
};

static void list_clear(struct write_list *list)
{
	*list = (struct write_list){ .last = &list->first };
}

static void list_append(struct write_list *list, struct write *write)
{
	write->next = NULL;
	*list->last = write;
	list->last = &write->next;
}

static struct write *list_pop(struct write_list *list)
{
	struct write *first = list->first;

	list->first = first->next;
	if (!list->first)
		list_clear(list);
	return first;
}

struct write_queue *write_queue_create(struct api *api)
{
	struct write_queue *queue = memory_zeroed(1, sizeof(*queue));
	queue->api = api;
	list_clear(&queue->waiting);
	list_clear(&queue->batches[0].writes);
	list_clear(&queue->batches[1].writes);
	queue->next = &queue->batches[0];
	return queue;
}

/* Gives each of these writes to finish, which answers it, and forgets it. What is logged of them is out before their clients hear. */
static void finish_writes(struct write_queue *queue, struct write *write,
    void (*finish)(struct write_queue *queue, struct write *write))
{
	log_gather();
	while (write) {
		struct write *next = write->next;
		finish(queue, write);
		queue->unfinished_bytes -= write->bytes;
		write_destroy(write);
		write = next;
	}
	log_release();
}

/* The writes of a list that is empty from now on. */
static struct write *take_writes(struct write_list *list)
{
	struct write *first = list->first;
	list_clear(list);
	return first;
}

static void refuse(struct write_queue *queue, const struct write *write, const struct error *err)
{
	if (write->call.request)
		answer_error(write->call.request, queue->api, err);
	else
		write->finished(write->context, err);
}

static void answer(struct write_queue *queue, struct write *write)
{
	if (write->parts && write->answer)
		audit_parts(write);
	if (write->call.request)
		answer_write(queue->api, write);
	else
		write->finished(write->context, write->answer ? NULL : &write->err);
}

/* The disk had no room: for refusals too, since they may rest on writes of the same batch. */
static void answer_unavailable(struct write_queue *queue, struct write *write)
{
	refuse(queue, write, &queue->commit.err);
}

static void abandon(struct write_queue *queue, struct write *write)
{
	(void)queue;
	if (write->call.request)
		http_request_abandon(write->call.request);
}

/* The HTTP server has stopped: its requests are gone. */
static void forget(struct write_queue *queue, struct write *write)
{
	(void)queue;
	(void)write;
}

/* Its writes wait again, before those that came later. */
static void discard_next(struct write_queue *queue)
{
	struct write_list *planned = &queue->next->writes, *waiting = &queue->waiting;

	for (struct write *write = planned->first; write; write = write->next)
		write_unplan(write);
	plan_discard(&queue->next->plan);
	while (waiting->first)
		list_append(planned, list_pop(waiting));
	while (planned->first)
		list_append(waiting, list_pop(planned));
}

void write_queue_destroy(struct write_queue *queue)
{
	if (!queue)
		return;
	if (queue->store)
		event_loop_remove(queue->api->options.loop, &queue->committed);
	discard_next(queue);
	if (queue->under_way) {
		change_list_finish(&queue->commit.changes);
		plan_discard(&queue->under_way->plan);
		finish_writes(queue, take_writes(&queue->under_way->writes), forget);
	}
	finish_writes(queue, take_writes(&queue->waiting), forget);
	free(queue);
}

static bool is_begun(const struct batch *batch)
{
	return batch->plan.registry != NULL;
}

static void begin_next(struct write_queue *queue)
{
	if (queue->under_way)
		plan_follow(&queue->next->plan, &queue->under_way->plan);
	else
		plan_begin(&queue->next->plan, queue->api->registry, 0);
}

/* All that waits, up to what has to see the batch under way applied. */
static void plan_next(struct write_queue *queue)
{
	struct batch *next = queue->next;

	if (queue->waiting.first && !is_begun(next))
		begin_next(queue);
	next->plan.now_ms = clock_wall_ms();
	while (queue->waiting.first && write_plan(queue->waiting.first, &next->plan))
		list_append(&next->writes, list_pop(&queue->waiting));
}

static void send_next(struct write_queue *queue)
{
	struct batch *batch = queue->next;
	struct change_list changes = batch->plan.changes;

	batch->plan.changes = (struct change_list){ 0 };
	queue->commit = (struct store_commit){ .base = batch->plan.revision - changes.count, .changes = changes };
	queue->under_way = batch;
	queue->next = &queue->batches[batch == &queue->batches[0]];
	store_thread_commit(queue->store, &queue->commit);
}

/* None of its writes changes anything, and what they rest on is on the disk. */
static void finish_next(struct write_queue *queue)
{
	plan_apply(&queue->next->plan);
	finish_writes(queue, take_writes(&queue->next->writes), answer);
}

static int64_t go_on(void *context)
{
	struct write_queue *queue = context;

	if (queue->is_paused)
		return -1;
	plan_next(queue);
	if (queue->under_way || !is_begun(queue->next))
		return -1;
	if (queue->next->plan.changes.count > 0)
		send_next(queue);
	else
		finish_next(queue);
	return -1;
}

/* Said once when it begins and once when it is over; clients need not know where our files are. */
static void note_trouble(struct write_queue *queue, const struct error *err)
{
	if (err && !queue->is_in_trouble)
		log_error("writes are refused: %s", err->text);
	else if (!err && queue->is_in_trouble)
		log_info("writes are taken again");
	queue->is_in_trouble = err != NULL;
	queue->refused_at_ms = clock_monotonic_ms();
}

static void wake_waiters(const struct write_queue *queue, const struct change_list *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		waiters_note_change(queue->api->waiters, changes->changes[i]);
}

/* The next batch is handed over before this one is applied and answered. */
static void batch_is_durable(struct write_queue *queue)
{
	struct api *api = queue->api;
	struct batch *batch = queue->under_way;
	struct write *durable = take_writes(&batch->writes);
	struct change_list changes = queue->commit.changes;

	metrics_count_commit(api->metrics, changes.count, queue->commit.commit_us);
	queue->under_way = NULL;
	if (queue->next->plan.changes.count > 0)
		send_next(queue);
	plan_apply(&batch->plan);
	events_append(api->events, &changes);
	note_trouble(queue, NULL);
	(void)go_on(queue);
	finish_writes(queue, durable, answer);
	wake_waiters(queue, &changes);
	api->options.publish(&changes, api->options.context);
}

/* What was planned to follow it is planned again. */
static void batch_failed(struct write_queue *queue)
{
	struct api *api = queue->api;
	struct batch *batch = queue->under_way;
	struct write *failed = take_writes(&batch->writes);

	discard_next(queue);
	change_list_finish(&queue->commit.changes);
	plan_discard(&batch->plan);
	queue->under_way = NULL;
	if (queue->commit.err.kind == ERROR_UNAVAILABLE) {
		note_trouble(queue, &queue->commit.err);
		error_set(&queue->commit.err, ERROR_UNAVAILABLE, NOT_NOW);
		finish_writes(queue, failed, answer_unavailable);
		return;
	}
	finish_writes(queue, failed, abandon);
	api->options.store_failed(&queue->commit.err, api->options.context);
}

static void on_committed(void *context, uint32_t events)
{
	struct write_queue *queue = context;

	(void)events;
	while (mailbox_pop(queue->commits)) {
		if (queue->commit.done)
			batch_is_durable(queue);
		else
			batch_failed(queue);
	}
}

bool write_queue_start(struct write_queue *queue, struct store_thread *store, struct mailbox *commits,
    struct error *err)
{
	struct event_loop *loop = queue->api->options.loop;

	queue->committed = (struct event_source){ .fd = mailbox_fd(commits), .ready = on_committed, .context = queue };
	if (!event_loop_add(loop, &queue->committed, EPOLLIN, err))
		return false;
	queue->store = store;
	queue->commits = commits;
	event_loop_before_wait(loop, go_on, queue);
	return true;
}

static bool admit(struct write_queue *queue, struct write *write, struct error *err)
{
	const struct http_call *call = &write->call;

	write->bytes += call->body_size + WRITE_OVERHEAD_BYTES;
	if (queue->unfinished_bytes + write->bytes > queue->api->options.writes_bytes_max)
		return error_set(err, ERROR_UNAVAILABLE, "Too many writes are waiting for the disk");
	return cause_parse(call->request ? http_request_header(call->request, "Noah-Cause") : NULL, &write->causes, err);
}

void write_queue_add(struct write_queue *queue, struct write *take)
{
	struct error err;

	if (!admit(queue, take, &err)) {
		refuse(queue, take, &err);
		write_destroy(take);
		return;
	}
	queue->unfinished_bytes += take->bytes;
	list_append(&queue->waiting, take);
}

void write_queue_pause(struct write_queue *queue, bool is_paused)
{
	queue->is_paused = is_paused;
}

bool write_queue_is_idle(const struct write_queue *queue)
{
	return !queue->under_way && !queue->next->writes.first && !queue->waiting.first;
}

const char *write_queue_trouble(const struct write_queue *queue)
{
	if (queue->is_paused)
		return "Writes wait for an import";
	bool lately = queue->is_in_trouble && clock_monotonic_ms() - queue->refused_at_ms < TROUBLE_TOLD_MS;
	return lately ? NOT_NOW : NULL;
}
