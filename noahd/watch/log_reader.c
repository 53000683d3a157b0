/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/log_reader.h"

#include "common/log.h"

#include <string.h>
#include <utlist.h>

enum { RETRY_MS = 1000, DAMAGED_RETRY_MS = 60000 };

/* The last revision that has been read, handed on or not. */
static uint64_t read_up_to(const struct log_cursor *cursor)
{
	const struct change_list *write = &cursor->write;
	return write->count ? write->changes[write->count - 1]->revision : cursor->handed;
}

static bool hand_write_on(struct log_cursor *cursor)
{
	uint64_t last = read_up_to(cursor);
	bool taken = true;

	if (cursor->write.count)
		taken = cursor->consumer->write(cursor->context, cursor->write.changes, cursor->write.count);
	if (taken)
		cursor->handed = last;
	change_list_finish(&cursor->write);
	return taken;
}

/* A write is complete when another begins, or when the store has no more changes. */
static bool take_change(struct log_cursor *cursor, struct change *change)
{
	uint64_t last = read_up_to(cursor);

	if (change->revision <= last) /* the cursor was advanced while the page was read */
		return true;
	if (cursor->write.count && cursor->write.changes[0]->write != change->write && !hand_write_on(cursor))
		return false;
	if (change->revision > last + 1) {
		cursor->consumer->gap(cursor->context, last + 1, change->revision - 1);
		cursor->handed = change->revision - 1;
	}
	change_list_append(&cursor->write, change_reference(change));
	return true;
}

static void take_page(struct log_cursor *cursor)
{
	const struct store_page *page = &cursor->page;
	size_t i = 0;

	while (i < page->changes.count && take_change(cursor, page->changes.changes[i]))
		i++;
	if (i < page->changes.count)
		return;
	if (!page->changes.count && page->head > read_up_to(cursor)) {
		cursor->consumer->gap(cursor->context, cursor->handed + 1, page->head);
		cursor->handed = page->head;
	}
	if (read_up_to(cursor) >= page->head)
		(void)hand_write_on(cursor);
}

/* ---- asking and being answered ----------------------------------------------------------------------------------- */

static void page_came(struct job *job);

static void ask_for_queued(struct log_reader *reader)
{
	struct log_cursor *cursor;

	while (!reader->stopped && (cursor = reader->queued)) {
		cursor->page = (struct store_page){ .job = { .answers = reader->answers, .answered = page_came },
			.after = read_up_to(cursor) };
		if (!store_thread_read(reader->store, &cursor->page))
			return;
		DL_DELETE2(reader->queued, cursor, previous_queued, next_queued);
		reader->under_way++;
	}
}

static void log_reader_queue(struct log_cursor *cursor)
{
	DL_APPEND2(cursor->reader->queued, cursor, previous_queued, next_queued);
	ask_for_queued(cursor->reader);
}

static void try_again(void *context, int64_t now_ms)
{
	(void)now_ms;
	log_reader_queue(context);
}

/* A cursor stays before a damaged change, so that nothing is skipped: a restored store has it. The store thread reports
   the damage. */
static void wait_to_try_again(struct log_cursor *cursor)
{
	const struct error *err = &cursor->page.err;
	const bool is_damaged = err->kind == ERROR_INVALID;

	if (!is_damaged)
		log_warning("cannot read the log for deliveries, trying again: %s", err->text);
	event_timer_set(cursor->reader->loop, &cursor->retry,
	    event_loop_now_ms(cursor->reader->loop) + (is_damaged ? DAMAGED_RETRY_MS : RETRY_MS));
}

/* The cursor may be freed by its callbacks. */
static void page_came(struct job *job)
{
	struct log_cursor *cursor = JOB_OF(job, struct log_cursor, page.job);
	struct log_reader *reader = cursor->reader;

	const uint64_t head = cursor->page.head;

	reader->under_way--;
	if (reader->stopped) {
		change_list_finish(&cursor->page.changes);
	} else if (!cursor->page.done) {
		wait_to_try_again(cursor);
	} else {
		cursor->busy = false;
		take_page(cursor);
		change_list_finish(&cursor->page.changes);
		cursor->consumer->page_end(cursor->context, head);
	}
	ask_for_queued(reader);
}

void log_reader_start(struct log_reader *reader, struct store_thread *store, struct event_loop *loop,
    struct inbox *answers)
{
	*reader = (struct log_reader){ .store = store, .loop = loop, .answers = answers };
}

void log_reader_stop(struct log_reader *reader)
{
	reader->stopped = true;
}

bool log_reader_is_idle(const struct log_reader *reader)
{
	return !reader->under_way;
}

void log_cursor_init(struct log_cursor *cursor, struct log_reader *reader, const struct log_consumer *consumer,
    void *context)
{
	*cursor = (struct log_cursor){ .reader = reader, .consumer = consumer, .context = context };
	cursor->retry = (struct event_timer){ .fire = try_again, .context = cursor };
}

void log_cursor_finish(struct log_cursor *cursor)
{
	change_list_finish(&cursor->write);
}

void log_cursor_read(struct log_cursor *cursor)
{
	if (cursor->busy)
		return;
	cursor->busy = true;
	log_reader_queue(cursor);
}

bool log_cursor_is_busy(const struct log_cursor *cursor)
{
	return cursor->busy;
}
