/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/delivery.h"

#include "common/clock.h"
#include "delivery_fixture.h"
#include "noahd/watch/agent.h"
#include "noahd/watch/endpoint_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ALWAYS = 1000000 };

static bool all_is_matched(const struct delivery_world *world, const struct world_record *record)
{
	return record->position == world->revision;
}

static bool nothing_is_pending(const struct delivery_world *world, const struct world_record *record)
{
	return all_is_matched(world, record) && !record->row_count;
}

static bool something_is_pending(const struct delivery_world *world, const struct world_record *record)
{
	return all_is_matched(world, record) && record->row_count;
}

static bool something_is_dead(const struct delivery_world *world, const struct world_record *record)
{
	(void)world;
	return record->dead_count;
}

static bool a_watch_is_disabled(const struct delivery_world *world, const struct world_record *record)
{
	(void)world;
	return record->row_count == 1 && record->last_row.state == WATCH_DISABLED;
}

static bool a_watch_is_suspended(const struct delivery_world *world, const struct world_record *record)
{
	(void)world;
	return record->row_count == 1 && record->last_row.state == WATCH_SUSPENDED;
}

static void puts_of(struct delivery_world *world, size_t count)
{
	for (size_t i = 0; i < count; i++)
		world_put(world, "/ephemerals/a");
}

/* From now on the sink takes everything. How many requests came before: none of them is on its way any more. */
static size_t stop_and_heal_the_sink(struct delivery_world *world)
{
	delivery_world_stop(world);
	tiny_sink_wait_alone(world->sink);
	tiny_sink_plan(world->sink, 200, 0, "");
	return tiny_sink_count(world->sink);
}

/* The requests answered 2xx from the i-th on are those of these revisions, one after another. */
static void assert_delivered(struct delivery_world *world, size_t i, uint64_t first, uint64_t last)
{
	for (; first <= last; i++) {
		struct tiny_request request = tiny_sink_request(world->sink, i);
		if (request.status == 200)
			assert_int_equal(request.revision, first++);
	}
}

static void each_change_is_posted_once_and_in_order(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 200);
	tiny_sink_wait(world->sink, 200);
	assert_delivered(world, 0, watch + 1, watch + 200);
	world_wait_for(world, nothing_is_pending, "all is acknowledged");
	assert_int_equal(tiny_sink_count(world->sink), 200);
}

static void a_change_from_before_the_watch_is_not_posted(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	world_put(world, "/ephemerals/a");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	uint64_t revision = world_put(world, "/ephemerals/b");
	tiny_sink_wait(world->sink, 1);
	assert_int_equal(tiny_sink_request(world->sink, 0).revision, revision);
}

static void order_is_kept_across_retries_and_each_attempt_has_the_same_id(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	uint64_t watch = world_watch(world, "//noah", tiny_sink_url(world->sink, "/x"));
	tiny_sink_plan(world->sink, 503, 3, "");
	puts_of(world, 10);
	tiny_sink_wait(world->sink, 13);
	for (size_t i = 1; i < 4; i++)
		assert_string_equal(tiny_sink_request(world->sink, i).id, tiny_sink_request(world->sink, 0).id);
	assert_delivered(world, 3, watch + 1, watch + 10);
}

static void two_watches_of_one_endpoint_share_its_order(void **state)
{
	struct delivery_world *world = *state;
	const char *url = tiny_sink_url(world->sink, "/x");

	delivery_world_start(world);
	world_watch(world, "//noah/ephemerals/a", url);
	uint64_t last = world_watch(world, "//noah/ephemerals/b", url);
	for (size_t i = 0; i < 10; i++) {
		world_put(world, "/ephemerals/a");
		world_put(world, "/ephemerals/b");
	}
	tiny_sink_wait(world->sink, 20);
	assert_delivered(world, 0, last + 1, last + 20);
}

static void an_endpoint_that_fails_does_not_delay_another(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	world_watch(world, "//noah", "http://127.0.0.1:9/nobody");
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 10);
	tiny_sink_wait(world->sink, 10);
	assert_delivered(world, 0, watch + 1, watch + 10);
}

static void pending_deliveries_are_sent_after_a_start(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 3);
	tiny_sink_wait(world->sink, 3);
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	puts_of(world, 5);
	tiny_sink_wait(world->sink, 4);
	size_t before = stop_and_heal_the_sink(world);
	delivery_world_start(world);
	tiny_sink_wait(world->sink, before + 5);
	assert_delivered(world, before, watch + 4, watch + 8);
	assert_string_equal(tiny_sink_request(world->sink, before).id, tiny_sink_request(world->sink, before - 1).id);
	world_wait_for(world, nothing_is_pending, "all is acknowledged");
}

static void acknowledged_deliveries_are_not_sent_again_after_a_start(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 3);
	tiny_sink_wait(world->sink, 3);
	world_wait_for(world, nothing_is_pending, "all is acknowledged");
	delivery_world_stop(world);
	delivery_world_start(world);
	uint64_t revision = world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, 4);
	assert_int_equal(tiny_sink_request(world->sink, 3).revision, revision);
}

static void an_endpoint_with_more_waiting_than_its_queue_holds_gets_it_all_in_order(void **state)
{
	enum { MANY = 3 * ENDPOINT_QUEUE_ENTRIES_MAX + 7 };
	struct delivery_world *world = *state;

	delivery_world_start(world);
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	puts_of(world, MANY);
	size_t failed = tiny_sink_count(world->sink);
	tiny_sink_plan(world->sink, 200, 0, "");
	tiny_sink_wait(world->sink, failed + MANY);
	world_wait_for(world, nothing_is_pending, "all is acknowledged");
	puts_of(world, 1); /* and it is live again */
	tiny_sink_wait(world->sink, failed + MANY + 1);
	assert_delivered(world, 0, watch + 1, watch + MANY + 1);
}

static void an_endpoint_behind_gets_the_rest_after_a_start(void **state)
{
	enum { MANY = 2 * ENDPOINT_QUEUE_ENTRIES_MAX };
	struct delivery_world *world = *state;

	delivery_world_start(world);
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	puts_of(world, MANY);
	size_t failed = stop_and_heal_the_sink(world);
	delivery_world_start(world);
	tiny_sink_wait(world->sink, failed + MANY);
	assert_delivered(world, failed, watch + 1, watch + MANY);
}

static void a_watch_made_while_its_endpoint_is_behind_gets_its_part_after_a_start(void **state)
{
	enum { MANY = ENDPOINT_QUEUE_ENTRIES_MAX + 100 };
	struct delivery_world *world = *state;
	const char *url = tiny_sink_url(world->sink, "/x");

	delivery_world_start(world);
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	world_watch(world, "//noah/ephemerals/a", url);
	puts_of(world, MANY);
	uint64_t watch = world_watch(world, "//noah/ephemerals/b", url);
	world_put(world, "/ephemerals/b");
	world_put(world, "/ephemerals/b");
	size_t failed = stop_and_heal_the_sink(world);
	delivery_world_start(world);
	tiny_sink_wait(world->sink, failed + MANY + 2);
	assert_delivered(world, failed + MANY, watch + 1, watch + 2);
}

static void changes_that_were_not_pushed_are_read_from_the_log(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	world_put(world, "/ephemerals/a");
	for (size_t i = 0; i < 20; i++)
		world_put_unseen(world, "/ephemerals/a");
	world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, 22);
	assert_delivered(world, 0, watch + 1, watch + 22);
}

/* The thread takes 4,096 lists at most before it runs; what it is told last is among those that it has to read. */
static void changes_that_found_no_room_are_read_from_the_log(void **state)
{
	enum { MORE_THAN_FIT = 5000 };
	struct delivery_world *world = *state;

	delivery_world_load(world);
	world_watch(world, "//noah/ephemerals/b", tiny_sink_url(world->sink, "/x"));
	puts_of(world, MORE_THAN_FIT);
	uint64_t first = world_put(world, "/ephemerals/b");
	delivery_world_run(world);
	tiny_sink_wait(world->sink, 1);
	assert_delivered(world, 0, first, first);
	uint64_t second = world_put(world, "/ephemerals/b");
	tiny_sink_wait(world->sink, 2);
	assert_delivered(world, 1, second, second);
	world_wait_for(world, nothing_is_pending, "all is matched");
}

static void deleting_a_watch_drops_its_pending_deliveries(void **state)
{
	struct delivery_world *world = *state;
	const char *url = tiny_sink_url(world->sink, "/x");

	delivery_world_start(world);
	tiny_sink_plan(world->sink, 503, ALWAYS, "");
	uint64_t watch = world_watch(world, "//noah/ephemerals", url);
	puts_of(world, 5);
	tiny_sink_wait(world->sink, 2);
	world_wait_for(world, something_is_pending, "the row");
	world_unwatch(world, "//noah/ephemerals", url, watch);
	world_wait_for(world, nothing_is_pending, "the row is cleared");
	tiny_sink_plan(world->sink, 200, 0, "");
	size_t before = tiny_sink_count(world->sink);
	world_watch(world, "//noah/ephemerals", url);
	uint64_t revision = world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, before + 1);
	assert_int_equal(tiny_sink_request(world->sink, before).revision, revision);
	assert_int_equal(world_record(world).dead_count, 0);
}

static void gone_disables_the_watch_permanently(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	tiny_sink_plan(world->sink, 410, 1, "");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/gone"));
	puts_of(world, 1);
	world_wait_for(world, a_watch_is_disabled, "the watch is disabled");
	assert_int_equal(world_record(world).dead_count, 1);
	puts_of(world, 1);
	delivery_world_stop(world);
	delivery_world_start(world);
	puts_of(world, 1);
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/other"));
	puts_of(world, 1);
	tiny_sink_wait(world->sink, 2);
	assert_string_equal(tiny_sink_request(world->sink, 1).path, "/other");
}

static void a_permanent_error_is_given_up_and_the_next_is_delivered(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	tiny_sink_plan(world->sink, 422, 5, "");
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 2);
	tiny_sink_wait(world->sink, 6);
	assert_delivered(world, 5, watch + 2, watch + 2);
	world_wait_for(world, something_is_dead, "the dead delivery");
	struct world_record record = world_record(world);
	assert_int_equal(record.last_dead.from, watch + 1);
	assert_int_equal(record.last_dead.to, watch + 1);
	assert_string_equal(record.last_reason, "HTTP 422");
}

static bool two_are_dead(const struct delivery_world *world, const struct world_record *record)
{
	(void)world;
	return record->dead_count >= 2;
}

/* The first watch's delivery is dropped after some tries, so that the second's is next. */
static void attempts_of_a_dropped_delivery_do_not_count_for_the_next(void **state)
{
	struct delivery_world *world = *state;
	const char *url = tiny_sink_url(world->sink, "/x");

	world->retry_ms = 150;
	delivery_world_start(world);
	tiny_sink_plan(world->sink, 422, ALWAYS, "");
	uint64_t first = world_watch(world, "//noah/ephemerals/a", url);
	world_watch(world, "//noah/ephemerals/b", url);
	world_put(world, "/ephemerals/a");
	uint64_t revision = world_put(world, "/ephemerals/b");
	tiny_sink_wait(world->sink, 3);
	world_unwatch(world, "//noah/ephemerals/a", url, first);
	world_wait_for(world, something_is_dead, "the dead delivery");
	if (world_record(world).last_dead.from != revision) /* a slow machine has seen five tries of the first one */
		world_wait_for(world, two_are_dead, "the second one");
	size_t tries = 0;
	for (size_t i = 0; i < tiny_sink_count(world->sink); i++)
		tries += tiny_sink_request(world->sink, i).revision == revision;
	assert_int_equal(tries, 5);
}

static void an_address_that_policy_refuses_is_given_up_at_once(void **state)
{
	struct delivery_world *world = *state;

	world->listen = "0.0.0.0:1"; /* beyond loopback, so that loopback is no place to deliver to */
	delivery_world_start(world);
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 2);
	world_wait_for(world, something_is_dead, "the dead delivery");
	assert_non_null(strstr(world_record(world).last_reason, "loopback"));
	assert_int_equal(tiny_sink_count(world->sink), 0);
}

static void a_delivery_that_is_too_old_is_given_up(void **state)
{
	struct delivery_world *world = *state;

	world->give_up_ms = 50;
	delivery_world_start(world);
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 1);
	world_wait_for(world, something_is_dead, "the dead delivery");
	world_wait_for(world, nothing_is_pending, "the row is cleared");
	size_t before = tiny_sink_count(world->sink);
	tiny_sink_plan(world->sink, 200, 0, "");
	uint64_t revision = world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, before + 1);
	assert_int_equal(tiny_sink_request(world->sink, before).revision, revision);
}

static void an_endpoint_that_fails_for_too_long_is_suspended(void **state)
{
	struct delivery_world *world = *state;

	world->suspend_ms = 100;
	delivery_world_start(world);
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 3);
	world_wait_for(world, a_watch_is_suspended, "the watch is suspended");
	struct world_record record = world_record(world);
	assert_int_equal(record.last_dead.from, watch + 1);
	assert_int_equal(record.last_dead.to, watch + 3);
}

enum { KEPT = 6 };

/* As many connections are kept as are used at once. Returns how many requests that took. */
static size_t keep_connections(struct delivery_world *world)
{
	char path[8];

	delivery_world_start(world);
	for (int i = 0; i < KEPT; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		world_watch(world, i ? "//noah/ephemerals/all" : "//noah/ephemerals", tiny_sink_url(world->sink, path));
	}
	world_put(world, "/ephemerals/all");
	tiny_sink_wait(world->sink, KEPT);
	world_wait_for(world, nothing_is_pending, "all is acknowledged");
	return KEPT;
}

static unsigned connections_until(struct delivery_world *world, size_t count)
{
	unsigned last = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned connection = tiny_sink_request(world->sink, i).connection;
		last = connection > last ? connection : last;
	}
	return last;
}

/* libcurl would send it through each connection that it has kept. */
static void a_dead_connection_costs_one_request_and_each_attempt_is_one(void **state)
{
	enum { DEAD = 5 };
	struct delivery_world *world = *state;
	struct delivery_stats stats;
	size_t before = keep_connections(world);
	unsigned kept = connections_until(world, before);

	assert_in_range(kept, 2, KEPT);
	tiny_sink_plan(world->sink, 0, DEAD, "");
	world_put(world, "/ephemerals/one");
	tiny_sink_wait(world->sink, before + DEAD + 1);
	world_wait_for(world, nothing_is_pending, "it is acknowledged");
	delivery_stats_read(world->delivery, &stats);
	assert_int_equal(stats.failed, DEAD - 1); /* the first was not the endpoint's fault */
	assert_int_equal(tiny_sink_count(world->sink), before + DEAD + 1);
	for (size_t i = before; i <= before + DEAD; i++) {
		struct tiny_request request = tiny_sink_request(world->sink, i);
		assert_string_equal(request.id, tiny_sink_request(world->sink, before).id);
		assert_int_equal(request.connection > kept, i > before); /* each further one came on a fresh connection */
	}
}

static void a_retry_uses_a_new_connection(void **state)
{
	struct delivery_world *world = *state;
	size_t before = keep_connections(world);
	unsigned kept = connections_until(world, before);

	tiny_sink_plan(world->sink, 503, 3, "");
	world_put(world, "/ephemerals/one");
	tiny_sink_wait(world->sink, before + 4);
	assert_in_range(tiny_sink_request(world->sink, before).connection, 1, kept);
	for (size_t i = before + 1; i < before + 4; i++)
		assert_int_equal(tiny_sink_request(world->sink, i).connection, kept + i - before);
}

static void retry_after_as_a_date_is_meant_by_the_receivers_clock(void **state)
{
	struct delivery_world *world = *state;

	world->retry_ms = 1;
	delivery_world_start(world);
	tiny_sink_plan(world->sink, 503, 1,
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:39 GMT\r\n");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	int64_t began_ms = clock_monotonic_ms();
	puts_of(world, 1);
	tiny_sink_wait(world->sink, 2);
	assert_in_range(clock_monotonic_ms() - began_ms, 1900, 30000);
}

/* A row of the store whose endpoint has failed for a while. */
static bool time_was_spent_failing(const struct delivery_world *world, const struct world_record *record)
{
	return something_is_pending(world, record) && record->last_row.failing_ms >= 40 &&
	       record->last_row.waiting_ms >= 40;
}

static void fail_for_a_while(struct delivery_world *world)
{
	delivery_world_start(world);
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, 3);
	world_wait_for(world, time_was_spent_failing, "how long the endpoint has failed");
	delivery_world_stop(world);
}

static void the_time_spent_failing_continues_after_a_start(void **state)
{
	struct delivery_world *world = *state;

	fail_for_a_while(world);
	size_t before = tiny_sink_count(world->sink);
	world->suspend_ms = world_record(world).last_row.failing_ms;
	assert_in_range(world->suspend_ms, 40, 60000);
	delivery_world_start(world);
	world_wait_for(world, a_watch_is_suspended, "the watch is suspended");
	assert_int_equal(tiny_sink_count(world->sink), before + 1);
}

static void the_waiting_time_of_the_oldest_delivery_continues_after_a_start(void **state)
{
	struct delivery_world *world = *state;

	fail_for_a_while(world);
	size_t before = tiny_sink_count(world->sink);
	world->give_up_ms = world_record(world).last_row.waiting_ms + 20000;
	world->retry_ms = 60000; /* one try, which comes soon */
	delivery_world_start(world);
	tiny_sink_wait(world->sink, before + 1);
	delivery_world_stop(world);
	assert_int_equal(world_record(world).dead_count, 0);
	world->give_up_ms = world_record(world).last_row.waiting_ms;
	delivery_world_start(world);
	world_wait_for(world, something_is_dead, "the dead delivery");
	assert_int_equal(tiny_sink_count(world->sink), before + 2);
}

static void a_url_in_normal_form_arrives_as_registered(void **state)
{
	static const struct {
		const char *registered, *arrives;
	} rows[] = { { "", "/" }, { "/", "/" }, { "//", "//" }, { "//a//", "//a//" }, { "/a?b=c", "/a?b=c" },
		{ "?x=/../y", "/?x=/../y" }, { "/%63hef/.a/...", "/%63hef/.a/..." }, { "/%2e%2ec", "/%2e%2ec" },
		{ "/a;b=@:!$&'()*+", "/a;b=@:!$&'()*+" } };
	struct delivery_world *world = *state;
	struct error err;

	delivery_world_start(world);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *url = tiny_sink_url(world->sink, rows[i].registered);
		assert_true(endpoint_check_form(url, &err));
		uint64_t watch = world_watch(world, "//noah/ephemerals", url);
		puts_of(world, 1);
		tiny_sink_wait(world->sink, i + 1);
		assert_string_equal(tiny_sink_request(world->sink, i).path, rows[i].arrives);
		world_unwatch(world, "//noah/ephemerals", url, watch);
	}
}

static void a_watch_older_than_the_normal_form_keeps_working(void **state)
{
	struct delivery_world *world = *state;
	struct error err;
	const char *url = tiny_sink_url(world->sink, "/a/../b");

	assert_false(endpoint_check_form(url, &err));
	delivery_world_start(world);
	world_watch(world, "//noah/ephemerals", url);
	puts_of(world, 1);
	tiny_sink_wait(world->sink, 1);
	assert_string_equal(tiny_sink_request(world->sink, 0).path, "/b");
	delivery_world_stop(world);
	delivery_world_start(world);
	puts_of(world, 1);
	tiny_sink_wait(world->sink, 2);
}

static void retry_after_is_waited_for(void **state)
{
	struct delivery_world *world = *state;

	delivery_world_start(world);
	tiny_sink_plan(world->sink, 503, 1, "Retry-After: 3000\r\n");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/slow"));
	puts_of(world, 1);
	tiny_sink_wait(world->sink, 1);
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/quick"));
	puts_of(world, 20);
	tiny_sink_wait(world->sink, 21);
	for (size_t i = 1; i < 21; i++)
		assert_string_equal(tiny_sink_request(world->sink, i).path, "/quick");
}

static void deliveries_lost_by_trimming_are_recorded_as_dead(void **state)
{
	enum { MANY = 700 }; /* more than leave the log at a time */
	struct delivery_world *world = *state;

	world->events_kept = 10;
	world->events_kept_max = 20;
	delivery_world_start(world);
	tiny_sink_plan(world->sink, 500, ALWAYS, "");
	uint64_t watch = world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	puts_of(world, MANY - 1);
	world_wait_for(world, something_is_pending, "that all is matched");
	puts_of(world, 1); /* after a commit the store looks what may go */
	size_t before = stop_and_heal_the_sink(world);
	delivery_world_start(world);
	tiny_sink_wait(world->sink, before + 1);
	uint64_t first = tiny_sink_request(world->sink, before).revision;
	assert_in_range(first, watch + 2, watch + MANY);
	world_wait_for(world, something_is_dead, "the dead range");
	struct world_record record = world_record(world);
	assert_int_equal(record.last_dead.from, watch + 1);
	assert_int_equal(record.last_dead.to, first - 1);
	tiny_sink_wait(world->sink, before + watch + MANY - first + 1);
	assert_delivered(world, before, first, watch + MANY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, delivery_world_open, delivery_world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_change_is_posted_once_and_in_order),
		TEST(a_change_from_before_the_watch_is_not_posted),
		TEST(order_is_kept_across_retries_and_each_attempt_has_the_same_id),
		TEST(two_watches_of_one_endpoint_share_its_order),
		TEST(an_endpoint_that_fails_does_not_delay_another),
		TEST(pending_deliveries_are_sent_after_a_start),
		TEST(acknowledged_deliveries_are_not_sent_again_after_a_start),
		TEST(an_endpoint_with_more_waiting_than_its_queue_holds_gets_it_all_in_order),
		TEST(an_endpoint_behind_gets_the_rest_after_a_start),
		TEST(a_watch_made_while_its_endpoint_is_behind_gets_its_part_after_a_start),
		TEST(changes_that_were_not_pushed_are_read_from_the_log),
		TEST(changes_that_found_no_room_are_read_from_the_log),
		TEST(deleting_a_watch_drops_its_pending_deliveries),
		TEST(gone_disables_the_watch_permanently),
		TEST(a_permanent_error_is_given_up_and_the_next_is_delivered),
		TEST(attempts_of_a_dropped_delivery_do_not_count_for_the_next),
		TEST(an_address_that_policy_refuses_is_given_up_at_once),
		TEST(a_delivery_that_is_too_old_is_given_up),
		TEST(an_endpoint_that_fails_for_too_long_is_suspended),
		TEST(a_dead_connection_costs_one_request_and_each_attempt_is_one),
		TEST(a_retry_uses_a_new_connection),
		TEST(retry_after_as_a_date_is_meant_by_the_receivers_clock),
		TEST(the_time_spent_failing_continues_after_a_start),
		TEST(the_waiting_time_of_the_oldest_delivery_continues_after_a_start),
		TEST(a_url_in_normal_form_arrives_as_registered),
		TEST(a_watch_older_than_the_normal_form_keeps_working),
		TEST(retry_after_is_waited_for),
		TEST(deliveries_lost_by_trimming_are_recorded_as_dead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
