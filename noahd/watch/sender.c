/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/sender.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "common/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <utlist.h>

enum { LOG_FAILING_AGAIN_MS = 3600 * 1000, LOG_DEAD_AGAIN_MS = 60 * 1000 };

void sender_init(struct sender *sender, const struct sender_options *options)
{
	*sender = (struct sender){ .options = *options };
}

/* ---- what an endpoint waits for ---------------------------------------------------------------------------------- */

/* Failing endpoints have a queue of their own, so that their timeouts cannot delay the others. */
static struct endpoint **sender_line_of(struct sender *sender, const struct endpoint *endpoint)
{
	return endpoint->is_failing ? &sender->ready_failing : &sender->ready;
}

static void enter_line(struct sender *sender, struct endpoint *endpoint)
{
	struct endpoint **line = sender_line_of(sender, endpoint);

	endpoint->phase = ENDPOINT_READY;
	DL_APPEND2(*line, endpoint, previous_ready, next_ready);
}

static void leave_line(struct sender *sender, struct endpoint *endpoint)
{
	struct endpoint **line = sender_line_of(sender, endpoint);
	DL_DELETE2(*line, endpoint, previous_ready, next_ready);
}

static void wait_over(void *context, int64_t now_ms)
{
	struct endpoint *endpoint = context;

	(void)now_ms;
	enter_line(endpoint->sender, endpoint);
	sender_pump(endpoint->sender);
}

static void sender_wait_for(struct sender *sender, struct endpoint *endpoint, int64_t delay_ms)
{
	endpoint->phase = ENDPOINT_WAITING;
	endpoint->timer.fire = wait_over;
	endpoint->timer.context = endpoint;
	event_timer_set(sender->options.loop, &endpoint->timer, clock_monotonic_ms() + delay_ms);
}

void sender_queued(struct sender *sender, struct endpoint *endpoint, int64_t delay_ms)
{
	if (endpoint->phase != ENDPOINT_IDLE)
		return;
	endpoint->sender = sender;
	if (delay_ms)
		sender_wait_for(sender, endpoint, delay_ms);
	else
		enter_line(sender, endpoint);
}

/* Nothing is queued. An endpoint that gets nothing does not fail either: the next delivery starts afresh. */
static void become_idle(struct endpoint *endpoint)
{
	endpoint->phase = ENDPOINT_IDLE;
	endpoint->tries = 0;
	if (endpoint->lagging)
		return;
	endpoint->is_failing = false;
	endpoint->log_of_failing = (struct log_throttle){ 0 };
}

void sender_dropped(struct sender *sender, struct endpoint *endpoint)
{
	if (endpoint->queue.count || endpoint->phase == ENDPOINT_SENDING)
		return;
	if (endpoint->phase == ENDPOINT_READY)
		leave_line(sender, endpoint);
	event_timer_cancel(sender->options.loop, &endpoint->timer);
	become_idle(endpoint);
}

/* The head of the queue has changed, or there is none. */
static void sender_go_on(struct sender *sender, struct endpoint *endpoint)
{
	endpoint->tries = 0;
	if (endpoint->queue.count)
		enter_line(sender, endpoint);
	else
		become_idle(endpoint);
}

/* ---- deliveries that will never be ------------------------------------------------------------------------------- */

static void stop_watch(struct sender *sender, struct watch *watch, enum watch_state state, const char *reason)
{
	struct progress *progress = sender->options.progress;

	if (watch->pending || watch->endpoint->lagging)
		progress_dead(progress, watch, progress_acknowledged(progress, watch) + 1, progress->position, reason);
	watch_drop_pending(watch);
	watch->target.after = progress->position;
	watch_set_state(sender->options.table, watch, state);
	progress_mark(progress, watch);
}

static void acknowledge_head(struct sender *sender, struct endpoint *endpoint)
{
	const struct queued_delivery *head = endpoint_queue_head(&endpoint->queue);

	if (head->watch) {
		head->watch->target.after = head->acknowledges;
		head->watch->pending--;
		progress_mark(sender->options.progress, head->watch);
	}
	endpoint_queue_pop(&endpoint->queue);
}

/* Returns the revision. */
static uint64_t give_up_head(struct sender *sender, struct endpoint *endpoint, const char *reason)
{
	const struct queued_delivery *head = endpoint_queue_head(&endpoint->queue);
	uint64_t revision = head->change->revision;

	if (head->watch)
		progress_dead(sender->options.progress, head->watch, revision, revision, reason);
	acknowledge_head(sender, endpoint);
	return revision;
}

/* ---- what is logged for the operator ----------------------------------------------------------------------------- */

struct reason {
	char text[sizeof(((struct outcome *)NULL)->text) + ANSWER_LINE_BYTES + 32];
};

static struct reason sender_reason_of(const struct outcome *outcome)
{
	struct reason reason;

	snprintf(reason.text, sizeof(reason.text), "%s%s%s", outcome->text, *outcome->answer ? ", and says: " : "",
	    outcome->answer);
	return reason;
}

static void log_given_up(struct endpoint *endpoint, uint64_t from, uint64_t to, const struct outcome *outcome)
{
	if (!log_throttle_admits(&endpoint->log_of_dead, outcome, clock_monotonic_ms(), LOG_DEAD_AGAIN_MS))
		return;
	log_warning("endpoint %s: the deliveries of changes %" PRIu64 " to %" PRIu64 " are given up: %s",
	    endpoint->log_name, from, to, sender_reason_of(outcome).text);
}

static void log_recovery(struct sender *sender, struct endpoint *endpoint)
{
	if (!endpoint->is_failing)
		return;
	log_info("endpoint %s answers again after %.1f s", endpoint->log_name,
	    (double)(run_time_now(sender->options.run_time) - endpoint->failing_since_ms) / 1000);
	endpoint->is_failing = false;
	endpoint->log_of_failing = (struct log_throttle){ 0 };
	progress_mark_endpoint(sender->options.progress, endpoint);
}

/* ---- what follows from an outcome: one function for each retry_action -------------------------------------------- */

struct settlement {
	const struct outcome *outcome;
	int64_t delay_ms;
};

static void settle_done(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	(void)settlement;
	acknowledge_head(sender, endpoint);
	sender_go_on(sender, endpoint);
}

static void settle_again(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	const struct outcome *outcome = settlement->outcome;

	if (log_throttle_admits(&endpoint->log_of_failing, outcome, clock_monotonic_ms(), LOG_FAILING_AGAIN_MS))
		log_warning("endpoint %s fails: %s; %zu %s pending, next try in %.1f s", endpoint->log_name,
		    sender_reason_of(outcome).text, endpoint->queue.count,
		    plural(endpoint->queue.count, "delivery is", "deliveries are"), (double)settlement->delay_ms / 1000);
	sender_wait_for(sender, endpoint, settlement->delay_ms);
}

/* It does not count as a try. */
static void settle_at_once(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	(void)settlement;
	endpoint->tries--;
	endpoint->wants_fresh = true;
	enter_line(sender, endpoint);
}

static void settle_dead(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	uint64_t revision = give_up_head(sender, endpoint, settlement->outcome->text);

	log_given_up(endpoint, revision, revision, settlement->outcome);
	sender_go_on(sender, endpoint);
}

/* Gives up the head and the deliveries behind it that are as old. */
static void settle_expired(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	int64_t oldest_ms = run_time_now(sender->options.run_time) - sender->options.retry.give_up_ms;
	uint64_t from = give_up_head(sender, endpoint, settlement->outcome->text), to = from;
	const struct queued_delivery *head;

	while ((head = endpoint_queue_head(&endpoint->queue)) && head->since_ms <= oldest_ms)
		to = give_up_head(sender, endpoint, settlement->outcome->text);
	log_given_up(endpoint, from, to, settlement->outcome);
	if (head)
		sender_wait_for(sender, endpoint, settlement->delay_ms);
	else
		become_idle(endpoint);
}

static void settle_disable(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	struct watch *watch = endpoint_queue_head(&endpoint->queue)->watch;

	log_warning("endpoint %s wants no more deliveries of watch %s, which is now disabled: %s", endpoint->log_name,
	    watch_name_of(watch), sender_reason_of(settlement->outcome).text);
	endpoint->phase = ENDPOINT_IDLE; /* nothing is under way, so the head is dropped, too */
	stop_watch(sender, watch, WATCH_DISABLED, settlement->outcome->text);
	sender_go_on(sender, endpoint);
}

static void settle_suspend(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement)
{
	const int64_t hours = sender->options.retry.suspend_ms / 3600000;
	struct watch *watch;

	log_error("endpoint %s has failed for %" PRId64 " %s and is suspended: %s", endpoint->log_name, hours,
	    plural((uint64_t)hours, "hour", "hours"), sender_reason_of(settlement->outcome).text);
	log_info("once endpoint %s works again, delete its watches and register them again", endpoint->log_name);
	endpoint->phase = ENDPOINT_IDLE;
	for (watch = endpoint->watches; watch; watch = watch->next)
		stop_watch(sender, watch, WATCH_SUSPENDED, settlement->outcome->text);
	endpoint->lagging = false;
	sender_go_on(sender, endpoint);
}

typedef void settle_function(struct sender *sender, struct endpoint *endpoint, const struct settlement *settlement);

static settle_function *const SETTLE[] = {
	[RETRY_DONE] = settle_done,
	[RETRY_AGAIN] = settle_again,
	[RETRY_AT_ONCE] = settle_at_once,
	[RETRY_DEAD] = settle_dead,
	[RETRY_EXPIRED] = settle_expired,
	[RETRY_DISABLE] = settle_disable,
	[RETRY_SUSPEND] = settle_suspend,
};

static struct retry_verdict decide(struct sender *sender, const struct endpoint *endpoint,
    const struct outcome *outcome)
{
	int64_t now_ms = run_time_now(sender->options.run_time);
	const struct retry_situation situation = {
		.tries = endpoint->tries,
		.waited_ms = now_ms - endpoint_queue_head(&endpoint->queue)->since_ms,
		.failing_ms = endpoint->is_failing ? now_ms - endpoint->failing_since_ms : 0,
		.jitter = random_fraction(),
	};
	return retry_decide(&sender->options.retry, outcome, &situation);
}

static void sender_settle(struct sender *sender, struct endpoint *endpoint, const struct outcome *outcome)
{
	struct retry_verdict verdict = decide(sender, endpoint, outcome);
	const struct queued_delivery *head = endpoint_queue_head(&endpoint->queue);

	log_debug("change %" PRIu64 " to endpoint %s, try %u: %s", head->change->revision, endpoint->log_name,
	    endpoint->tries, verdict.action == RETRY_DONE ? "taken" : sender_reason_of(outcome).text);
	if (verdict.action == RETRY_DONE) {
		sender->acknowledged++;
		log_recovery(sender, endpoint);
	} else if (verdict.action != RETRY_AT_ONCE) {
		sender->failed++;
		if (!endpoint->is_failing)
			endpoint->failing_since_ms = run_time_now(sender->options.run_time);
		endpoint->is_failing = true;
		progress_mark_endpoint(sender->options.progress, endpoint); /* the stored time grows with each try */
	}
	if (head->watch) {
		SETTLE[verdict.action](sender, endpoint, &(struct settlement){ outcome, verdict.delay_ms });
	} else { /* the watch was removed while this was under way: no other try */
		endpoint_queue_pop(&endpoint->queue);
		sender_go_on(sender, endpoint);
	}
	sender->options.moved(sender->options.context, endpoint);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void leave_flight(struct sender *sender, struct endpoint *endpoint)
{
	sender->in_flight--;
	sender->failing_in_flight -= endpoint->is_failing;
	message_destroy(endpoint->message);
	endpoint->message = NULL;
}

static void sent(void *context, const struct outcome *outcome)
{
	struct endpoint *endpoint = context;
	struct sender *sender = endpoint->sender;

	leave_flight(sender, endpoint);
	sender_settle(sender, endpoint, outcome);
	sender_pump(sender);
}

static struct message *message_for(struct sender *sender, const struct endpoint *endpoint, struct error *err)
{
	const struct queued_delivery *head = endpoint_queue_head(&endpoint->queue);
	struct message_source source = {
		.change = head->change,
		.epoch = sender->options.epoch,
		.watch = watch_name_of(head->watch),
		.endpoint = endpoint->url,
		.told = head->told,
		.keys = sender->options.keys,
		.key_count = sender->options.key_count,
		.now_s = clock_wall_ms() / 1000,
	};
	source.is_restricted = watch_is_restricted(sender->options.table, head->watch, &source.rules);
	return message_create(&source, err);
}

/* It was allowed when it was queued, possibly days ago. */
static bool may_send(const struct sender *sender, const struct endpoint *endpoint, struct outcome *outcome,
    struct error *err)
{
	const struct queued_delivery *head = endpoint_queue_head(&endpoint->queue);

	if (watch_may_tell(sender->options.table, head->watch, head->change->record.path))
		return true;
	outcome->kind = OUTCOME_REFUSED;
	return error_set(err, ERROR_DENIED, "the registrant of the watch may no longer read this");
}

static void try_head(struct sender *sender, struct endpoint *endpoint)
{
	struct outcome outcome = { .kind = OUTCOME_FAILED };
	struct error err;

	endpoint->phase = ENDPOINT_SENDING;
	endpoint->tries++;
	sender->in_flight++;
	sender->failing_in_flight += endpoint->is_failing;
	endpoint->message = may_send(sender, endpoint, &outcome, &err) ? message_for(sender, endpoint, &err) : NULL;
	/* A retry must not go through one dead connection after another. */
	bool fresh = endpoint->wants_fresh || endpoint->tries > 1 || endpoint->is_failing;
	endpoint->wants_fresh = false;
	endpoint->send = (struct agent_send){ endpoint->url, endpoint->message, fresh, sent, endpoint, NULL };
	if (endpoint->message && agents_send(sender->options.agents, &endpoint->send, &err))
		return;
	snprintf(outcome.text, sizeof(outcome.text), "%s", err.text);
	leave_flight(sender, endpoint);
	sender_settle(sender, endpoint, &outcome);
}

/* The next endpoint to send to; NULL: none. Half of the places are reserved for endpoints that do not fail. */
static struct endpoint *next_ready(const struct sender *sender)
{
	size_t places = sender->options.in_flight_max;
	size_t failing_places = places > 1 ? places / 2 : 1;

	if (sender->in_flight >= places)
		return NULL;
	if (sender->ready)
		return sender->ready;
	return sender->failing_in_flight < failing_places ? sender->ready_failing : NULL;
}

void sender_pump(struct sender *sender)
{
	struct endpoint *endpoint;

	while ((endpoint = next_ready(sender))) {
		leave_line(sender, endpoint);
		try_head(sender, endpoint);
	}
}

void sender_stop(struct sender *sender, const struct watch_table *table)
{
	struct endpoint *endpoint, *following;

	HASH_ITER (hh, table->endpoints, endpoint, following) {
		if (endpoint->is_failing)
			progress_mark_endpoint(sender->options.progress, endpoint);
		if (endpoint->phase != ENDPOINT_SENDING)
			continue;
		agents_cancel(sender->options.agents, &endpoint->send);
		leave_flight(sender, endpoint);
		endpoint->phase = ENDPOINT_IDLE;
	}
	sender->ready = sender->ready_failing = NULL;
	sender->options.in_flight_max = 0;
}
