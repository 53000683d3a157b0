/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "noahd/api/api.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"
#include "noahd/api/resources/route_table.h"
#include "noahd/api/write_request.h"

/* One batch in an api that no request reaches. */
static struct event_loop *loop;
static struct api *api;
static struct plan *plan;
static struct http_target target;
static char *body; /* of the transaction, as long as it waits */

static int up(void **state)
{
	(void)state;
	loop = event_loop_create(NULL);
	const struct api_options options = { .loop = loop, .routes = &route_table, .ephemeral_bytes_max = 512 };
	api = api_create(&options);
	api->history.epoch = memory_text("0123456789");
	plan = plan_create(api->registry, 0);
	return 0;
}

static int down(void **state)
{
	(void)state;
	plan_discard(plan);
	http_target_finish(&target);
	free(body);
	body = NULL;
	api_destroy(api);
	event_loop_destroy(loop);
	return 0;
}

/* A transaction of these writes. */
static struct write *take(const char *writes)
{
	free(body);
	http_target_finish(&target);
	body = memory_format("{\"writes\":[%s]}", writes);
	struct http_call call = { .target = &target, .body = body, .body_size = strlen(body), .context = api };

	assert_true(http_target_parse("/transactions", &target, NULL));
	assert_non_null(routes_find(&route_table, &call));
	struct write *write = write_request_create(&call, &post_transaction, NULL);
	assert_non_null(write);
	return write;
}

/* So, and planned as the next write. */
static struct write *perform(const char *writes)
{
	struct write *write = take(writes);

	assert_int_equal(write_plan(write, plan, INT64_MAX), WRITE_PLANNED);
	return write;
}

static void assert_done(const char *writes, size_t changes)
{
	const size_t before = plan_changes(plan)->count;
	struct write *write = perform(writes);

	assert_non_null(write->result.answer);
	assert_int_equal(plan_changes(plan)->count - before, changes);
	assert_int_equal(write->result.revision, plan_revision(plan));
	write_destroy(write);
}

static void assert_refused(const char *writes, size_t part, enum error_kind kind, unsigned status)
{
	const size_t before = plan_changes(plan)->count;
	const uint64_t revision = plan_revision(plan);
	struct write *write = perform(writes);

	assert_null(write->result.answer);
	assert_int_equal(write->parts->refused, part);
	assert_int_equal(write->result.err.kind, kind);
	assert_int_equal(write->result.refused_with, status);
	assert_int_equal(plan_changes(plan)->count, before);
	assert_int_equal(plan_revision(plan), revision);
	write_destroy(write);
}

static bool is_there(const char *path)
{
	return registry_find(api->registry, path, VERSION_PLANNED) != NULL;
}

#define PUT_HOST "{\"method\":\"PUT\",\"path\":\"/hosts/h\",\"body\":{\"status\":\"up\"}}"
#define PUT_E(data) "{\"method\":\"PUT\",\"path\":\"/ephemerals/e\",\"body\":\"" data "\"}"
#define CREATE_E "{\"method\":\"PUT\",\"path\":\"/ephemerals/e\",\"if_none_match\":\"*\"}"
#define DELETE_E "{\"method\":\"DELETE\",\"path\":\"/ephemerals/e\"}"
#define WRONG "{\"method\":\"PUT\",\"path\":\"/hosts/h\",\"body\":{\"status\":\"no\"}}"

static void its_writes_are_planned_in_order_each_seeing_those_before(void **state)
{
	(void)state;
	assert_done(PUT_HOST "," CREATE_E "," DELETE_E "," CREATE_E, 4);
	assert_true(is_there("/hosts/h"));
	assert_true(is_there("/ephemerals/e"));
	assert_done("", 0);
}

static void each_counts_as_a_write_of_its_own(void **state)
{
	(void)state;
	assert_done("{\"method\":\"PUT\",\"path\":\"/services/s/h\",\"body\":{\"status\":\"up\",\"host_status\":\"up\"}},"
	            "{\"method\":\"PUT\",\"path\":\"/services/t/h\",\"body\":{\"status\":\"up\",\"host_status\":\"up\"}}",
	    4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(plan_changes(plan)->changes[i]->write, i < 2 ? 1 : 3);
}

static void if_one_is_refused_nothing_is_planned(void **state)
{
	(void)state;
	assert_refused(PUT_HOST "," PUT_E("1") "," DELETE_E "," DELETE_E, 3, ERROR_NOT_FOUND, 0);
	assert_false(is_there("/hosts/h"));
	assert_false(is_there("/ephemerals/e"));
	assert_done(PUT_E("1"), 1);
	assert_refused(PUT_E("2") "," CREATE_E, 1, ERROR_CONDITION, 0);
	const struct registry_entry *entry = registry_find(api->registry, "/ephemerals/e", VERSION_PLANNED);
	assert_memory_equal(registry_record(entry, VERSION_PLANNED)->value, "1", 1);
}

static void a_refused_one_leaves_those_of_the_same_batch_alone(void **state)
{
	(void)state;
	assert_done(PUT_HOST, 1);
	assert_refused("{\"method\":\"DELETE\",\"path\":\"/hosts/h\"}," WRONG, 1, ERROR_INVALID, 0);
	assert_done(PUT_E("1"), 1);
	plan_apply(plan);
	assert_int_equal(registry_revision(api->registry), 2);
	assert_true(is_there("/hosts/h"));
	plan = plan_create(api->registry, 0);
}

static void the_first_error_is_reported_regardless_of_later_ones(void **state)
{
	(void)state;
	assert_refused(DELETE_E ",7", 0, ERROR_NOT_FOUND, 0);
	assert_refused(PUT_HOST ",7", 1, ERROR_INVALID, 0);
	assert_refused(PUT_HOST ",{\"method\":\"PUT\",\"path\":\"/hosts\",\"body\":{}}", 1, ERROR_INVALID, 405);
	assert_refused("{\"method\":\"PUT\",\"path\":\"/no/such/path\"}," WRONG, 0, ERROR_NOT_FOUND, 0);
}

static void more_than_128_are_refused_as_a_whole(void **state)
{
	enum { TOO_MANY = 129 };
	char writes[TOO_MANY * sizeof(DELETE_E ",")] = DELETE_E;

	(void)state;
	for (int i = 1; i < TOO_MANY; i++)
		strcat(writes, "," DELETE_E);
	struct write *write = perform(writes);
	assert_null(write->result.answer);
	assert_null(write->parts->first);
	assert_int_equal(write->result.err.kind, ERROR_TOO_LARGE);
	write_unplan(write);
	assert_int_equal(write_plan(write, plan, INT64_MAX), WRITE_PLANNED);
	assert_null(write->result.answer);
	assert_int_equal(write->result.err.kind, ERROR_TOO_LARGE);
	write_destroy(write);
}

/* Each call takes one step: the body, a part that is taken out of it, a part that is planned. */
static void it_is_planned_in_as_many_rounds_as_needed(void **state)
{
	struct write *write = take(PUT_HOST "," PUT_E("1") "," DELETE_E);
	int turns = 1;

	(void)state;
	while (write_plan(write, plan, 0) == WRITE_UNFINISHED)
		turns++;
	assert_true(turns >= 3);
	assert_non_null(write->result.answer);
	assert_int_equal(plan_changes(plan)->count, 3);
	assert_int_equal(json_array_size(json_object_get(write->result.answer, "answers")), 3);
	write_destroy(write);
}

static void an_error_in_a_later_round_undoes_all_of_them(void **state)
{
	struct write *write = take(PUT_HOST "," PUT_E("1") "," WRONG);

	(void)state;
	while (write_plan(write, plan, 0) == WRITE_UNFINISHED)
		;
	assert_null(write->result.answer);
	assert_int_equal(write->parts->refused, 2);
	assert_int_equal(plan_changes(plan)->count, 0);
	assert_int_equal(plan_revision(plan), 0);
	assert_false(is_there("/hosts/h"));
	write_destroy(write);
}

/* As when the batch before its own has failed. */
static void a_transaction_whose_plan_is_discarded_midway_starts_again(void **state)
{
	struct write *write = take(CREATE_E "," PUT_HOST);

	(void)state;
	while (plan_changes(plan)->count < 1)
		assert_int_equal(write_plan(write, plan, 0), WRITE_UNFINISHED);
	write_unplan(write);
	plan_discard(plan);
	plan = plan_create(api->registry, 0);
	assert_int_equal(write_plan(write, plan, INT64_MAX), WRITE_PLANNED);
	assert_non_null(write->result.answer);
	assert_int_equal(plan_changes(plan)->count, 2);
	assert_int_equal(json_array_size(json_object_get(write->result.answer, "answers")), 2);
	write_destroy(write);
}

#define PUT_C(name)                                                                                                    \
	"{\"method\":\"PUT\",\"path\":\"/configurations/" name "\",\"body\":{\"format\":\"string\",\"body\":\"12345678\"}" \
	"}"

static void one_that_produces_more_than_it_may_is_refused_and_others_count_by_themselves(void **state)
{
	(void)state;
	assert_done(PUT_C("a"), 1);
	plan_limit_bytes(plan, plan_bytes(plan) + plan_bytes(plan) / 2);
	assert_refused(PUT_C("b") "," PUT_C("c") "," PUT_C("d"), 1, ERROR_TOO_LARGE, 0);
	const size_t before = plan_bytes(plan);
	assert_done(PUT_C("b"), 1);
	assert_done(PUT_C("c"), 1);
	assert_true(plan_bytes(plan) > before);
}

static void what_it_shows_of_large_objects_counts(void **state)
{
	(void)state;
	assert_done(PUT_C("a"), 1);
	plan_limit_bytes(plan, 5000);
	assert_done("{\"method\":\"PUT\",\"path\":\"/configurations/a/tag\",\"body\":{\"tags\":\"t\"}}", 2);
	plan_limit_bytes(plan, 1500);
	assert_refused("{\"method\":\"PUT\",\"path\":\"/configurations/a/tag\",\"body\":{\"tags\":\"t\"}}", 0,
	    ERROR_TOO_LARGE, 0);
}

#define TRANSACTION_TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRANSACTION_TEST(its_writes_are_planned_in_order_each_seeing_those_before),
		TRANSACTION_TEST(each_counts_as_a_write_of_its_own),
		TRANSACTION_TEST(if_one_is_refused_nothing_is_planned),
		TRANSACTION_TEST(a_refused_one_leaves_those_of_the_same_batch_alone),
		TRANSACTION_TEST(the_first_error_is_reported_regardless_of_later_ones),
		TRANSACTION_TEST(more_than_128_are_refused_as_a_whole),
		TRANSACTION_TEST(it_is_planned_in_as_many_rounds_as_needed),
		TRANSACTION_TEST(an_error_in_a_later_round_undoes_all_of_them),
		TRANSACTION_TEST(a_transaction_whose_plan_is_discarded_midway_starts_again),
		TRANSACTION_TEST(one_that_produces_more_than_it_may_is_refused_and_others_count_by_themselves),
		TRANSACTION_TEST(what_it_shows_of_large_objects_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
