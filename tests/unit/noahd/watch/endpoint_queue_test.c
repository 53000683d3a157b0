/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/endpoint_queue.h"

#include "changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The queue only compares them. */
static struct watch *const FIRST = (struct watch *)"first", *const SECOND = (struct watch *)"second";

static void push(struct endpoint_queue *queue, uint64_t revision, struct watch *watch)
{
	struct change *change = make_change(revision, revision, "/ephemerals/a", "");
	endpoint_queue_push(queue, &(struct queued_delivery){ change, watch, revision, 1, 0 });
	change_release(change);
}

static void deliveries_leave_in_the_order_they_came(void **state)
{
	struct queue_budget budget = { .bytes_max = 1 << 20 };
	struct endpoint_queue queue = { .budget = &budget };
	uint64_t next = 1;

	(void)state;
	assert_null(endpoint_queue_head(&queue));
	for (uint64_t revision = 1; revision <= 100; revision++) {
		push(&queue, revision, FIRST);
		if (revision % 3) /* so that the ring goes round */
			continue;
		assert_int_equal(endpoint_queue_head(&queue)->change->revision, next++);
		endpoint_queue_pop(&queue);
	}
	for (; next <= 100; next++) {
		assert_int_equal(endpoint_queue_head(&queue)->change->revision, next);
		endpoint_queue_pop(&queue);
	}
	assert_null(endpoint_queue_head(&queue));
	assert_int_equal(budget.bytes, 0);
	assert_int_equal(budget.count, 0);
	endpoint_queue_finish(&queue);
}

static void a_queue_has_room_for_a_thousand(void **state)
{
	struct queue_budget budget = { .bytes_max = 1 << 30 };
	struct endpoint_queue queue = { .budget = &budget };

	(void)state;
	for (uint64_t revision = 1; revision <= ENDPOINT_QUEUE_ENTRIES_MAX; revision++) {
		assert_true(endpoint_queue_has_room(&queue));
		push(&queue, revision, FIRST);
	}
	assert_false(endpoint_queue_has_room(&queue));
	assert_false(endpoint_queue_is_low(&queue));
	while (queue.count > ENDPOINT_QUEUE_ENTRIES_MAX / 4)
		endpoint_queue_pop(&queue);
	assert_true(endpoint_queue_is_low(&queue));
	endpoint_queue_finish(&queue);
	assert_int_equal(budget.bytes, 0);
	assert_int_equal(budget.count, 0);
}

static void over_budget_only_empty_queues_have_room(void **state)
{
	struct queue_budget budget = { .bytes_max = 1 };
	struct endpoint_queue full = { .budget = &budget }, empty = { .budget = &budget };

	(void)state;
	push(&full, 1, FIRST);
	assert_false(endpoint_queue_has_room(&full));
	assert_true(endpoint_queue_has_room(&empty));
	assert_true(endpoint_queue_is_low(&empty));
	endpoint_queue_finish(&full);
}

static void dropping_a_watch_leaves_the_others_in_order(void **state)
{
	struct queue_budget budget = { .bytes_max = 1 << 20 };
	struct endpoint_queue queue = { .budget = &budget };

	(void)state;
	push(&queue, 1, FIRST);
	push(&queue, 2, SECOND);
	push(&queue, 3, FIRST);
	push(&queue, 4, SECOND);
	assert_true(endpoint_queue_drop_watch(&queue, FIRST, HEAD_WAITS));
	assert_int_equal(queue.count, 2);
	assert_int_equal(endpoint_queue_head(&queue)->change->revision, 2);
	endpoint_queue_pop(&queue);
	assert_int_equal(endpoint_queue_head(&queue)->change->revision, 4);
	endpoint_queue_finish(&queue);
	assert_int_equal(budget.bytes, 0);
	assert_int_equal(budget.count, 0);
}

static void a_delivery_in_flight_stays_without_its_watch(void **state)
{
	struct queue_budget budget = { .bytes_max = 1 << 20 };
	struct endpoint_queue queue = { .budget = &budget };

	(void)state;
	push(&queue, 1, FIRST);
	push(&queue, 2, FIRST);
	push(&queue, 3, SECOND);
	assert_false(endpoint_queue_drop_watch(&queue, FIRST, HEAD_UNDER_WAY));
	assert_int_equal(queue.count, 2);
	assert_int_equal(endpoint_queue_head(&queue)->change->revision, 1);
	assert_null(endpoint_queue_head(&queue)->watch);
	assert_false(endpoint_queue_drop_watch(&queue, SECOND, HEAD_UNDER_WAY));
	assert_int_equal(queue.count, 1);
	endpoint_queue_finish(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deliveries_leave_in_the_order_they_came),
		cmocka_unit_test(a_queue_has_room_for_a_thousand),
		cmocka_unit_test(over_budget_only_empty_queues_have_room),
		cmocka_unit_test(dropping_a_watch_leaves_the_others_in_order),
		cmocka_unit_test(a_delivery_in_flight_stays_without_its_watch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
