/* log_reader.h - reads the store's log page by page and hands it over write by write. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_LOG_READER_H
#define NOAHD_WATCH_LOG_READER_H

#include "common/event_loop.h"
#include "noahd/store/store_thread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_cursor;

/* The receiver of what a cursor reads. */
struct log_consumer {
	/* All changes of one write, borrowed. False: no room now; the cursor stays before the write, and its page ends. */
	bool (*write)(void *context, struct change *const *changes, size_t count);
	/* Changes from..to are no longer in the log. */
	void (*gap)(void *context, uint64_t from, uint64_t to);
	/* The page is finished; may ask for the next, or free the cursor. head: the store's revision when the page was
	   read. */
	void (*page_end)(void *context, uint64_t head);
};

/* The delivery thread's. */
struct log_reader {
	struct store_thread *store;
	struct event_loop *loop;
	struct inbox *answers;
	struct log_cursor *queued; /* for one of the STORE_PAGES_MAX */
	size_t under_way;
	bool stopped;
};

/* One place in the log. */
struct log_cursor {
	uint64_t handed; /* everything up to here has been handed over */
	struct log_reader *reader;
	const struct log_consumer *consumer;
	void *context;
	bool busy; /* queued, being read, or about to be tried again */
	struct store_page page;
	struct change_list write; /* as far as it has been read */
	struct event_timer retry;
	struct log_cursor *previous_queued, *next_queued;
};

/* answers: where pages come back, on the loop. Borrows everything. */
void log_reader_start(struct log_reader *reader, struct store_thread *store, struct event_loop *loop,
    struct inbox *answers);
/* No more pages are asked for or handed over; pages under way still come back, and must do so before the cursors are
   freed. */
void log_reader_stop(struct log_reader *reader);
bool log_reader_is_idle(const struct log_reader *reader);

void log_cursor_init(struct log_cursor *cursor, struct log_reader *reader, const struct log_consumer *consumer,
    void *context);
/* Not while the reader has a page for it. Zeroed is fine. */
void log_cursor_finish(struct log_cursor *cursor);
/* Asks for the next page; does nothing while one is being read. */
void log_cursor_read(struct log_cursor *cursor);
bool log_cursor_is_busy(const struct log_cursor *cursor);

#endif
