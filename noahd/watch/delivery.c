/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/delivery.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/worker.h"
#include "noahd/watch/agent.h"
#include "noahd/watch/dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
	CHANGES_MAX = 4096,           /* lists that the API has pushed and the thread has not read yet */
	QUEUED_BYTES_MAX = 256 << 20, /* of all endpoints; further deliveries are read from the log when they are due */
	STOP_MS_MAX = 2000,
};

enum { JOB_CHANGES };

/* What the API pushes, without an answer. */
struct changes_job {
	struct job job;
	struct change_list changes;
};

struct delivery {
	struct delivery_options options;
	struct agent_options agent_options;
	int64_t *retry_ms;
	struct worker *worker;
	struct event_loop *loop; /* the worker's */
	struct agents *agents;
	struct watch_table table;
	struct log_reader reader;
	struct run_time run_time;
	struct progress progress;
	struct sender sender;
	struct dispatch dispatch;

	size_t watch_count;      /* as of what was pushed last: the API's */
	_Atomic uint64_t missed; /* the last revision that was dropped */
	atomic_bool is_stopping;
	struct event_timer stop_timer;
	int64_t stop_by_ms;

	struct watch_progress *rows; /* of the store, until start */
	size_t row_count;
	_Atomic bool has_ended;
};

/* ---- the API's side ---------------------------------------------------------------------------------------------- */

static void changes_destroy(struct job *job)
{
	struct changes_job *pushed = JOB_OF(job, struct changes_job, job);

	change_list_finish(&pushed->changes);
	free(pushed);
}

/* Whether the list has changes of watches. */
static bool delivery_count_watches(struct delivery *delivery, const struct change_list *list)
{
	bool has_watches = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct change *change = list->changes[i];
		if (change->record.kind != OBJECT_WATCH)
			continue;
		has_watches = true;
		delivery->watch_count += change->action == CHANGE_CREATE;
		delivery->watch_count -= change->action == CHANGE_DELETE;
	}
	return has_watches;
}

/* While there is no watch, nothing is delivered, and the thread only follows.

   Notes the gap before the second try: either that try succeeds, or the inbox was still full after the note, so that
   the thread finds the note once it has emptied the inbox. */
void delivery_push(struct delivery *delivery, struct change_list *take)
{
	if (!take->count)
		return;
	struct changes_job *pushed = memory_zeroed(1, sizeof(*pushed));
	pushed->job.is_deferrable = !delivery_count_watches(delivery, take) && !delivery->watch_count;
	pushed->changes = *take;
	*take = (struct change_list){ 0 };
	if (worker_ask(delivery->worker, JOB_CHANGES, &pushed->job))
		return;
	atomic_store(&delivery->missed, pushed->changes.changes[pushed->changes.count - 1]->revision);
	if (!worker_ask(delivery->worker, JOB_CHANGES, &pushed->job))
		changes_destroy(&pushed->job);
}

enum watch_state delivery_watch_state(const struct delivery *delivery, const char *path, uint64_t created)
{
	return watch_states_find(delivery->table.states, path, created);
}

void delivery_stats_read(const struct delivery *delivery, struct delivery_stats *out)
{
	*out = (struct delivery_stats){
		.pending = delivery->table.budget.count,
		.acknowledged = delivery->sender.acknowledged,
		.failed = delivery->sender.failed,
		.has_ended = delivery->has_ended,
	};
}

/* ---- the thread's side ------------------------------------------------------------------------------------------- */

/* What a stop drops is in the log, from which the next start reads it. */
static enum job_progress take_changes(struct job *job, void *context)
{
	struct delivery *delivery = context;

	if (!atomic_load(&delivery->is_stopping))
		dispatch_live(&delivery->dispatch, &JOB_OF(job, struct changes_job, job)->changes);
	changes_destroy(job);
	return JOB_DONE;
}

/* Before each wait, and so after all that was pushed. */
static int64_t note_missed(void *context)
{
	struct delivery *delivery = context;
	uint64_t missed = atomic_load(&delivery->missed);

	if (missed > delivery->dispatch.cursor.handed && !atomic_load(&delivery->is_stopping))
		dispatch_missed(&delivery->dispatch, missed);
	return -1;
}

/* The store thread still has our pages and may be busy; it gets the last progress as soon as it has room. */
static void try_to_stop(void *context, int64_t now_ms)
{
	enum { LOOK_AGAIN_MS = 5 };
	struct delivery *delivery = context;
	bool flushed = progress_flush(&delivery->progress) || now_ms >= delivery->stop_by_ms;

	if (flushed)
		progress_hold(&delivery->progress);
	if (flushed && log_reader_is_idle(&delivery->reader))
		worker_end(delivery->worker);
	else
		event_timer_set(delivery->loop, &delivery->stop_timer, now_ms + LOOK_AGAIN_MS);
}

static void begin_stop(void *context)
{
	struct delivery *delivery = context;

	sender_stop(&delivery->sender, &delivery->table);
	log_reader_stop(&delivery->reader);
	delivery->stop_by_ms = clock_monotonic_ms() + STOP_MS_MAX;
	try_to_stop(delivery, clock_monotonic_ms());
}

static void begin_delivering(void *context)
{
	struct delivery *delivery = context;
	dispatch_start(&delivery->dispatch);
}

static void delivery_failed(const struct error *err, void *context)
{
	struct delivery *delivery = context;

	log_error("deliveries have ended: %s", err->text);
	delivery->has_ended = true;
}

static const struct job_kind delivery_jobs[] = {
	[JOB_CHANGES] = { CHANGES_MAX, take_changes, changes_destroy },
};

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

/* The interval between tries of a failing endpoint is shorter than the largest gap. */
static void start_run_time(struct delivery *delivery)
{
	int64_t longest_ms = RETRY_AFTER_MS_MAX;

	for (size_t i = 0; i < delivery->options.retry_count; i++)
		longest_ms = delivery->retry_ms[i] > longest_ms ? delivery->retry_ms[i] : longest_ms;
	run_time_init(&delivery->run_time, 2 * (longest_ms + delivery->options.timeout_ms),
	    2 * delivery->options.give_up_ms / RUN_MARKS_MAX, clock_monotonic_ms());
}

static void connect_parts(struct delivery *delivery)
{
	const struct delivery_options *options = &delivery->options;
	const struct sender_options sender_options = {
		.loop = delivery->loop,
		.agents = delivery->agents,
		.progress = &delivery->progress,
		.table = &delivery->table,
		.run_time = &delivery->run_time,
		.epoch = options->epoch,
		.keys = options->keys,
		.key_count = options->key_count,
		.retry = { delivery->retry_ms, options->retry_count, options->give_up_ms, options->suspend_ms },
		.in_flight_max = options->in_flight_max,
		.moved = dispatch_moved,
		.context = &delivery->dispatch,
	};

	start_run_time(delivery);
	progress_init(&delivery->progress, delivery->loop, options->store, &delivery->table, &delivery->run_time);
	sender_init(&delivery->sender, &sender_options);
	dispatch_init(&delivery->dispatch, &delivery->table, &delivery->progress, &delivery->sender, &delivery->reader,
	    &delivery->run_time);
}

/* One round of the loop takes all that was pushed; only after it is known what was missed. */
static bool create_worker(struct delivery *delivery, struct error *err)
{
	const struct worker_options options = {
		.name = "delivery",
		.kinds = delivery_jobs,
		.kind_count = sizeof(delivery_jobs) / sizeof(*delivery_jobs),
		.at_once = CHANGES_MAX + STORE_PAGES_MAX,
		.begin = begin_delivering,
		.stop = begin_stop,
		.failed = delivery_failed,
		.context = delivery,
	};

	delivery->worker = worker_create(&options, err);
	if (!delivery->worker)
		return false;
	delivery->loop = worker_loop(delivery->worker);
	event_loop_before_wait(delivery->loop, note_missed, delivery);
	return true;
}

static struct agent_options agent_options_of(const struct delivery *delivery)
{
	const struct delivery_options *options = &delivery->options;

	return (struct agent_options){ .loop = delivery->loop,
		.policy = options->policy,
		.timeout_ms = options->timeout_ms,
		.in_flight_max = options->in_flight_max,
		.ca_file = options->ca_file,
		.certificate = options->certificate,
		.key = options->key };
}

struct delivery *delivery_create(const struct delivery_options *options, struct error *err)
{
	struct delivery *delivery = memory_zeroed(1, sizeof(*delivery));

	delivery->options = *options;
	delivery->retry_ms = memory_copy(options->retry_ms, options->retry_count * sizeof(*options->retry_ms));
	delivery->stop_timer = (struct event_timer){ .fire = try_to_stop, .context = delivery };
	watch_table_init(&delivery->table, QUEUED_BYTES_MAX);
	if (create_worker(delivery, err)) {
		delivery->table.states = watch_states_create(delivery->loop, &delivery->table);
		log_reader_start(&delivery->reader, options->store, delivery->loop, worker_inbox(delivery->worker));
		delivery->agent_options = agent_options_of(delivery);
		delivery->agents = agents_start(&delivery->agent_options, err);
	}
	connect_parts(delivery);
	if (delivery->agents)
		return delivery;
	delivery_stop(delivery);
	return NULL;
}

void delivery_restore_watch(struct delivery *delivery, const struct record *watch)
{
	struct error err;

	delivery->watch_count++;
	if (!watch_table_add(&delivery->table, watch, &err))
		log_warning("watch %s is malformed and gets nothing: %s", watch->path, err.text);
	else
		watch_warn_of_form(watch_table_find(&delivery->table, watch->path));
}

void delivery_restore_token(struct delivery *delivery, const struct record *token)
{
	token_table_set(delivery->table.tokens, token->path, token);
}

void delivery_restore_progress(struct delivery *delivery, const struct watch_progress *row)
{
	delivery->rows = memory_grow(delivery->rows, delivery->row_count + 1, sizeof(*delivery->rows));
	delivery->rows[delivery->row_count] = *row;
	delivery->rows[delivery->row_count++].path = memory_text(row->path);
}

static void free_rows(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->row_count; i++)
		free(delivery->rows[i].path);
	free(delivery->rows);
	delivery->rows = NULL;
	delivery->row_count = 0;
}

bool delivery_start(struct delivery *delivery, uint64_t position, uint64_t head, struct error *err)
{
	dispatch_restore(&delivery->dispatch, delivery->rows, delivery->row_count, position, head);
	free_rows(delivery);
	watch_states_publish(delivery->table.states);
	return worker_start(delivery->worker, err);
}

void delivery_stop(struct delivery *delivery)
{
	if (!delivery)
		return;
	atomic_store(&delivery->is_stopping, true);
	worker_stop(delivery->worker);
	agents_stop(delivery->agents);
	dispatch_finish(&delivery->dispatch);
	progress_finish(&delivery->progress);
	watch_states_destroy(delivery->table.states);
	watch_table_finish(&delivery->table);
	worker_destroy(delivery->worker);
	free_rows(delivery);
	free(delivery->retry_ms);
	free(delivery);
}
