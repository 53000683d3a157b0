/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "noahd/expiry/lifetimes.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/plan.h"
#include "tests/unit/noahd/memory_store.h"

enum { SHORT_MS = 50, LONG_MS = 60000 };

static struct registry *registry;
static struct store_thread *store;
static struct change_bus bus;
static struct write_queue *queue;
static struct lifetimes *lifetimes;
static size_t changes;

static void see(void *context, const struct applied_changes *applied)
{
	(void)context;
	for (size_t i = 0; i < applied->list->count; i++)
		assert_int_equal(applied->list->changes[i]->action, CHANGE_DELETE);
	changes += applied->list->count;
	event_loop_stop(asker.loop);
}

static void failed(const struct error *err, void *context)
{
	(void)context;
	fail_msg("%s", err->text);
}

static int up(void **state)
{
	(void)state;
	changes = 0;
	registry = registry_create();
	asker_start();
	store = memory_store_start(&memory_engine);
	bus = (struct change_bus){ 0 };
	change_bus_subscribe(&bus, CHANGES_ANSWERED, see, NULL);
	queue = write_queue_create(&(struct write_queue_options){
	    .loop = asker.loop, .registry = registry, .changes = &bus, .bytes_max = 1 << 20, .store_failed = failed });
	lifetimes = lifetimes_create(asker.loop, registry, queue);
	write_queue_start(queue, store, asker.inbox);
	return 0;
}

static int down(void **state)
{
	(void)state;
	lifetimes_destroy(lifetimes);
	store_thread_stop(store);
	write_queue_destroy(queue);
	registry_destroy(registry);
	asker_stop();
	return 0;
}

/* As a start finds it in the store. */
static struct registry_entry *restore(const char *path, int64_t lifetime_ms)
{
	const struct record record = {
		.kind = OBJECT_EPHEMERAL, .path = (char *)path, .tags = "", .links = "", .lifetime_ms = lifetime_ms
	};

	registry_restore(registry, &record);
	return registry_find(registry, path, VERSION_APPLIED);
}

/* Until so much time has passed, while the loop does not run. */
static void pass_ms(int64_t time_ms)
{
	for (int64_t until_ms = clock_monotonic_ms() + time_ms; clock_monotonic_ms() < until_ms;)
		continue;
}

static void an_object_whose_lifetime_is_over_is_deleted(void **state)
{
	(void)state;
	(void)restore("/ephemerals/short", SHORT_MS);
	(void)restore("/ephemerals/long", LONG_MS);
	(void)restore("/ephemerals/forever", 0);
	lifetimes_start(lifetimes);
	while (!changes)
		asker_run();
	assert_int_equal(changes, 1);
	assert_null(registry_find(registry, "/ephemerals/short", VERSION_APPLIED));
	assert_non_null(registry_find(registry, "/ephemerals/long", VERSION_APPLIED));
	assert_int_equal(lifetimes_running(lifetimes), 1);
}

static void nothing_counts_before_the_start(void **state)
{
	const struct registry_entry *entry = restore("/ephemerals/a", 1);

	(void)state;
	pass_ms(5);
	asker_look();
	assert_int_equal(changes, 0);
	assert_non_null(lifetimes_find(lifetimes, entry));
}

static void a_renewal_begins_it_anew_if_it_is_still_the_same_one(void **state)
{
	struct lifetime *lifetime = lifetimes_find(lifetimes, restore("/ephemerals/a", LONG_MS));

	(void)state;
	lifetimes_start(lifetimes);
	assert_in_range(lifetimes_left_ms(lifetime), LONG_MS / 2, LONG_MS);
	lifetimes_renew(lifetime, 0, 2 * LONG_MS);
	assert_in_range(lifetimes_left_ms(lifetime), LONG_MS + 1, 2 * LONG_MS);
	lifetimes_renew(lifetime, 1, LONG_MS);
	assert_in_range(lifetimes_left_ms(lifetime), LONG_MS + 1, 2 * LONG_MS);
}

static void what_has_no_lifetime_has_none_here(void **state)
{
	(void)state;
	assert_null(lifetimes_find(lifetimes, restore("/ephemerals/a", 0)));
	assert_int_equal(lifetimes_running(lifetimes), 0);
}

static void too_many_at_once_are_held_until_they_are_released(void **state)
{
	enum { MANY = 40 };

	(void)state;
	for (int i = 0; i < MANY; i++) {
		const char path[] = { '/', 'e', 'p', 'h', 'e', 'm', 'e', 'r', 'a', 'l', 's', '/', (char)('A' + i), '\0' };
		(void)restore(path, SHORT_MS);
	}
	lifetimes_start(lifetimes);
	pass_ms(SHORT_MS + 1); /* so that the loop finds all of them over before it judges any */
	for (int i = 0; i < 10 && !lifetimes_held(lifetimes); i++)
		asker_look();
	assert_int_equal(lifetimes_held(lifetimes), MANY);
	assert_int_equal(changes, 0);
	assert_int_equal(lifetimes_release(lifetimes), MANY);
	while (changes < MANY)
		asker_run();
	assert_int_equal(lifetimes_held(lifetimes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_object_whose_lifetime_is_over_is_deleted, up, down),
		cmocka_unit_test_setup_teardown(nothing_counts_before_the_start, up, down),
		cmocka_unit_test_setup_teardown(a_renewal_begins_it_anew_if_it_is_still_the_same_one, up, down),
		cmocka_unit_test_setup_teardown(what_has_no_lifetime_has_none_here, up, down),
		cmocka_unit_test_setup_teardown(too_many_at_once_are_held_until_they_are_released, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
