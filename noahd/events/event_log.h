/* event_log.h - the log of changes as the API thread reads it: its end in memory, the rest in the store. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EVENTS_EVENT_LOG_H
#define NOAHD_EVENTS_EVENT_LOG_H

#include "common/error.h"
#include "common/event_loop.h"
#include "noahd/registry/change.h"
#include "noahd/store/store_thread.h"

#include <stdint.h>
#include <sys/queue.h>

/* One change, and the text that all streams send for it. */
struct event_block {
	unsigned references;
	struct change *change;
	char *text; /* event_block_text's */
	size_t text_size;
};

void event_block_retain(struct event_block *block);
void event_block_release(struct event_block *block); /* NULL is fine */
/* "id: 42\nevent: update\ndata: {…}\n\n" (HTML Living Standard, 9.2), rendered once. */
const char *event_block_text(struct event_block *block, const char *epoch, size_t *out_size);
/* The same with a body from event_body; free() it. */
char *event_text(const struct change *change, const char *body);

/* A change's body, or the one that is taken in its place, with the event's id; free() it. */
char *event_body(const struct change *change, const char *epoch, char *take_body, size_t *out_size);

struct event_log;

/* Waits for changes that must be fetched. In the caller's memory; zeroed except for ready and context. */
struct event_log_reader {
	void (*ready)(void *context, const struct error *err); /* try again; err: the log cannot be read */
	void *context;
	uint64_t after;
	struct event_log_queue *queue; /* the log's; NULL: it does not wait */
	TAILQ_ENTRY(event_log_reader) in_queue;
};

/* tail_bytes_max: of the newest changes, which are kept in memory. */
struct event_log *event_log_create(struct event_loop *loop, size_t tail_bytes_max);
/* After the store thread was started. answers: where its pages come back, on the loop. revision: the store's. */
void event_log_start(struct event_log *log, struct store_thread *store, struct inbox *answers, uint64_t revision);
/* No reader waits, and the store thread has stopped. NULL is fine. */
void event_log_destroy(struct event_log *log);

/* Appends applied changes, by reference. */
void event_log_append(struct event_log *log, const struct change_list *changes);

/* An import has set the registry to that revision, without changes. */
void event_log_advance(struct event_log *log, uint64_t revision);

/* The revision of the newest change, and of the oldest that can still be read (beyond the newest: none can). */
uint64_t event_log_head(const struct event_log *log);
uint64_t event_log_oldest(const struct event_log *log);

enum event_log_answer {
	EVENT_LOG_HERE,
	EVENT_LOG_END,   /* not there yet */
	EVENT_LOG_GAP,   /* no longer in the log */
	EVENT_LOG_FETCH, /* event_log_fetch it, then try again */
};

/* The change right after that revision; borrowed until the log is appended to or fetched from. */
enum event_log_answer event_log_find(const struct event_log *log, uint64_t after, struct event_block **out_block);

/* Calls the reader's ready later; does nothing while it waits. */
void event_log_fetch(struct event_log *log, struct event_log_reader *reader, uint64_t after);
/* The reader is no longer called. */
void event_log_forget(struct event_log_reader *reader);

#endif
