/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/service.h"

static const struct plan_value one = { "1", 1 }, two = { "2", 1 };

static void readers_see_nothing_of_a_plan_before_it_is_applied(void **state)
{
	(void)state;
	enum change_action action;
	ephemeral_put(plan, "/a", &one, 0, &action);
	assert_null(registry_find(registry, "/ephemerals/a", VERSION_APPLIED));
	assert_non_null(registry_find(registry, "/ephemerals/a", VERSION_PLANNED));
	assert_int_equal(registry_revision(registry), 0);

	commit();
	assert_non_null(registry_find(registry, "/ephemerals/a", VERSION_APPLIED));
	assert_int_equal(registry_revision(registry), 1);
}

static void a_write_sees_the_writes_before_it_in_the_same_batch(void **state)
{
	(void)state;
	enum change_action first, second;
	ephemeral_put(plan, "/a", &one, 0, &first);
	struct registry_entry *entry = ephemeral_put(plan, "/a", &two, 0, &second);

	assert_int_equal(first, CHANGE_CREATE);
	assert_int_equal(second, CHANGE_UPDATE);
	assert_string_equal(planned(0)->record.id, planned(1)->record.id);
	assert_memory_equal(registry_record(entry, VERSION_PLANNED)->value, "2", 1);
}

static void a_discarded_plan_leaves_the_registry_as_it_was(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/kept", &one, 0, &action);
	commit();

	ephemeral_put(plan, "/kept", &two, 0, &action);
	ephemeral_put(plan, "/new", &two, 0, &action);
	assert_true(ephemeral_delete(plan, "/kept", id, &err));
	discard_plan();

	const struct registry_entry *kept = registry_find(registry, "/ephemerals/kept", VERSION_APPLIED);
	assert_non_null(kept);
	assert_memory_equal(registry_record(kept, VERSION_APPLIED)->value, "1", 1);
	assert_null(registry_find(registry, "/ephemerals/new", VERSION_PLANNED));
	assert_int_equal(registry_revision(registry), 1);
}

static void an_undone_write_leaves_the_plan_as_it_was_at_the_mark(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/on disk", &one, 0, &action);
	commit();
	ephemeral_put(plan, "/in the batch", &one, 0, &action);

	plan_mark(plan);
	ephemeral_put(plan, "/in the batch", &two, 0, &action);
	ephemeral_put(plan, "/new", &two, 0, &action);
	ephemeral_put(plan, "/new", &one, 0, &action);
	assert_true(ephemeral_delete(plan, "/on disk", id, &err));
	plan_undo(plan);

	assert_announced((const char *[]){ "+ //noah/ephemerals/in the batch", NULL });
	assert_int_equal(plan_revision(plan), 2);
	assert_null(registry_find(registry, "/ephemerals/new", VERSION_PLANNED));
	assert_non_null(registry_find(registry, "/ephemerals/on disk", VERSION_PLANNED));
	ephemeral_put(plan, "/after", &one, 0, &action);
	assert_int_equal(planned(1)->revision, 3);
	commit();
	const struct registry_entry *entry = registry_find(registry, "/ephemerals/in the batch", VERSION_APPLIED);
	assert_memory_equal(registry_record(entry, VERSION_APPLIED)->value, "1", 1);
	assert_null(registry_find(registry, "/ephemerals/new", VERSION_APPLIED));
}

/* ---- a plan that follows another --------------------------------------------------------------------------------- */

static struct plan *later;

static void follow(void)
{
	later = plan_create_behind(plan);
	plan_mark(later);
	plan_write(later, NULL);
}

static void a_plan_sees_what_the_one_before_it_has_made_and_goes_on_from_there(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/a", &one, 0, &action);
	follow();
	assert_non_null(plan_find(later, strdup("/ephemerals/a"), &err));
	assert_false(ephemeral_delete(later, "/b", id, &err));
	ephemeral_put(later, "/b", &one, 0, &action);
	assert_false(plan_is_blocked(later));
	assert_int_equal(plan_changes(later)->changes[0]->revision, 2);

	apply_plan();
	assert_int_equal(registry_revision(registry), 1);
	assert_non_null(registry_find(registry, "/ephemerals/a", VERSION_APPLIED));
	assert_null(registry_find(registry, "/ephemerals/b", VERSION_APPLIED));
	plan_apply(later);
	assert_int_equal(registry_revision(registry), 2);
	assert_non_null(registry_find(registry, "/ephemerals/b", VERSION_APPLIED));
}

static void what_the_plan_before_has_changed_blocks_and_stays_as_that_one_made_it(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/a", &one, 0, &action);
	follow();
	ephemeral_put(later, "/new", &two, 0, &action);
	ephemeral_put(later, "/a", &two, 0, &action);
	assert_true(ephemeral_delete(later, "/a", id, &err));
	assert_true(plan_is_blocked(later));
	plan_undo(later);
	assert_int_equal(plan_changes(later)->count, 0);
	assert_null(registry_find(registry, "/ephemerals/new", VERSION_PLANNED));

	apply_plan();
	struct registry_entry *entry = registry_find(registry, "/ephemerals/a", VERSION_APPLIED);
	assert_memory_equal(registry_record(entry, VERSION_APPLIED)->value, "1", 1);
	plan_mark(later);
	ephemeral_put(later, "/a", &two, 0, &action);
	assert_false(plan_is_blocked(later));
	assert_int_equal(action, CHANGE_UPDATE);
	plan_apply(later);
	assert_memory_equal(registry_record(entry, VERSION_APPLIED)->value, "2", 1);
}

static void both_plans_can_be_discarded(void **state)
{
	(void)state;
	enum change_action action;
	ephemeral_put(plan, "/a", &one, 0, &action);
	follow();
	ephemeral_put(later, "/b", &one, 0, &action);
	plan_discard(later);
	discard_plan();
	assert_null(registry_find(registry, "/ephemerals/a", VERSION_PLANNED));
	assert_null(registry_find(registry, "/ephemerals/b", VERSION_PLANNED));
	assert_null(registry_members(registry, ALL_EPHEMERALS, "", VERSION_PLANNED));
}

/* Else a list would keep its tag while it changes. */
static void a_set_that_both_plans_touch_looks_changed_when_each_is_applied(void **state)
{
	(void)state;
	enum change_action action;
	ephemeral_put(plan, "/a", &one, 0, &action);
	commit();
	ephemeral_put(plan, "/a", &two, 0, &action);
	follow();
	ephemeral_put(later, "/b", &one, 0, &action);
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 1);
	apply_plan();
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 2);
	plan_apply(later);
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 3);
}

static void a_set_that_is_emptied_and_filled_again_by_the_next_plan_looks_changed_each_time(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/a", &one, 0, &action);
	commit();
	assert_true(ephemeral_delete(plan, "/a", id, &err));
	follow();
	ephemeral_put(later, "/b", &one, 0, &action);
	apply_plan();
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 2);
	plan_apply(later);
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 3);
}

/* Else its readers would see the tag again that it had before it was emptied. */
static void an_empty_set_that_a_plan_fills_looks_as_it_did_until_it_is_applied(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/a", &one, 0, &action);
	commit();
	assert_true(ephemeral_delete(plan, "/a", id, &err));
	commit();
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 2);
	ephemeral_put(plan, "/b", &one, 0, &action);
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_APPLIED), 2);
	assert_int_equal(registry_members_revision(registry, ALL_EPHEMERALS, "", VERSION_PLANNED), 3);
}

/* It shows the new one until the later plan is applied. */
static void an_object_that_will_lose_a_part_changes_when_the_part_changes_first(void **state)
{
	(void)state;
	struct application_attach_result attached;
	char id[UUID_TEXT_BYTES];
	struct error err;
	enum change_action action;
	assert_true(application_attach(plan, "a", "c", "string", "old", &attached, &err));
	commit();
	assert_int_equal(registry_members_revision(registry, ALL_APPLICATIONS, "", VERSION_APPLIED), 2);
	plan_announce(plan, configuration_put(plan, "c", "string", "new", &action), CHANGE_UPDATE);
	follow();
	assert_true(application_detach(later, "a", "c", id, &err));
	assert_false(plan_is_blocked(later));
	apply_plan();
	assert_int_equal(registry_members_revision(registry, ALL_APPLICATIONS, "", VERSION_APPLIED), 3);
	plan_discard(later);
	assert_int_equal(registry_members_revision(registry, ALL_APPLICATIONS, "", VERSION_APPLIED), 3);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void what_is_deleted_and_put_again_in_one_batch_is_a_new_object(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/a", &one, 0, &action);
	commit();

	assert_true(ephemeral_delete(plan, "/a", id, &err));
	struct registry_entry *entry = ephemeral_put(plan, "/a", &two, 0, &action);
	assert_int_equal(action, CHANGE_CREATE);
	assert_string_not_equal(registry_record(entry, VERSION_PLANNED)->id, id);
	assert_announced((const char *[]){ "- //noah/ephemerals/a", "+ //noah/ephemerals/a", NULL });
	commit();
	assert_non_null(registry_find(registry, "/ephemerals/a", VERSION_APPLIED));
}

static void an_object_made_and_deleted_in_one_batch_is_gone(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct error err;
	ephemeral_put(plan, "/a", &one, 0, &action);
	assert_true(ephemeral_delete(plan, "/a", id, &err));
	assert_false(ephemeral_delete(plan, "/a", id, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	commit();
	assert_null(registry_find(registry, "/ephemerals/a", VERSION_APPLIED));
	assert_int_equal(registry_revision(registry), 2);
}

static void revisions_grow_by_one_from_change_to_change_over_batches(void **state)
{
	(void)state;
	enum change_action action;
	for (uint64_t expected = 1; expected <= 6; expected++) {
		plan_write(plan, NULL);
		ephemeral_put(plan, "/a", &one, 0, &action);
		assert_int_equal(planned(plan_changes(plan)->count - 1)->revision, expected);
		assert_int_equal(planned(plan_changes(plan)->count - 1)->write, expected);
		if (expected % 2 == 0)
			commit();
	}
}

static void a_change_keeps_the_causes_of_its_write(void **state)
{
	(void)state;
	enum change_action action;
	plan_write(plan, &(struct plan_origin){ .causes = "e-1\ne-2\n" });
	ephemeral_put(plan, "/a", &one, 0, &action);
	plan_write(plan, NULL);
	ephemeral_put(plan, "/b", &one, 0, &action);
	assert_string_equal(planned(0)->causes, "e-1\ne-2\n");
	assert_string_equal(planned(1)->causes, "");
}

static void an_object_keeps_id_and_creation_for_life(void **state)
{
	(void)state;
	enum change_action action;
	char id[UUID_TEXT_BYTES];
	struct registry_entry *entry = ephemeral_put(plan, "/a", &one, 0, &action);
	strcpy(id, registry_record(entry, VERSION_PLANNED)->id);
	commit();
	ephemeral_put(plan, "/a", &two, 0, &action);
	commit();
	const struct record *record = registry_record(entry, VERSION_APPLIED);
	assert_string_equal(record->id, id);
	assert_int_equal(record->created_ms, PLANNED_AT_MS * INT64_C(1000));
	assert_int_equal(record->updated_ms, (PLANNED_AT_MS + 60) * INT64_C(1000));
	assert_int_equal(record->created_revision, 1);
	assert_int_equal(record->revision, 2);
}

static void a_restored_object_is_found_with_its_relations(void **state)
{
	(void)state;
	struct record service = {
		.kind = OBJECT_SERVICE, .path = "/services/http/web1", .value = "up", .value_size = 2, .has_value = true
	};
	registry_restore(registry, &service);
	registry_set_revision(registry, 41);
	assert_non_null(registry_find(registry, "/services/http/web1", VERSION_APPLIED));
	assert_non_null(registry_members(registry, SERVICES_OF_HOST, "web1", VERSION_APPLIED));
	assert_non_null(registry_members(registry, SERVICES_OF_NAME, "http", VERSION_APPLIED));
	assert_null(registry_members(registry, SERVICES_OF_HOST, "web2", VERSION_APPLIED));
	assert_int_equal(registry_revision(registry), 41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(readers_see_nothing_of_a_plan_before_it_is_applied),
		REGISTRY_TEST(a_write_sees_the_writes_before_it_in_the_same_batch),
		REGISTRY_TEST(a_discarded_plan_leaves_the_registry_as_it_was),
		REGISTRY_TEST(an_undone_write_leaves_the_plan_as_it_was_at_the_mark),
		REGISTRY_TEST(a_plan_sees_what_the_one_before_it_has_made_and_goes_on_from_there),
		REGISTRY_TEST(what_the_plan_before_has_changed_blocks_and_stays_as_that_one_made_it),
		REGISTRY_TEST(both_plans_can_be_discarded),
		REGISTRY_TEST(a_set_that_both_plans_touch_looks_changed_when_each_is_applied),
		REGISTRY_TEST(a_set_that_is_emptied_and_filled_again_by_the_next_plan_looks_changed_each_time),
		REGISTRY_TEST(an_object_that_will_lose_a_part_changes_when_the_part_changes_first),
		REGISTRY_TEST(an_empty_set_that_a_plan_fills_looks_as_it_did_until_it_is_applied),
		REGISTRY_TEST(what_is_deleted_and_put_again_in_one_batch_is_a_new_object),
		REGISTRY_TEST(an_object_made_and_deleted_in_one_batch_is_gone),
		REGISTRY_TEST(revisions_grow_by_one_from_change_to_change_over_batches),
		REGISTRY_TEST(a_change_keeps_the_causes_of_its_write),
		REGISTRY_TEST(an_object_keeps_id_and_creation_for_life),
		REGISTRY_TEST(a_restored_object_is_found_with_its_relations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
