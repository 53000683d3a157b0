/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "noahd/writes/batch_ring.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/token.h"
#include "tests/unit/noahd/memory_store.h"

/* A store that begins each commit when it is told to. */
static sem_t begun, may_end;
static atomic_bool fails;

static bool slow_commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err)
{
	sem_post(&begun);
	sem_wait(&may_end);
	if (atomic_exchange(&fails, false))
		return error_set(err, ERROR_UNAVAILABLE, "as ordered");
	return memory_engine.commit(state, base, changes, count, progress, err);
}

static struct store_engine slow_engine;
static struct registry *registry;
static struct batch_ring ring;
static struct write_list waiting;

static int up(void **state)
{
	(void)state;
	sem_init(&begun, 0, 0);
	sem_init(&may_end, 0, 0);
	slow_engine = memory_engine;
	slow_engine.commit = slow_commit;
	registry = registry_create();
	write_list_clear(&waiting);
	asker_start();
	batch_ring_init(&ring, registry);
	ring.commit.job = (struct job)ASKER_JOB;
	ring.store = memory_store_start(&slow_engine);
	return 0;
}

static int down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ring.handed_over; i++)
		sem_post(&may_end);
	store_thread_stop(ring.store);
	batch_ring_finish(&ring, &waiting);
	while (waiting.first)
		write_destroy(write_list_pop(&waiting));
	registry_destroy(registry);
	asker_stop();
	sem_destroy(&begun);
	sem_destroy(&may_end);
	return 0;
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

static bool plan_put_here(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	enum change_action action;

	(void)err;
	ephemeral_put(plan, write->context, NULL, 0, &action);
	*out_answer = json_object();
	return true;
}

static bool plan_put_large(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	plan_count(plan, 3 << 20);
	return plan_put_here(plan, write, out_answer, err);
}

static bool plan_refuse(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	(void)plan, (void)write, (void)out_answer;
	return error_set(err, ERROR_CONFLICT, "refused");
}

static bool plan_put_token(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	json_t *rules = json_array();
	const struct token_terms terms = { .rules = rules };
	struct token_result result;

	assert_true(token_put(plan, write->context, &terms, &result, err));
	json_decref(rules);
	*out_answer = json_object();
	return true;
}

static const struct operation put = { .plan = plan_put_here }, refused = { .plan = plan_refuse },
                              put_large = { .plan = plan_put_large }, put_token = { .plan = plan_put_token };

static void add(const struct operation *operation, char *name)
{
	write_list_append(&waiting, write_create_own(operation, NULL, name));
	batch_ring_plan(&ring, &waiting, INT64_MAX);
	batch_ring_hand_over(&ring);
}

static void wait_until_begun(void)
{
	sem_wait(&begun);
}

/* The commit in progress ends; its batch, which the caller settles. */
static struct batch *end_commit(void)
{
	sem_post(&may_end);
	(void)asker_wait();
	return batch_ring_pop(&ring);
}

static void destroy_writes(struct batch *batch)
{
	while (batch->writes.first)
		write_destroy(write_list_pop(&batch->writes));
}

static void apply(struct batch *batch)
{
	assert_true(batch->commit.done);
	plan_apply(batch->plan);
	batch->plan = NULL;
	change_list_finish(&batch->commit.changes);
	destroy_writes(batch);
}

static bool is_there(const char *path)
{
	return registry_find(registry, path, VERSION_APPLIED);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void writes_during_a_commit_are_together_in_the_next_batch(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&put, "/b");
	add(&put, "/c");
	add(&put, "/d");
	assert_int_equal(ring.handed_over, 2);

	struct batch *first = end_commit();
	assert_int_equal(first->commit.changes.count, 1);
	wait_until_begun();
	apply(first);
	assert_true(is_there("/ephemerals/a"));
	assert_false(is_there("/ephemerals/b"));

	struct batch *second = end_commit();
	assert_int_equal(second->commit.base, 1);
	assert_int_equal(second->commit.changes.count, 3);
	apply(second);
	assert_true(is_there("/ephemerals/d"));
	assert_int_equal(registry_revision(registry), 4);
	assert_true(batch_ring_is_empty(&ring));
}

static void a_batch_that_the_store_has_begun_accepts_nothing_more(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&put, "/b");
	struct batch *first = end_commit();
	wait_until_begun();
	apply(first);
	add(&put, "/c");
	struct batch *second = end_commit();
	assert_int_equal(second->commit.changes.count, 1);
	wait_until_begun();
	apply(second);
	struct batch *third = end_commit();
	assert_int_equal(third->commit.base, 2);
	apply(third);
	assert_int_equal(registry_revision(registry), 3);
}

static void a_write_to_an_object_in_flight_waits_and_so_do_those_behind_it(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&put, "/a");
	add(&put, "/b");
	assert_int_equal(ring.handed_over, 1);
	assert_non_null(waiting.first);

	apply(end_commit());
	batch_ring_plan(&ring, &waiting, INT64_MAX);
	batch_ring_hand_over(&ring);
	assert_null(waiting.first);
	wait_until_begun();
	struct batch *second = end_commit();
	assert_int_equal(second->commit.changes.count, 2);
	apply(second);
	assert_int_equal(registry_revision(registry), 3);
}

static void writes_that_depend_on_a_failed_batch_return_and_can_be_planned_again(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&put, "/b");
	atomic_store(&fails, true);
	struct batch *first = end_commit();
	assert_int_equal(first->commit.err.kind, ERROR_UNAVAILABLE);
	wait_until_begun();
	change_list_finish(&first->commit.changes);
	plan_discard(first->plan);
	first->plan = NULL;
	destroy_writes(first);

	struct batch *second = end_commit();
	assert_int_equal(second->commit.err.kind, ERROR_CONFLICT);
	change_list_finish(&second->commit.changes);
	batch_discard(second, &waiting);
	assert_null(registry_find(registry, "/ephemerals/b", VERSION_PLANNED));
	add(&put, "/c");
	wait_until_begun();
	struct batch *again = end_commit();
	assert_int_equal(again->commit.base, 0);
	assert_string_equal(again->commit.changes.changes[0]->record.path, "/ephemerals/b");
	assert_string_equal(again->commit.changes.changes[1]->record.path, "/ephemerals/c");
	apply(again);
	assert_false(is_there("/ephemerals/a"));
}

static void a_write_without_changes_waits_only_for_those_before_it(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&refused, NULL);
	assert_int_equal(ring.handed_over, 1);
	assert_null(batch_ring_unwritten(&ring));
	apply(end_commit());
	struct batch *unwritten = batch_ring_unwritten(&ring);
	assert_non_null(unwritten);
	assert_string_equal(unwritten->writes.first->result.err.text, "refused");
	plan_apply(unwritten->plan);
	unwritten->plan = NULL;
	destroy_writes(unwritten);
	assert_true(batch_ring_is_empty(&ring));
}

static void a_write_behind_a_change_of_a_token_sees_it_applied(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&put_token, "chef");
	add(&put, "/b");
	assert_int_equal(ring.handed_over, 2);
	assert_non_null(waiting.first);
	struct batch *first = end_commit();
	wait_until_begun();
	apply(first);
	batch_ring_plan(&ring, &waiting, INT64_MAX);
	assert_non_null(waiting.first);

	struct batch *second = end_commit();
	assert_int_equal(second->commit.changes.count, 1);
	apply(second);
	assert_true(is_there("/tokens/chef"));
	batch_ring_plan(&ring, &waiting, INT64_MAX);
	batch_ring_hand_over(&ring);
	assert_null(waiting.first);
	wait_until_begun();
	apply(end_commit());
	assert_true(is_there("/ephemerals/b"));
}

static void a_full_batch_accepts_nothing_more(void **state)
{
	(void)state;
	add(&put, "/a");
	wait_until_begun();
	add(&put_large, "/b");
	add(&put_large, "/c");
	add(&put, "/d");
	assert_int_equal(ring.handed_over, 2);
	assert_null(waiting.first);
	assert_true(batch_ring_bytes(&ring) > 6 << 20);
	struct batch *first = end_commit();
	wait_until_begun();
	apply(first);
	batch_ring_hand_over(&ring);
	struct batch *second = end_commit();
	assert_int_equal(second->commit.changes.count, 2);
	wait_until_begun();
	apply(second);
	apply(end_commit());
	assert_true(is_there("/ephemerals/d"));
	assert_int_equal(batch_ring_bytes(&ring), 0);
}

static void planning_stops_when_its_time_is_up_and_continues_from_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		write_list_append(&waiting, write_create_own(&put, NULL, (char *)&"/a\0/b\0/c"[3 * i]));
	assert_true(batch_ring_plan(&ring, &waiting, 0));
	assert_true(batch_ring_plan(&ring, &waiting, 0));
	assert_false(batch_ring_plan(&ring, &waiting, 0));
	assert_null(waiting.first);
	batch_ring_hand_over(&ring);
	wait_until_begun();
	apply(end_commit());
	assert_int_equal(registry_revision(registry), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_during_a_commit_are_together_in_the_next_batch, up, down),
		cmocka_unit_test_setup_teardown(a_batch_that_the_store_has_begun_accepts_nothing_more, up, down),
		cmocka_unit_test_setup_teardown(a_write_to_an_object_in_flight_waits_and_so_do_those_behind_it, up, down),
		cmocka_unit_test_setup_teardown(writes_that_depend_on_a_failed_batch_return_and_can_be_planned_again, up, down),
		cmocka_unit_test_setup_teardown(a_write_behind_a_change_of_a_token_sees_it_applied, up, down),
		cmocka_unit_test_setup_teardown(a_write_without_changes_waits_only_for_those_before_it, up, down),
		cmocka_unit_test_setup_teardown(a_full_batch_accepts_nothing_more, up, down),
		cmocka_unit_test_setup_teardown(planning_stops_when_its_time_is_up_and_continues_from_there, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
