/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/event_log.h"

#include "common/json.h"
#include "common/log.h"
#include "common/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGES_MAX = 16, /* fetched ones, of about 1 MiB each, kept for readers at the same place */
	RETRY_MS = 10,  /* when the store thread has enough to read for others */
};

/* Changes that follow one another, from first to last; those between after and first are gone. */
struct page {
	uint64_t after; /* it was asked for what follows this revision */
	uint64_t first, last;
	struct event_block **blocks;
	TAILQ_ENTRY(page) in_log;
};

TAILQ_HEAD(page_list, page);
TAILQ_HEAD(event_log_queue, event_log_reader);

struct event_log {
	struct event_loop *loop;
	struct store_thread *store;
	uint64_t head;
	uint64_t floor; /* what lies before it was never in the log: an import brought it */
	/* The tail: blocks[begin] to blocks[end - 1], whose last one is the head's. */
	struct event_block **blocks;
	size_t begin, end, room;
	size_t tail_bytes, tail_bytes_max;
	/* What was fetched, latest first. */
	struct page_list pages;
	size_t page_count;
	struct event_log_queue waiting, ready;
	struct inbox *answers;
	struct store_page fetched;
	bool is_fetching;
	struct event_timer retry;
};

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

static struct event_block *block_create(struct change *change)
{
	struct event_block *block = memory_zeroed(1, sizeof(*block));

	block->references = 1;
	block->change = change_reference(change);
	return block;
}

void event_block_retain(struct event_block *block)
{
	block->references++;
}

void event_block_release(struct event_block *block)
{
	if (!block || --block->references)
		return;
	change_release(block->change);
	free(block->text);
	free(block);
}

char *event_text(const struct change *change, const char *body)
{
	return memory_format("id: %" PRIu64 "\nevent: %s\ndata: %s\n\n", change->revision,
	    change_action_name(change->action), body);
}

char *event_body(const struct change *change, const char *epoch, char *take_body, size_t *out_size)
{
	char *body = take_body ? take_body : memory_copy(change->body, change->body_size);
	size_t size = take_body ? strlen(take_body) : change->body_size;
	char *event = memory_format("\"%s-%" PRIu64 "\"", epoch, change->revision);

	body = json_text_put(body, &size, "event", event);
	free(event);
	*out_size = size;
	return body;
}

const char *event_block_text(struct event_block *block, const char *epoch, size_t *out_size)
{
	if (!block->text) {
		char *body = event_body(block->change, epoch, NULL, &block->text_size);
		block->text = event_text(block->change, body);
		free(body);
		block->text_size = strlen(block->text);
	}
	*out_size = block->text_size;
	return block->text;
}

/* With its text, which repeats the body. */
static size_t block_bytes(const struct event_block *block)
{
	return sizeof(*block) + block->change->bytes + block->change->body_size;
}

/* ---- the tail ---------------------------------------------------------------------------------------------------- */

static void forget_first(struct event_log *log)
{
	struct event_block *block = log->blocks[log->begin++];

	log->tail_bytes -= block_bytes(block);
	event_block_release(block);
}

/* Where half of the room is free in front, everything moves there; else there is more room. */
static void event_log_make_room(struct event_log *log)
{
	size_t count = log->end - log->begin;

	if (log->end < log->room)
		return;
	if (log->begin >= log->room / 2 && log->room) {
		memmove(log->blocks, log->blocks + log->begin, count * sizeof(struct event_block *));
		log->begin = 0;
		log->end = count;
		return;
	}
	log->room = log->room ? 2 * log->room : 256;
	log->blocks = memory_grow(log->blocks, log->room, sizeof(struct event_block *));
}

void event_log_append(struct event_log *log, const struct change_list *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct event_block *block = block_create(changes->changes[i]);
		event_log_make_room(log);
		log->blocks[log->end++] = block;
		log->head = changes->changes[i]->revision;
		log->tail_bytes += block_bytes(block);
		while (log->tail_bytes > log->tail_bytes_max && log->end - log->begin > 1)
			forget_first(log);
	}
}

void event_log_advance(struct event_log *log, uint64_t revision)
{
	if (revision <= log->head)
		return;
	while (log->begin < log->end)
		forget_first(log);
	log->head = revision;
	log->floor = revision + 1;
}

uint64_t event_log_head(const struct event_log *log)
{
	return log->head;
}

uint64_t event_log_oldest(const struct event_log *log)
{
	uint64_t stored = store_thread_oldest(log->store), kept = log->head - (log->end - log->begin) + 1;
	uint64_t oldest = stored < kept ? stored : kept;

	return oldest > log->floor ? oldest : log->floor;
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static void page_destroy(struct event_log *log, struct page *page)
{
	TAILQ_REMOVE(&log->pages, page, in_log);
	log->page_count--;
	for (uint64_t i = 0; page->first + i <= page->last; i++)
		event_block_release(page->blocks[i]);
	free(page->blocks);
	free(page);
}

/* Where nothing is left of what was asked for, all up to the store's revision is gone. */
static void page_create(struct event_log *log, const struct store_page *fetched)
{
	const struct change_list *changes = &fetched->changes;
	struct page *page = memory_zeroed(1, sizeof(*page));

	page->after = fetched->after;
	page->first = changes->count ? changes->changes[0]->revision : fetched->head + 1;
	page->last = changes->count ? changes->changes[changes->count - 1]->revision : fetched->head;
	page->blocks = memory_allocate((changes->count + 1) * sizeof(struct event_block *));
	assert(!changes->count || page->last - page->first + 1 == changes->count); /* the store's promise: no hole */
	for (size_t i = 0; i < changes->count; i++)
		page->blocks[i] = block_create(changes->changes[i]);
	if (log->page_count == PAGES_MAX)
		page_destroy(log, TAILQ_LAST(&log->pages, page_list));
	TAILQ_INSERT_HEAD(&log->pages, page, in_log);
	log->page_count++;
}

static bool page_tells(const struct page *page, uint64_t after)
{
	return page->after <= after && after < page->last;
}

enum event_log_answer event_log_find(const struct event_log *log, uint64_t after, struct event_block **out_block)
{
	const size_t back = (size_t)(log->head - after);
	const struct page *page;

	if (after >= log->head)
		return EVENT_LOG_END;
	if (back <= log->end - log->begin) {
		*out_block = log->blocks[log->end - back];
		return EVENT_LOG_HERE;
	}
	TAILQ_FOREACH (page, &log->pages, in_log) {
		if (!page_tells(page, after))
			continue;
		if (after + 1 < page->first)
			return EVENT_LOG_GAP;
		*out_block = page->blocks[after + 1 - page->first];
		return EVENT_LOG_HERE;
	}
	return EVENT_LOG_FETCH;
}

/* ---- fetching ---------------------------------------------------------------------------------------------------- */

static void stand(struct event_log_reader *reader, struct event_log_queue *queue)
{
	TAILQ_INSERT_TAIL(queue, reader, in_queue);
	reader->queue = queue;
}

void event_log_forget(struct event_log_reader *reader)
{
	if (!reader->queue)
		return;
	TAILQ_REMOVE(reader->queue, reader, in_queue);
	reader->queue = NULL;
}

static void page_fetched(struct job *job);

/* The page that the first reader needs; others may find theirs in it. */
static void fetch(struct event_log *log)
{
	const struct event_log_reader *first = TAILQ_FIRST(&log->waiting);

	if (log->is_fetching || !first)
		return;
	log->fetched =
	    (struct store_page){ .job = { .answers = log->answers, .answered = page_fetched }, .after = first->after };
	log->is_fetching = store_thread_read(log->store, &log->fetched);
	if (!log->is_fetching)
		event_timer_set(log->loop, &log->retry, event_loop_now_ms(log->loop) + RETRY_MS);
}

static void fetch_again(void *context, int64_t now_ms)
{
	(void)now_ms;
	fetch(context);
}

void event_log_fetch(struct event_log *log, struct event_log_reader *reader, uint64_t after)
{
	if (reader->queue)
		return;
	reader->after = after;
	stand(reader, &log->waiting);
	fetch(log);
}

/* A reader that is called may fetch again, or end other readers. */
static void call_ready(struct event_log *log, const struct error *err)
{
	struct event_log_reader *reader;

	while ((reader = TAILQ_FIRST(&log->ready))) {
		event_log_forget(reader);
		reader->ready(reader->context, err);
	}
}

static void let_go_on(struct event_log *log)
{
	struct event_log_reader *reader, *following;
	const struct page *page = TAILQ_FIRST(&log->pages);

	for (reader = TAILQ_FIRST(&log->waiting); reader; reader = following) {
		following = TAILQ_NEXT(reader, in_queue);
		if (reader->after == page->after || page_tells(page, reader->after)) {
			event_log_forget(reader);
			stand(reader, &log->ready);
		}
	}
	call_ready(log, NULL);
}

static void fail_all(struct event_log *log, const struct error *err)
{
	struct event_log_reader *reader;

	if (err->kind != ERROR_INVALID) /* damage is logged where it is reported first */
		log_error("the log cannot be read for events: %s", err->text);
	while ((reader = TAILQ_FIRST(&log->waiting))) {
		event_log_forget(reader);
		stand(reader, &log->ready);
	}
	call_ready(log, err);
}

static void page_fetched(struct job *job)
{
	struct event_log *log = JOB_OF(job, struct event_log, fetched.job);
	const struct error err = log->fetched.err;

	log->is_fetching = false;
	if (log->fetched.done) {
		page_create(log, &log->fetched);
		change_list_finish(&log->fetched.changes);
		let_go_on(log);
	} else {
		fail_all(log, &err);
	}
	fetch(log);
}

/* ---- start and end ----------------------------------------------------------------------------------------------- */

struct event_log *event_log_create(struct event_loop *loop, size_t tail_bytes_max)
{
	struct event_log *log = memory_zeroed(1, sizeof(*log));

	log->loop = loop;
	log->tail_bytes_max = tail_bytes_max;
	TAILQ_INIT(&log->pages);
	TAILQ_INIT(&log->waiting);
	TAILQ_INIT(&log->ready);
	log->retry = (struct event_timer){ .fire = fetch_again, .context = log };
	return log;
}

void event_log_start(struct event_log *log, struct store_thread *store, struct inbox *answers, uint64_t revision)
{
	log->store = store;
	log->answers = answers;
	log->head = revision;
}

void event_log_destroy(struct event_log *log)
{
	if (!log)
		return;
	event_timer_cancel(log->loop, &log->retry);
	if (log->is_fetching)
		change_list_finish(&log->fetched.changes);
	while (!TAILQ_EMPTY(&log->pages))
		page_destroy(log, TAILQ_FIRST(&log->pages));
	while (log->begin < log->end)
		forget_first(log);
	free(log->blocks);
	free(log);
}
