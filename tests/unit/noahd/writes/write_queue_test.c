/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdatomic.h>
#include <string.h>

#include "noahd/registry/ephemeral.h"
#include "noahd/writes/write_queue.h"
#include "tests/unit/noahd/memory_store.h"

enum { BYTES_MAX = 100000 }; /* a few writes, which take 16 KiB each while they wait */

static struct store_engine engine;
static atomic_bool fails; /* the next commit, for lack of room */
static struct registry *registry;
static struct store_thread *store;
static struct change_bus bus;
static struct write_queue *queue;
static char events[256]; /* what has happened, in order */

static void note(const char *event)
{
	assert_true(strlen(events) + strlen(event) + 2 < sizeof(events));
	strcat(strcat(events, *events ? " " : ""), event);
}

static bool commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err)
{
	if (atomic_exchange(&fails, false))
		return error_set(err, ERROR_UNAVAILABLE, "no room");
	return memory_engine.commit(state, base, changes, count, progress, err);
}

static bool is_applied(const char *path)
{
	return registry_find(registry, path, VERSION_APPLIED) != NULL;
}

static void see(void *context, const struct applied_changes *changes)
{
	for (size_t i = 0; i < changes->list->count; i++)
		assert_true(is_applied(changes->list->changes[i]->record.path));
	note(context);
}

static void failed(const struct error *err, void *context)
{
	(void)context;
	fail_msg("%s", err->text);
}

static int up(void **state)
{
	(void)state;
	*events = '\0';
	engine = memory_engine;
	engine.commit = commit;
	registry = registry_create();
	asker_start();
	store = memory_store_start(&engine);
	bus = (struct change_bus){ 0 };
	change_bus_subscribe(&bus, CHANGES_ANSWERED, see, "answered");
	change_bus_subscribe(&bus, CHANGES_APPLIED, see, "applied");
	queue = write_queue_create(&(struct write_queue_options){
	    .loop = asker.loop, .registry = registry, .changes = &bus, .bytes_max = BYTES_MAX, .store_failed = failed });
	write_queue_start(queue, store, asker.inbox);
	return 0;
}

static int down(void **state)
{
	(void)state;
	store_thread_stop(store);
	write_queue_destroy(queue);
	registry_destroy(registry);
	asker_stop();
	return 0;
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

static bool plan_ephemeral(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	enum change_action action;

	(void)err;
	ephemeral_put(plan, write->context, NULL, 0, &action);
	*out_answer = json_object();
	return true;
}

static bool plan_nothing(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	(void)plan, (void)write;
	*out_answer = json_object();
	return err != NULL;
}

static bool plan_refusal(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	(void)plan, (void)write, (void)out_answer;
	return error_set(err, ERROR_CONFLICT, "conflict");
}

static const struct operation put = { .plan = plan_ephemeral }, read = { .plan = plan_nothing },
                              conflict = { .plan = plan_refusal };

static void finished(void *context, const struct error *refusal)
{
	note(refusal ? refusal->text : context);
	event_loop_stop(asker.loop);
}

static void add(const struct operation *operation, char *name)
{
	write_queue_add(queue, write_create_own(operation, finished, name));
}

static void wait_until_idle(void)
{
	while (!write_queue_is_idle(queue))
		asker_run();
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void a_write_is_applied_then_answered_then_published(void **state)
{
	(void)state;
	add(&put, "/a");
	assert_string_equal(events, "");
	wait_until_idle();
	assert_string_equal(events, "applied /a answered");
	assert_true(is_applied("/ephemerals/a"));
}

static void writes_of_one_batch_are_answered_in_order_refusals_too(void **state)
{
	(void)state;
	add(&put, "/a");
	add(&conflict, "/b");
	add(&put, "/c");
	wait_until_idle();
	assert_string_equal(events, "applied /a conflict /c answered");
}

static void what_changes_nothing_waits_for_no_disk_and_brings_no_changes(void **state)
{
	(void)state;
	add(&read, "read");
	asker_look();
	assert_string_equal(events, "read");
}

static void a_write_is_turned_away_when_too_many_wait(void **state)
{
	(void)state;
	for (int i = 0; i < BYTES_MAX / (16 << 10); i++)
		add(&read, ".");
	assert_string_equal(events, "");
	add(&read, "one more");
	assert_string_equal(events, "Too many writes are waiting for the disk");
	wait_until_idle();
	add(&read, "later");
	wait_until_idle();
	assert_non_null(strstr(events, "later"));
}

static void a_batch_without_room_on_the_disk_leaves_nothing(void **state)
{
	(void)state;
	atomic_store(&fails, true);
	add(&put, "/a");
	wait_until_idle();
	assert_string_equal(events, "Writes are not possible at the moment");
	assert_false(is_applied("/ephemerals/a"));
	assert_string_equal(write_queue_trouble(queue), "Writes are not possible at the moment");
	add(&put, "/b");
	wait_until_idle();
	assert_true(is_applied("/ephemerals/b"));
	assert_null(write_queue_trouble(queue));
}

static void while_it_is_paused_writes_wait(void **state)
{
	(void)state;
	write_queue_pause(queue);
	add(&put, "/a");
	asker_look();
	assert_false(write_queue_is_idle(queue));
	assert_string_equal(events, "");
	write_queue_resume(queue);
	wait_until_idle();
	assert_string_equal(events, "applied /a answered");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_write_is_applied_then_answered_then_published, up, down),
		cmocka_unit_test_setup_teardown(writes_of_one_batch_are_answered_in_order_refusals_too, up, down),
		cmocka_unit_test_setup_teardown(what_changes_nothing_waits_for_no_disk_and_brings_no_changes, up, down),
		cmocka_unit_test_setup_teardown(a_write_is_turned_away_when_too_many_wait, up, down),
		cmocka_unit_test_setup_teardown(a_batch_without_room_on_the_disk_leaves_nothing, up, down),
		cmocka_unit_test_setup_teardown(while_it_is_paused_writes_wait, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
