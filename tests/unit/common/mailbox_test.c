/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static bool is_readable(const struct mailbox *mailbox)
{
	struct pollfd poll_fd = { .fd = mailbox_fd(mailbox), .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

static void messages_come_out_in_the_order_they_went_in(void **state)
{
	struct mailbox *mailbox = mailbox_create(3, NULL);
	int messages[5];

	(void)state;
	assert_true(mailbox_push(mailbox, &messages[0]));
	assert_true(mailbox_push(mailbox, &messages[1]));
	assert_ptr_equal(mailbox_pop(mailbox), &messages[0]);
	assert_true(mailbox_push(mailbox, &messages[2]));
	assert_true(mailbox_push(mailbox, &messages[3]));
	for (int i = 1; i <= 3; i++)
		assert_ptr_equal(mailbox_pop(mailbox), &messages[i]);
	assert_null(mailbox_pop(mailbox));
	mailbox_destroy(mailbox);
}

static void a_full_box_takes_nothing_and_does_not_wait(void **state)
{
	struct mailbox *mailbox = mailbox_create(1, NULL);
	int one, two;

	(void)state;
	assert_true(mailbox_push(mailbox, &one));
	assert_false(mailbox_push(mailbox, &two));
	assert_ptr_equal(mailbox_pop(mailbox), &one);
	assert_true(mailbox_push(mailbox, &two));
	assert_ptr_equal(mailbox_pop(mailbox), &two);
	mailbox_destroy(mailbox);
}

static void the_last_message_can_be_taken_back_while_it_is_inside(void **state)
{
	struct mailbox *mailbox = mailbox_create(2, NULL);
	int one, two;

	(void)state;
	assert_false(mailbox_take_back(mailbox, &one));
	assert_true(mailbox_push(mailbox, &one));
	assert_true(mailbox_push(mailbox, &two));
	assert_false(mailbox_take_back(mailbox, &one));
	assert_true(mailbox_take_back(mailbox, &two));
	assert_true(mailbox_push(mailbox, &two));
	assert_ptr_equal(mailbox_pop(mailbox), &one);
	assert_ptr_equal(mailbox_pop(mailbox), &two);
	assert_false(mailbox_take_back(mailbox, &two));
	assert_null(mailbox_pop(mailbox));
	mailbox_destroy(mailbox);
}

static void the_descriptor_is_readable_from_the_first_push_to_the_pop_of_nothing(void **state)
{
	struct mailbox *mailbox = mailbox_create(4, NULL);
	int message;

	(void)state;
	assert_false(is_readable(mailbox));
	for (int round = 0; round < 2; round++) {
		assert_true(mailbox_push(mailbox, &message));
		assert_true(mailbox_push(mailbox, &message));
		assert_true(is_readable(mailbox));
		while (mailbox_pop(mailbox))
			assert_true(is_readable(mailbox));
		assert_false(is_readable(mailbox));
	}
	mailbox_destroy(mailbox);
}

enum { MESSAGES = 100000 };

static void *push_all(void *context)
{
	for (uintptr_t i = 1; i <= MESSAGES;)
		if (mailbox_push(context, (void *)i))
			i++;
	return NULL;
}

static void nothing_is_lost_between_two_threads_that_only_wait_for_the_descriptor(void **state)
{
	struct mailbox *mailbox = mailbox_create(16, NULL);
	struct pollfd poll_fd = { .fd = mailbox_fd(mailbox), .events = POLLIN };
	uintptr_t received = 0;
	pthread_t thread;
	void *message;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, push_all, mailbox), 0);
	while (received < MESSAGES) {
		assert_int_equal(poll(&poll_fd, 1, 10000), 1);
		while ((message = mailbox_pop(mailbox)))
			assert_int_equal((uintptr_t)message, ++received);
	}
	pthread_join(thread, NULL);
	mailbox_destroy(mailbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out_in_the_order_they_went_in),
		cmocka_unit_test(a_full_box_takes_nothing_and_does_not_wait),
		cmocka_unit_test(the_last_message_can_be_taken_back_while_it_is_inside),
		cmocka_unit_test(the_descriptor_is_readable_from_the_first_push_to_the_pop_of_nothing),
		cmocka_unit_test(nothing_is_lost_between_two_threads_that_only_wait_for_the_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
