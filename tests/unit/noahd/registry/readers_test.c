/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/registry/registry_fixture.h"

#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/service.h"

static char seen[256]; /* "-/a" before, "+/a" after a change, in order */

static void note(const char *sign, const struct registry_entry *entry)
{
	strcat(strcat(strcat(seen, *seen ? " " : ""), sign), entry->path);
}

static void before_change(struct registry_entry *entry, void *context)
{
	(void)context;
	note("-", entry);
}

static void after_change(struct registry_entry *entry, void *context)
{
	(void)context;
	note("+", entry);
}

static const struct registry_reader reader = { before_change, after_change, seen };

static void put(const char *name)
{
	enum change_action action;

	ephemeral_put(plan, name, NULL, 0, &action);
}

static int up(void **state)
{
	*seen = '\0';
	registry_up(state);
	registry_add_reader(registry, &reader);
	return 0;
}

static void all_look_as_they_did_when_a_reader_is_told_before(void **state)
{
	(void)state;
	put("/a");
	put("/b");
	assert_string_equal(seen, "");
	apply_plan();
	assert_string_equal(seen, "-/ephemerals/a -/ephemerals/b +/ephemerals/a +/ephemerals/b");
	registry_remove_reader(registry, seen);
	registry_down(state);
}

static void a_reader_that_was_removed_is_told_nothing(void **state)
{
	(void)state;
	registry_remove_reader(registry, seen);
	put("/a");
	apply_plan();
	assert_string_equal(seen, "");
	registry_down(state);
}

static void what_shows_another_object_changes_with_it(void **state)
{
	const struct service_state service = { "up", "up", 0 };
	struct service_put_result result;

	(void)state;
	assert_true(service_put(plan, "http", "web1", &service, &result, NULL));
	apply_plan();
	assert_non_null(strstr(seen, "+/hosts/web1"));
	assert_non_null(strstr(seen, "+/services/http/web1"));
	registry_remove_reader(registry, seen);
	registry_down(state);
}

static void each_slot_is_a_place_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < REGISTRY_SLOTS; i++)
		assert_int_equal(registry_add_slot(registry), i);
	put("/a");
	apply_plan();
	const struct registry_entry *entry = registry_find(registry, "/ephemerals/a", VERSION_APPLIED);
	for (size_t i = 0; i < REGISTRY_SLOTS; i++)
		assert_null(entry->slots[i]);
	registry_remove_reader(registry, seen);
	registry_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_look_as_they_did_when_a_reader_is_told_before, up),
		cmocka_unit_test_setup(a_reader_that_was_removed_is_told_nothing, up),
		cmocka_unit_test_setup(what_shows_another_object_changes_with_it, up),
		cmocka_unit_test_setup(each_slot_is_a_place_of_its_own, up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
