/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/delivery.h"

#include "common/clock.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "common/mailbox.h"
#include "common/memory.h"
#include "noahd/watch/agent.h"
#include "noahd/watch/dispatch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	INBOX_LISTS_MAX = 4096,
	QUEUED_BYTES_MAX = 256 << 20, /* over all endpoints; what waits beyond is read from the log when its turn comes */
	STOP_MS_MAX = 2000,
};

struct delivery {
	struct delivery_options options;
	struct agent_options agent_options;
	int64_t *retry_ms;
	struct event_loop *loop;
	struct agents *agents;
	struct watch_table table;
	struct log_reader reader;
	struct run_time run_time;
	struct progress progress;
	struct sender sender;
	struct dispatch dispatch;

	struct inbox *answers;   /* of the store */
	struct mailbox *inbox;   /* of struct change_list *, from the API */
	_Atomic uint64_t missed; /* the last revision that found the inbox full */
	struct event_source inbox_source, stop_source;
	struct event_timer stop_timer;
	int64_t stop_by_ms;

	struct watch_progress *rows; /* of the store, until start */
	size_t row_count;
	pthread_t thread;
	bool running;
	_Atomic bool has_ended;
};

/* ---- the API's side ---------------------------------------------------------------------------------------------- */

/* The note comes before the second try: either that gets in, or the box was still full after the note, so that
   the receiver, having emptied it, finds the note. */
void delivery_push(struct delivery *delivery, struct change_list *take)
{
	struct change_list *list;

	if (!take->count)
		return;
	list = memory_copy(take, sizeof(*take));
	*take = (struct change_list){ 0 };
	if (mailbox_push(delivery->inbox, list))
		return;
	atomic_store(&delivery->missed, list->changes[list->count - 1]->revision);
	if (mailbox_push(delivery->inbox, list))
		return;
	change_list_finish(list);
	free(list);
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

static void delivery_inbox_ready(void *context, uint32_t events)
{
	struct delivery *delivery = context;
	struct change_list *list;

	(void)events;
	while ((list = mailbox_pop(delivery->inbox))) {
		dispatch_live(&delivery->dispatch, list);
		change_list_finish(list);
		free(list);
	}
	uint64_t missed = atomic_load(&delivery->missed);
	if (missed > delivery->dispatch.cursor.handed)
		dispatch_missed(&delivery->dispatch, missed);
}

/* The store thread still has our pages and may be busy; it gets the last progress once it is not. */
static void try_to_stop(void *context, int64_t now_ms)
{
	enum { LOOK_AGAIN_MS = 5 };
	struct delivery *delivery = context;
	bool flushed = progress_flush(&delivery->progress) || now_ms >= delivery->stop_by_ms;

	if (flushed)
		progress_hold(&delivery->progress);
	if (flushed && log_reader_is_idle(&delivery->reader))
		event_loop_stop(delivery->loop);
	else
		event_timer_set(delivery->loop, &delivery->stop_timer, now_ms + LOOK_AGAIN_MS);
}

static void stop_ready(void *context, uint32_t events)
{
	struct delivery *delivery = context;

	(void)events;
	event_loop_remove(delivery->loop, &delivery->stop_source);
	event_loop_remove(delivery->loop, &delivery->inbox_source);
	sender_stop(&delivery->sender, &delivery->table);
	log_reader_stop(&delivery->reader);
	delivery->stop_by_ms = clock_monotonic_ms() + STOP_MS_MAX;
	try_to_stop(delivery, clock_monotonic_ms());
}

static void *delivery_run(void *context)
{
	struct delivery *delivery = context;
	struct error err;

	dispatch_start(&delivery->dispatch);
	if (!event_loop_run(delivery->loop, &err)) {
		log_error("deliveries have ended: %s", err.text);
		delivery->has_ended = true;
	}
	return NULL;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

/* An endpoint that fails is tried in less than the largest gap. */
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

static bool listen_to(struct delivery *delivery, struct error *err)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	delivery->stop_source = (struct event_source){ fd, stop_ready, delivery };
	delivery->inbox_source = (struct event_source){ mailbox_fd(delivery->inbox), delivery_inbox_ready, delivery };
	delivery->stop_timer = (struct event_timer){ .fire = try_to_stop, .context = delivery };
	if (fd < 0)
		return error_set_errno(err, ERROR_INTERNAL, "an eventfd cannot be made");
	log_reader_start(&delivery->reader, delivery->options.store, delivery->loop, delivery->answers);
	return event_loop_add(delivery->loop, &delivery->stop_source, EPOLLIN, err) &&
	       event_loop_add(delivery->loop, &delivery->inbox_source, EPOLLIN, err);
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
	delivery->stop_source.fd = -1;
	watch_table_init(&delivery->table, QUEUED_BYTES_MAX);
	delivery->loop = event_loop_create(err);
	if (delivery->loop)
		delivery->table.states = watch_states_create(delivery->loop, &delivery->table);
	delivery->answers = delivery->loop ? inbox_create(delivery->loop, STORE_PAGES_MAX, err) : NULL;
	delivery->inbox = delivery->answers ? mailbox_create(INBOX_LISTS_MAX, err) : NULL;
	delivery->agent_options = agent_options_of(delivery);
	delivery->agents = delivery->inbox ? agents_start(&delivery->agent_options, err) : NULL;
	connect_parts(delivery);
	if (delivery->agents && listen_to(delivery, err))
		return delivery;
	delivery_stop(delivery);
	return NULL;
}

void delivery_restore_watch(struct delivery *delivery, const struct record *watch)
{
	struct error err;

	if (!watch_table_add(&delivery->table, watch, &err))
		log_warning("watch %s cannot be understood and gets nothing: %s", watch->path, err.text);
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
	sigset_t all, before;
	int code;

	dispatch_restore(&delivery->dispatch, delivery->rows, delivery->row_count, position, head);
	free_rows(delivery);
	watch_states_publish(delivery->table.states);
	/* Signals are the main thread's; among those blocked is the SIGPIPE of a TLS connection that went away. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&delivery->thread, NULL, delivery_run, delivery);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	delivery->running = code == 0;
	if (code)
		return error_set(err, ERROR_INTERNAL, "the delivery thread cannot be started: %s", strerror(code));
	return true;
}

static void drain_inbox(struct delivery *delivery)
{
	struct change_list *list;

	while (delivery->inbox && (list = mailbox_pop(delivery->inbox))) {
		change_list_finish(list);
		free(list);
	}
}

static void end_thread(struct delivery *delivery)
{
	const uint64_t one = 1;

	if (!delivery->running)
		return;
	(void)!write(delivery->stop_source.fd, &one, sizeof(one)); /* an eventfd takes it */
	pthread_join(delivery->thread, NULL);
}

void delivery_stop(struct delivery *delivery)
{
	if (!delivery)
		return;
	end_thread(delivery);
	drain_inbox(delivery);
	agents_stop(delivery->agents);
	dispatch_finish(&delivery->dispatch);
	progress_finish(&delivery->progress);
	watch_states_destroy(delivery->table.states);
	watch_table_finish(&delivery->table);
	mailbox_destroy(delivery->inbox);
	inbox_destroy(delivery->answers);
	event_loop_destroy(delivery->loop);
	if (delivery->stop_source.fd >= 0)
		close(delivery->stop_source.fd);
	free_rows(delivery);
	free(delivery->retry_ms);
	free(delivery);
}
