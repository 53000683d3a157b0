/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_order.h"

#include "common/file.h"
#include "common/memory.h"
#include "pokerd/run/run_folder.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN "20120510T022253.123Z-00007f"

static struct spawn_identity *identity;
static struct run_pokes pokes;

static int make_identity(void **state)
{
	return scratch_open(state) || !spawn_identity_create("", &identity, NULL) ||
	       !run_folder_create(scratch_folder, RUN, NULL);
}

static int forget_identity(void **state)
{
	spawn_identity_destroy(identity);
	run_folder_remove(scratch_folder, RUN);
	return scratch_close(state);
}

static int empty(void **state)
{
	char *order = run_folder_path(scratch_folder, RUN, RUN_FOLDER_ORDER);

	(void)state;
	run_pokes_finish(&pokes);
	(void)unlink(order);
	free(order);
	return 0;
}

static void write_order(const struct run_request *request)
{
	char *path = run_folder_path(scratch_folder, RUN, RUN_FOLDER_ORDER);

	assert_true(run_order_write(path, request, NULL));
	free(path);
}

static struct run_request plain_request(void)
{
	static char *argv[] = { "chef-client", "--once", NULL };

	return (struct run_request){
		.rule = "/", .argv = argv, .identity = identity, .pokes = &pokes, .time_limit_ms = 1, .output_bytes_max = 1
	};
}

static void a_request_is_read_as_it_was_written(void **state)
{
	char *argv[] = { "/usr/bin/chef-client", "", "a b\n\"'$\xff\x01", NULL };
	struct setting_pair pairs[] = { { "CHEF_LICENSE", "accept" }, { "EMPTY", "" }, { "BYTES", "\xfe=\n" } };
	struct setting_pairs environment = { pairs, 3 };
	struct run_request request = {
		.rule = "/deploy",
		.attempt_of = "20120510T022253.123Z-00007e",
		.argv = argv,
		.environment = &environment,
		.identity = identity,
		.pokes = &pokes,
		.dropped = 7,
		.queued_ms = 1649367553000,
		.time_limit_ms = 3600000,
		.grace_ms = 10000,
		.output_bytes_max = 4194304,
	};
	struct run_order order;

	(void)state;
	run_pokes_append(&pokes, "msg_1", "e-1");
	run_pokes_describe_last(&pokes, "update of /hosts/web1");
	run_pokes_append(&pokes, "msg_2", "");
	write_order(&request);
	assert_true(run_order_read(scratch_folder, RUN, &order, NULL));
	assert_string_equal(order.request.rule, "/deploy");
	assert_string_equal(order.request.attempt_of, request.attempt_of);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(order.request.argv[i], argv[i]);
		assert_string_equal(order.request.environment->items[i].name, pairs[i].name);
		assert_string_equal(order.request.environment->items[i].value, pairs[i].value);
	}
	assert_null(order.request.argv[3]);
	assert_int_equal(order.request.environment->count, 3);
	assert_int_equal(order.request.identity->uid, identity->uid);
	assert_int_equal(order.request.pokes->count, 2);
	assert_string_equal(order.request.pokes->list[0].event, "e-1");
	assert_string_equal(order.request.pokes->list[0].about, "update of /hosts/web1");
	assert_string_equal(order.request.pokes->list[1].id, "msg_2");
	assert_null(order.request.pokes->list[1].about);
	assert_int_equal(order.request.dropped, 7);
	assert_int_equal(order.request.queued_ms, request.queued_ms);
	assert_int_equal(order.request.time_limit_ms, request.time_limit_ms);
	assert_int_equal(order.request.grace_ms, request.grace_ms);
	assert_int_equal(order.request.output_bytes_max, request.output_bytes_max);
	run_order_finish(&order);
}

static void what_was_left_out_stays_out(void **state)
{
	struct run_request request = plain_request();
	struct run_order order;

	(void)state;
	write_order(&request);
	assert_true(run_order_read(scratch_folder, RUN, &order, NULL));
	assert_null(order.request.attempt_of);
	assert_int_equal(order.request.environment->count, 0);
	assert_int_equal(order.request.pokes->count, 0);
	run_order_finish(&order);
}

static void of_very_many_pokes_the_newest_are_named_and_the_others_counted(void **state)
{
	struct run_request request = plain_request();
	struct run_order order;
	char id[16];

	(void)state;
	for (int i = 0; i < RUN_POKES_CARRIED_MAX + 5; i++) {
		snprintf(id, sizeof(id), "%d", i);
		run_pokes_append(&pokes, id, "");
	}
	write_order(&request);
	assert_true(run_order_read(scratch_folder, RUN, &order, NULL));
	assert_int_equal(order.request.pokes->count, RUN_POKES_CARRIED_MAX);
	assert_string_equal(order.request.pokes->list[0].id, "5");
	assert_int_equal(order.request.dropped, 5);
	run_order_finish(&order);
}

static void an_order_may_only_be_read_by_its_owner(void **state)
{
	struct run_request request = plain_request();
	char *path = run_folder_path(scratch_folder, RUN, RUN_FOLDER_ORDER);
	struct run_order order;
	struct stat status;
	struct error err;

	(void)state;
	write_order(&request);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(chmod(path, 0644), 0);
	assert_false(run_order_read(scratch_folder, RUN, &order, &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	free(path);
}

static void an_order_that_is_gone_was_called_off(void **state)
{
	struct run_order order;
	struct error err;

	(void)state;
	assert_false(run_order_read(scratch_folder, RUN, &order, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void an_order_that_is_cut_anywhere_or_longer_is_refused(void **state)
{
	struct run_request request = plain_request();
	char *path = run_folder_path(scratch_folder, RUN, RUN_FOLDER_ORDER), *bytes;
	struct run_order order;
	struct error err;
	size_t size;

	(void)state;
	run_pokes_append(&pokes, "msg_1", "e-1");
	write_order(&request);
	assert_true(file_read(path, 1 << 20, FILE_PUBLIC, &bytes, &size, NULL));
	for (size_t cut = 0; cut <= size + 1; cut++) {
		char *copy = memory_zeroed(1, size + 1);
		memcpy(copy, bytes, cut < size ? cut : size);
		assert_true(file_replace(path, copy, cut, 0600, NULL));
		free(copy);
		/* The last NUL is added by the reading: without it nothing is missing. */
		if (cut == size || cut == size - 1)
			continue;
		assert_false(run_order_read(scratch_folder, RUN, &order, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	free(bytes);
	free(path);
}

static void the_order_of_another_version_is_refused(void **state)
{
	static const char text[] = "pokerd order 2\0/";
	char *path = run_folder_path(scratch_folder, RUN, RUN_FOLDER_ORDER);
	struct run_order order;
	struct error err;

	(void)state;
	assert_true(file_replace(path, text, sizeof(text), 0600, NULL));
	assert_false(run_order_read(scratch_folder, RUN, &order, &err));
	assert_non_null(strstr(err.text, "another version"));
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_request_is_read_as_it_was_written, empty),
		cmocka_unit_test_teardown(what_was_left_out_stays_out, empty),
		cmocka_unit_test_teardown(of_very_many_pokes_the_newest_are_named_and_the_others_counted, empty),
		cmocka_unit_test_teardown(an_order_may_only_be_read_by_its_owner, empty),
		cmocka_unit_test_teardown(an_order_that_is_gone_was_called_off, empty),
		cmocka_unit_test_teardown(an_order_that_is_cut_anywhere_or_longer_is_refused, empty),
		cmocka_unit_test_teardown(the_order_of_another_version_is_refused, empty),
	};
	return cmocka_run_group_tests(tests, make_identity, forget_identity);
}
