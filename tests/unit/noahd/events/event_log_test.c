/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/event_log.h"

#include "common/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 5000, PAGE = 100, TAIL_BYTES_MAX = 4000 };

/* A store whose log goes from oldest to HEAD, read a page of PAGE changes at a time. */
static struct {
	_Atomic uint64_t oldest;
	atomic_uint reads;
	atomic_bool is_broken;
} store;

static struct event_loop *loop;
static struct inbox *inbox;
static struct store_thread *thread;
static struct event_log *event_log;

static struct change *make_change(uint64_t revision)
{
	char *body = memory_format("{\"revision\":%d}", (int)revision);
	struct change *change = change_create(&(struct change){
	    .revision = revision,
	    .write = revision,
	    .action = CHANGE_UPDATE,
	    .pubcategory = "//noah/ephemerals/a",
	    .aliases = "",
	    .causes = "",
	    .body = body,
	    .body_size = strlen(body),
	    .record = { .path = (char *)"/ephemerals/a" },
	});

	free(body);
	return change;
}

static bool read_log(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
    struct error *err)
{
	uint64_t first = after + 1 > store.oldest ? after + 1 : store.oldest;

	(void)state, (void)count_max, (void)bytes_max;
	store.reads++;
	if (store.is_broken)
		return error_set(err, ERROR_INTERNAL, "broken");
	for (uint64_t i = first; i <= HEAD && i < first + PAGE; i++)
		change_list_append(out, make_change(i));
	return true;
}

static bool nothing_to_tidy(void *state, bool *out_more, struct error *err)
{
	(void)state, (void)err;
	*out_more = false;
	return true;
}

static uint64_t tell_oldest(const void *state)
{
	(void)state;
	return store.oldest;
}

static void nothing_to_close(void *state)
{
	(void)state;
}

static const struct store_engine engine = {
	.read_log = read_log,
	.tidy = nothing_to_tidy,
	.oldest = tell_oldest,
	.close = nothing_to_close,
};

static int up(void **state)
{
	(void)state;
	store.oldest = 1;
	store.reads = 0;
	store.is_broken = false;
	loop = event_loop_create(NULL);
	inbox = inbox_create(loop, 1, NULL);
	const struct store_thread_options options = { .engine = &engine, .revision = HEAD, .failures = inbox };
	thread = store_thread_start(&options, NULL, NULL);
	event_log = event_log_create(loop, TAIL_BYTES_MAX);
	event_log_start(event_log, thread, inbox, HEAD);
	return 0;
}

static int down(void **state)
{
	(void)state;
	store_thread_stop(thread);
	event_log_destroy(event_log);
	inbox_destroy(inbox);
	event_loop_destroy(loop);
	return 0;
}

static void append(uint64_t first, uint64_t last)
{
	struct change_list changes = { 0 };

	for (uint64_t i = first; i <= last; i++)
		change_list_append(&changes, make_change(i));
	event_log_append(event_log, &changes);
	change_list_finish(&changes);
}

struct reader {
	struct event_log_reader reader;
	size_t calls;
	bool has_failed;
};

static void note_ready(void *context, const struct error *err)
{
	struct reader *reader = context;

	reader->calls++;
	reader->has_failed = err != NULL;
	event_loop_stop(loop);
}

static void want(struct reader *reader, uint64_t after)
{
	reader->reader.ready = note_ready;
	reader->reader.context = reader;
	event_log_fetch(event_log, &reader->reader, after);
}

static void fetch(uint64_t after)
{
	struct reader reader = { .calls = 0 };

	want(&reader, after);
	assert_true(event_loop_run(loop, NULL));
	assert_int_equal(reader.calls, 1);
}

static void expect_change(uint64_t after)
{
	struct event_block *block;

	assert_int_equal(event_log_find(event_log, after, &block), EVENT_LOG_HERE);
	assert_int_equal(block->change->revision, after + 1);
}

static void expect(uint64_t after, enum event_log_answer answer)
{
	struct event_block *block;
	assert_int_equal(event_log_find(event_log, after, &block), answer);
}

static void appended_changes_are_available_at_once(void **state)
{
	(void)state;
	expect(HEAD, EVENT_LOG_END);
	append(HEAD + 1, HEAD + 3);
	expect_change(HEAD);
	expect_change(HEAD + 2);
	expect(HEAD + 3, EVENT_LOG_END);
	assert_int_equal(event_log_head(event_log), HEAD + 3);
	assert_int_equal(store.reads, 0);
}

static void the_end_that_is_kept_is_bounded_and_never_empty(void **state)
{
	(void)state;
	append(HEAD + 1, HEAD + 1000);
	expect_change(HEAD + 999);
	expect_change(HEAD + 995);
	expect(HEAD + 900, EVENT_LOG_FETCH);
	assert_int_equal(event_log_head(event_log), HEAD + 1000);
}

static void changes_that_are_not_in_memory_are_fetched(void **state)
{
	(void)state;
	expect(0, EVENT_LOG_FETCH);
	fetch(0);
	expect_change(0);
	expect_change(PAGE - 1);
	expect(PAGE, EVENT_LOG_FETCH);
	fetch(PAGE);
	expect_change(PAGE);
	expect_change(0);
}

static void readers_at_the_same_position_share_a_page(void **state)
{
	struct reader one = { .calls = 0 }, other = { .calls = 0 };

	(void)state;
	want(&one, 10);
	want(&other, 20);
	assert_true(event_loop_run(loop, NULL));
	assert_int_equal(one.calls + other.calls, 2);
	expect_change(10);
	expect_change(20);
	assert_int_equal(store.reads, 1);
}

static void few_pages_are_kept(void **state)
{
	(void)state;
	for (uint64_t after = 0; after < HEAD - PAGE; after += PAGE)
		fetch(after);
	expect(0, EVENT_LOG_FETCH);
	expect_change(HEAD - 2 * PAGE);
}

static void a_position_before_the_log_is_a_gap(void **state)
{
	(void)state;
	store.oldest = 50;
	fetch(0);
	expect(0, EVENT_LOG_GAP);
	expect(48, EVENT_LOG_GAP);
	expect_change(49);
	store.oldest = HEAD + 1;
	fetch(4000);
	expect(4000, EVENT_LOG_GAP);
	expect(HEAD - 1, EVENT_LOG_GAP);
	expect(HEAD, EVENT_LOG_END);
}

static void a_cancelled_reader_is_not_called(void **state)
{
	struct reader gone = { .calls = 0 };

	(void)state;
	want(&gone, 10);
	event_log_forget(&gone.reader);
	fetch(20);
	assert_int_equal(gone.calls, 0);
}

static void a_waiting_reader_gets_the_error_of_the_log(void **state)
{
	struct reader reader = { .calls = 0 };

	(void)state;
	store.is_broken = true;
	want(&reader, 10);
	assert_true(event_loop_run(loop, NULL));
	assert_true(reader.has_failed);
	store.is_broken = false;
	fetch(10);
	expect_change(10);
}

static void the_oldest_is_what_memory_or_the_store_still_has(void **state)
{
	(void)state;
	assert_int_equal(event_log_oldest(event_log), 1);
	append(HEAD + 1, HEAD + 2);
	assert_int_equal(event_log_oldest(event_log), 1);
}

static void an_import_leaves_nothing_to_read(void **state)
{
	(void)state;
	append(HEAD + 1, HEAD + 2);
	event_log_advance(event_log, HEAD + 100);
	expect(HEAD + 100, EVENT_LOG_END);
	expect(HEAD + 1, EVENT_LOG_FETCH);
	append(HEAD + 101, HEAD + 101);
	expect_change(HEAD + 100);
}

static void a_block_is_the_text_that_streams_send(void **state)
{
	struct event_block *block;
	size_t size;

	(void)state;
	append(HEAD + 1, HEAD + 1);
	assert_int_equal(event_log_find(event_log, HEAD, &block), EVENT_LOG_HERE);
	const char *text = event_block_text(block, "epoch", &size);
	assert_string_equal(text, "id: 5001\nevent: update\ndata: {\"revision\":5001,\"event\":\"epoch-5001\"}\n\n");
	assert_int_equal(size, strlen(text));
	assert_ptr_equal(event_block_text(block, "epoch", &size), text);
	event_block_retain(block);
	append(HEAD + 2, HEAD + 100);
	assert_int_equal(block->change->revision, HEAD + 1);
	event_block_release(block);
}

#define LOG_TEST(function) cmocka_unit_test_setup_teardown(function, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(appended_changes_are_available_at_once),
		LOG_TEST(the_end_that_is_kept_is_bounded_and_never_empty),
		LOG_TEST(changes_that_are_not_in_memory_are_fetched),
		LOG_TEST(readers_at_the_same_position_share_a_page),
		LOG_TEST(few_pages_are_kept),
		LOG_TEST(a_position_before_the_log_is_a_gap),
		LOG_TEST(a_cancelled_reader_is_not_called),
		LOG_TEST(a_waiting_reader_gets_the_error_of_the_log),
		LOG_TEST(the_oldest_is_what_memory_or_the_store_still_has),
		LOG_TEST(an_import_leaves_nothing_to_read),
		LOG_TEST(a_block_is_the_text_that_streams_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
