/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/dispatch.h"

#include "common/log.h"
#include "common/random.h"

#include <utlist.h>

enum { START_SPREAD_MS = 1000 };

static const char TRIMMED[] = "trimmed from the log before it was delivered";

/* ---- one write --------------------------------------------------------------------------------------------------- */

static const struct log_consumer endpoint_consumer; /* below: one endpoint's place in the log */

/* A write is queued whole or not at all, so that a lagging endpoint knows where it stopped. */
static bool dispatch_admit(struct dispatch *dispatch, struct endpoint *endpoint, uint64_t write)
{
	if (endpoint->admitted == write)
		return true;
	if (endpoint_queue_has_room(&endpoint->queue)) {
		endpoint->admitted = write;
		return true;
	}
	if (!endpoint->dispatch)
		log_cursor_init(&endpoint->cursor, dispatch->reader, &endpoint_consumer, endpoint);
	endpoint->dispatch = dispatch;
	endpoint->lagging = true;
	endpoint->cursor.handed = dispatch->cursor.handed;
	progress_mark_endpoint(dispatch->progress, endpoint);
	return false;
}

/* Since when a change has been pending for the watch. */
static int64_t pending_since(const struct dispatch *dispatch, struct watch *watch, uint64_t revision)
{
	int64_t since_ms = run_time_of(dispatch->run_time, revision);

	if (revision <= dispatch->loaded)
		since_ms -= watch->waited_ms;
	watch->waited_ms = 0;
	return since_ms;
}

static void deliver(void *context, const struct matcher_delivery *delivery)
{
	struct dispatch *dispatch = context;
	struct watch *watch = (struct watch *)delivery->target; /* its first member */
	struct endpoint *endpoint = watch->endpoint;
	struct queued_delivery entry = { delivery->change, watch, delivery->acknowledges, delivery->told, 0 };

	if (dispatch->only ? endpoint != dispatch->only : endpoint->lagging)
		return;
	if (!dispatch->only && !dispatch_admit(dispatch, endpoint, delivery->change->write))
		return;
	if (!watch->pending)
		watch->target.after = delivery->change->revision - 1;
	watch->pending++;
	entry.since_ms = pending_since(dispatch, watch, delivery->change->revision);
	endpoint_queue_push(&endpoint->queue, &entry);
	progress_mark(dispatch->progress, watch);
	sender_queued(dispatch->sender, endpoint, dispatch->starting ? (int64_t)(random_fraction() * START_SPREAD_MS) : 0);
}

static void add_watch(struct dispatch *dispatch, const struct change *change)
{
	struct error err;
	struct watch *watch;

	if (watch_table_find(dispatch->table, change->record.path))
		return;
	watch = watch_table_add(dispatch->table, &change->record, &err);
	if (watch) {
		progress_mark(dispatch->progress, watch); /* its endpoint may be behind */
		watch_warn_of_form(watch);
	} else {
		log_warning("watch %s is malformed and gets nothing: %s", change->record.path, err.text);
	}
}

static void remove_watch(struct dispatch *dispatch, const struct change *change)
{
	struct watch *watch = watch_table_find(dispatch->table, change->record.path);

	if (!watch)
		return;
	struct endpoint *endpoint = watch->endpoint;
	progress_forget(dispatch->progress, watch);
	watch_table_remove(dispatch->table, watch);
	sender_dropped(dispatch->sender, endpoint);
	dispatch_moved(dispatch, endpoint);
}

/* Pattern and endpoint stay. An adopted watch gets no earlier changes, even those still to be read. */
static void update_watch(struct dispatch *dispatch, const struct change *change)
{
	struct watch *watch = watch_table_find(dispatch->table, change->record.path);

	if (!watch)
		return;
	bool was_authorized = watch_is_authorized(dispatch->table, watch);
	watch_table_update(watch, &change->record);
	watch_review_adopted(watch, dispatch->table, was_authorized);
	if (was_authorized || watch->pending)
		return;
	watch->target.after = change->revision;
	progress_mark(dispatch->progress, watch);
}

static void review(struct dispatch *dispatch)
{
	if (dispatch->tokens_changed)
		watch_review_all(&dispatch->review);
	dispatch->tokens_changed = false;
}

/* Which watches get which changes. */
static void follow(struct dispatch *dispatch, const struct change *change)
{
	if (change->revision <= dispatch->loaded)
		return;
	if (change->record.kind == OBJECT_TOKEN) {
		token_table_set(dispatch->table->tokens, change->record.path,
		    change->action == CHANGE_DELETE ? NULL : &change->record);
		dispatch->tokens_changed = true;
	} else if (change->record.kind != OBJECT_WATCH) {
		return;
	} else if (change->action == CHANGE_CREATE) {
		add_watch(dispatch, change);
	} else if (change->action == CHANGE_DELETE) {
		remove_watch(dispatch, change);
	} else {
		update_watch(dispatch, change);
	}
}

/* An alias is the path of another object, which shows this one. */
static bool may_tell(void *context, const struct matcher_target *target, const struct change *change, const char *path)
{
	const struct dispatch *dispatch = context;
	const struct watch *watch = (const struct watch *)target; /* its first member */

	return watch_wants(dispatch->table, watch, change) && watch_may_tell(dispatch->table, watch, change->record.path) &&
	       (path == change->record.path || watch_may_tell(dispatch->table, watch, path));
}

static bool dispatch_write(void *context, struct change *const *changes, size_t count)
{
	struct dispatch *dispatch = context;
	uint64_t last = changes[count - 1]->revision;

	(void)run_time_now(dispatch->run_time);
	run_time_mark(dispatch->run_time, last);
	for (size_t i = 0; i < count; i++)
		follow(dispatch, changes[i]);
	matcher_run(dispatch->matcher, changes, count, deliver, dispatch);
	dispatch->cursor.handed = last;
	progress_set_position(dispatch->progress, last);
	return true;
}

/* ---- what the log has lost --------------------------------------------------------------------------------------- */

static void record_loss(struct dispatch *dispatch, struct watch *watch, uint64_t from, uint64_t to)
{
	uint64_t first = watch->target.after >= from ? watch->target.after + 1 : from;

	if (watch->state != WATCH_ACTIVE || first > to)
		return;
	progress_dead(dispatch->progress, watch, first, to, TRIMMED);
	if (!watch->pending)
		watch->target.after = to;
	log_warning("endpoint %s will not get the changes of watch %s before revision %llu: %s", watch->endpoint->log_name,
	    watch_name_of(watch), (unsigned long long)to + 1, TRIMMED);
}

/* ---- the log, for all endpoints ---------------------------------------------------------------------------------- */

static void all_lost(void *context, uint64_t from, uint64_t to)
{
	struct dispatch *dispatch = context;
	struct watch *watch, *following;

	HASH_ITER (hh, dispatch->table->watches, watch, following)
		record_loss(dispatch, watch, from, to);
	progress_set_position(dispatch->progress, to);
}

static void read_on(struct dispatch *dispatch)
{
	if (dispatch->cursor.handed >= dispatch->position)
		progress_release(dispatch->progress);
	dispatch->catching_up = dispatch->cursor.handed < dispatch->wanted;
	if (dispatch->catching_up)
		log_cursor_read(&dispatch->cursor);
	else
		dispatch->starting = false;
}

static void all_read(void *context, uint64_t head)
{
	struct dispatch *dispatch = context;

	if (dispatch->wanted < head)
		dispatch->wanted = head;
	review(dispatch);
	read_on(dispatch);
	sender_pump(dispatch->sender);
}

static const struct log_consumer all_consumer = { dispatch_write, all_lost, all_read };

void dispatch_missed(struct dispatch *dispatch, uint64_t revision)
{
	if (dispatch->wanted < revision)
		dispatch->wanted = revision;
	if (!dispatch->catching_up)
		read_on(dispatch);
}

void dispatch_live(struct dispatch *dispatch, const struct change_list *list)
{
	size_t done = 0;

	while (done < list->count && list->changes[done]->revision <= dispatch->cursor.handed)
		done++;
	if (done == list->count)
		return;
	if (dispatch->catching_up || list->changes[done]->revision > dispatch->cursor.handed + 1) {
		dispatch_missed(dispatch, list->changes[list->count - 1]->revision);
		return;
	}
	for (size_t end = done; done < list->count; done = end) {
		while (end < list->count && list->changes[end]->write == list->changes[done]->write)
			end++;
		dispatch_write(dispatch, list->changes + done, end - done);
	}
	review(dispatch);
	sender_pump(dispatch->sender);
}

/* ---- one endpoint's place in the log ----------------------------------------------------------------------------- */

static bool endpoint_write(void *context, struct change *const *changes, size_t count)
{
	struct endpoint *endpoint = context;
	struct dispatch *dispatch = endpoint->dispatch;

	/* Later changes are not matched for any watch yet, and will be matched for this one, too. */
	if (!endpoint->lagging || changes[0]->revision > dispatch->cursor.handed ||
	    !endpoint_queue_has_room(&endpoint->queue))
		return false;
	dispatch->only = endpoint;
	matcher_run(dispatch->matcher, changes, count, deliver, dispatch);
	dispatch->only = NULL;
	return true;
}

static void endpoint_lost(void *context, uint64_t from, uint64_t to)
{
	struct endpoint *endpoint = context;
	struct dispatch *dispatch = endpoint->dispatch;
	struct watch *watch;

	for (watch = endpoint->watches; watch; watch = watch->next)
		record_loss(dispatch, watch, from, to < dispatch->cursor.handed ? to : dispatch->cursor.handed);
}

static void endpoint_read(void *context, uint64_t head)
{
	struct endpoint *endpoint = context;
	struct dispatch *dispatch = endpoint->dispatch;

	(void)head;
	if (endpoint->cursor.handed >= dispatch->cursor.handed)
		endpoint->lagging = false;
	progress_mark_endpoint(dispatch->progress, endpoint);
	dispatch_moved(dispatch, endpoint);
	sender_pump(dispatch->sender);
}

static const struct log_consumer endpoint_consumer = { endpoint_write, endpoint_lost, endpoint_read };

void dispatch_moved(void *context, struct endpoint *endpoint)
{
	struct dispatch *dispatch = context;

	if (endpoint->lagging && endpoint->watches && endpoint_queue_is_low(&endpoint->queue))
		log_cursor_read(&endpoint->cursor);
	endpoint_release(dispatch->table, endpoint);
}

/* ---- start and end ----------------------------------------------------------------------------------------------- */

void dispatch_init(struct dispatch *dispatch, struct watch_table *table, struct progress *progress,
    struct sender *sender, struct log_reader *reader, struct run_time *run_time)
{
	*dispatch = (struct dispatch){
		.table = table, .progress = progress, .sender = sender, .reader = reader, .run_time = run_time
	};
	dispatch->matcher = matcher_create(table->index, may_tell, dispatch);
	watch_review_init(&dispatch->review, sender->options.loop, table);
	log_cursor_init(&dispatch->cursor, reader, &all_consumer, dispatch);
}

void dispatch_finish(struct dispatch *dispatch)
{
	watch_review_finish(&dispatch->review);
	log_cursor_finish(&dispatch->cursor);
	matcher_destroy(dispatch->matcher);
}

static void restore_row(struct dispatch *dispatch, const struct watch_progress *row)
{
	struct watch *watch = watch_table_find(dispatch->table, row->path);

	/* The row may belong to a watch that was removed, and perhaps created again since. */
	if (!watch || row->acknowledged < watch->target.registered) {
		progress_clear_row(dispatch->progress, row->path);
		return;
	}
	struct endpoint *endpoint = watch->endpoint;
	watch->has_row = true;
	watch->target.after = row->acknowledged;
	watch->waited_ms = row->waiting_ms;
	if (row->state != WATCH_ACTIVE) {
		watch_set_state(dispatch->table, watch, row->state);
	} else if (row->failing_ms) {
		/* Each row of the endpoint's watches has this time; the last one written is the longest. */
		int64_t since_ms = dispatch->run_time->now_ms - row->failing_ms;
		if (!endpoint->is_failing || since_ms < endpoint->failing_since_ms)
			endpoint->failing_since_ms = since_ms;
		endpoint->is_failing = true;
	}
	progress_mark(dispatch->progress, watch);
}

static uint64_t oldest_pending(const struct dispatch *dispatch)
{
	struct watch *watch, *following;
	uint64_t oldest = dispatch->position;

	HASH_ITER (hh, dispatch->table->watches, watch, following) {
		if (watch->state == WATCH_ACTIVE && watch->target.after < oldest)
			oldest = watch->target.after;
	}
	return oldest;
}

void dispatch_restore(struct dispatch *dispatch, const struct watch_progress *rows, size_t count, uint64_t position,
    uint64_t head)
{
	struct watch *watch, *following;

	dispatch->position = position;
	dispatch->loaded = dispatch->wanted = head;
	run_time_mark(dispatch->run_time, head);
	HASH_ITER (hh, dispatch->table->watches, watch, following) {
		if (watch->target.after < position)
			watch->target.after = position;
	}
	for (size_t i = 0; i < count; i++)
		restore_row(dispatch, &rows[i]);
	dispatch->cursor.handed = dispatch->progress->position = oldest_pending(dispatch);
	progress_hold(dispatch->progress);
}

void dispatch_start(struct dispatch *dispatch)
{
	dispatch->starting = true;
	watch_review_begin(&dispatch->review);
	read_on(dispatch);
}
