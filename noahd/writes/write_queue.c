/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/writes/write_queue.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "noahd/writes/batch_ring.h"

#include <stdlib.h>

enum {
	TROUBLE_TOLD_MS = 5000, /* without further writes: then noahd counts as ready until the next one fails */
	SLICE_US = 5000,        /* of planning in one round of the loop */
};

#define NOT_NOW "Writes are not possible at the moment"

struct write_queue {
	struct write_queue_options options;
	struct write_list waiting; /* unplanned */
	struct batch_ring ring;
	struct change_list answered; /* whose subscribers have not seen CHANGES_ANSWERED yet */
	int64_t answered_commit_us;
	bool is_void; /* what is handed over rests on a batch that failed, and will fail too */
	struct error failure;
	bool is_paused;
	size_t unfinished_bytes;
	bool is_in_trouble;
	int64_t refused_at_ms; /* the last batch, while in trouble */
};

struct write_queue *write_queue_create(const struct write_queue_options *options)
{
	struct write_queue *queue = memory_zeroed(1, sizeof(*queue));
	queue->options = *options;
	write_list_clear(&queue->waiting);
	batch_ring_init(&queue->ring, options->registry);
	queue->ring.write_bytes_max = options->write_bytes_max;
	return queue;
}

/* Finishes and destroys each of these writes. Their log lines are written before their answers. */
static void finish_writes(struct write_queue *queue, struct write *write, enum write_end end, const struct error *err)
{
	log_gather();
	while (write) {
		struct write *next = write->next;
		write->rules->finish(write, end, err);
		queue->unfinished_bytes -= write->bytes;
		write_destroy(write);
		write = next;
	}
	log_release();
}

void write_queue_destroy(struct write_queue *queue)
{
	if (!queue)
		return;
	batch_ring_finish(&queue->ring, &queue->waiting);
	finish_writes(queue, write_list_take(&queue->waiting), WRITE_FORGOTTEN, NULL);
	change_list_finish(&queue->answered);
	free(queue);
}

/* Before anything else is planned: what they do beyond the registry holds for what comes behind them. */
static void apply(struct batch *batch, const struct write *writes)
{
	plan_apply(batch->plan);
	batch->plan = NULL;
	for (; writes; writes = writes->next)
		write_applied(writes);
}

/* Before each wait, and when a batch has come back. What takes long is planned in slices, and in between reads get
   their turn. */
static int64_t write_queue_go_on(void *context)
{
	struct write_queue *queue = context;
	const int64_t until_us = clock_monotonic_us() + SLICE_US;
	struct batch *unwritten;
	bool more;

	if (queue->is_paused || queue->is_void)
		return -1;
	do {
		more = batch_ring_plan(&queue->ring, &queue->waiting, until_us);
		batch_ring_hand_over(&queue->ring);
		unwritten = batch_ring_unwritten(&queue->ring);
		if (unwritten) {
			apply(unwritten, unwritten->writes.first);
			finish_writes(queue, write_list_take(&unwritten->writes), WRITE_SETTLED, NULL);
			more = queue->waiting.first;
		}
	} while (more && clock_monotonic_us() < until_us);
	return more ? 0 : -1;
}

/* Said once when it begins and once when it is over; clients need not know where our files are. */
static void note_trouble(struct write_queue *queue, const struct error *err)
{
	if (err && !queue->is_in_trouble)
		log_error("writes are refused: %s", err->text);
	else if (!err && queue->is_in_trouble)
		log_info("writes are accepted again");
	queue->is_in_trouble = err != NULL;
	queue->refused_at_ms = clock_monotonic_ms();
}

/* Before each wait, when the HTTP server has sent the answers: waking another thread first, they would wait for it. */
static int64_t write_queue_show_answered(void *context)
{
	struct write_queue *queue = context;

	if (!queue->answered.count)
		return -1;
	changes_applied(queue->options.changes, CHANGES_ANSWERED,
	    &(struct applied_changes){ &queue->answered, queue->answered_commit_us });
	change_list_finish(&queue->answered);
	return 0; /* what waits for an idle queue looks again */
}

/* The next batch is handed over before this one is applied, and the one behind it is planned before this one is
   answered, so the disk waits for neither. */
static void batch_is_durable(struct write_queue *queue, struct batch *batch)
{
	struct write *durable = write_list_take(&batch->writes);
	struct change_list list = batch->commit.changes;
	const struct applied_changes changes = { &list, batch->commit.commit_us };

	(void)write_queue_show_answered(queue);
	batch_ring_hand_over(&queue->ring);
	apply(batch, durable);
	changes_applied(queue->options.changes, CHANGES_APPLIED, &changes);
	note_trouble(queue, NULL);
	(void)write_queue_go_on(queue);
	finish_writes(queue, durable, WRITE_SETTLED, NULL);
	queue->answered = list;
	queue->answered_commit_us = changes.commit_us;
}

/* Of one that failed by itself. */
static void fail_batch(struct write_queue *queue, struct batch *batch)
{
	struct write *failed = write_list_take(&batch->writes);

	plan_discard(batch->plan);
	batch->plan = NULL;
	if (queue->failure.kind == ERROR_UNAVAILABLE) {
		note_trouble(queue, &queue->failure);
		error_set(&queue->failure, ERROR_UNAVAILABLE, NOT_NOW);
		/* Refusals too: they may rest on a write of the batch. */
		finish_writes(queue, failed, WRITE_TURNED_AWAY, &queue->failure);
		return;
	}
	finish_writes(queue, failed, WRITE_LOST, NULL);
	if (!queue->is_void)
		queue->options.store_failed(&queue->failure, queue->options.context);
}

/* What rests on it is planned again: what the store has by then, once it has come back. */
static void batch_failed(struct write_queue *queue, struct batch *batch)
{
	queue->failure = batch->commit.err;
	batch_ring_discard_open(&queue->ring, &queue->waiting);
	change_list_finish(&batch->commit.changes);
	if (queue->is_void && queue->failure.kind == ERROR_CONFLICT)
		batch_discard(batch, &queue->waiting);
	else
		fail_batch(queue, batch);
	queue->is_void = queue->ring.handed_over > 0;
}

static void committed(struct job *job)
{
	struct write_queue *queue = JOB_OF(job, struct store_commit, job)->context;
	struct batch *batch = batch_ring_pop(&queue->ring);

	if (batch->commit.done)
		batch_is_durable(queue, batch);
	else
		batch_failed(queue, batch);
}

void write_queue_start(struct write_queue *queue, struct store_thread *store, struct inbox *answers)
{
	queue->ring.store = store;
	queue->ring.commit =
	    (struct store_commit){ .job = { .answers = answers, .answered = committed }, .context = queue };
	event_loop_before_wait(queue->options.loop, write_queue_go_on, queue);
	event_loop_before_wait(queue->options.loop, write_queue_show_answered, queue);
}

void write_queue_add(struct write_queue *queue, struct write *take)
{
	struct error err;
	size_t bytes = queue->unfinished_bytes + batch_ring_bytes(&queue->ring) + take->bytes;

	bool is_admitted = bytes <= queue->options.bytes_max
	                       ? take->rules->admit(take, &err)
	                       : error_set(&err, ERROR_UNAVAILABLE, "Too many writes are waiting for the disk");
	if (!is_admitted) {
		take->rules->finish(take, WRITE_TURNED_AWAY, &err);
		write_destroy(take);
		return;
	}
	queue->unfinished_bytes += take->bytes;
	write_list_append(&queue->waiting, take);
}

void write_queue_pause(struct write_queue *queue)
{
	queue->is_paused = true;
}

void write_queue_resume(struct write_queue *queue)
{
	queue->is_paused = false;
}

bool write_queue_is_idle(const struct write_queue *queue)
{
	return batch_ring_is_empty(&queue->ring) && !queue->waiting.first && !queue->answered.count;
}

const char *write_queue_trouble(const struct write_queue *queue)
{
	if (queue->is_paused)
		return "An import is in progress";
	bool lately = queue->is_in_trouble && clock_monotonic_ms() - queue->refused_at_ms < TROUBLE_TOLD_MS;
	return lately ? NOT_NOW : NULL;
}
