/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/registry/registry_fixture.h"
#include "tests/unit/noahd/tokens.h"

#include "noahd/registry/host.h"
#include "noahd/registry/service.h"
#include "noahd/views/validator.h"

#define READ_WEB1 "[{\"path\":\"/hosts/web1\",\"allow\":[\"read\"]}]"
#define READ_ALL "[{\"path\":\"/\",\"allow\":[\"read\"]}]"

static struct token_table *table;
static struct validators *validators;
static struct http_call all, part; /* callers that see everything, and web1 alone */

static int up(void **state)
{
	(void)registry_up(state);
	table = token_table_create();
	all = (struct http_call){ .caller = token_reference(tokens_set(table, "root", READ_ALL)) };
	part = (struct http_call){ .caller = token_reference(tokens_set(table, "web1", READ_WEB1)) };
	validators = validators_create(registry);
	return 0;
}

static int down(void **state)
{
	validators_destroy(validators);
	token_release(all.caller);
	token_release(part.caller);
	token_table_destroy(table);
	return registry_down(state);
}

static struct registry_entry *put(const char *name, const char *status)
{
	struct registry_entry *entry;
	enum change_action action;

	assert_true(host_put(plan, name, status, &entry, &action, NULL));
	plan_announce(plan, entry, action);
	return entry;
}

/* 0: it does not exist. */
static uint64_t number_of(const struct http_call *call, const char *name, enum version version)
{
	struct validator validator = { 0 };

	return validator_find_object(validators, call, host_path(name), version, &validator) ? validator.number : 0;
}

static uint64_t number_of_hosts(const struct http_call *call)
{
	struct validator validator = { 0 };
	bool is_there = validator_find_set(validators, call, OBJECT_HOST, ALL_HOSTS, "", VERSION_APPLIED, &validator);

	return is_there ? validator.number : 0;
}

static void it_changes_with_its_object_and_with_no_other(void **state)
{
	(void)state;
	put("web1", "up");
	put("web2", "up");
	commit();
	const uint64_t first = number_of(&all, "web1", VERSION_APPLIED);
	assert_int_not_equal(first, 0);
	put("web2", "down");
	commit();
	assert_int_equal(number_of(&all, "web1", VERSION_APPLIED), first);
	put("web1", "down");
	commit();
	assert_int_not_equal(number_of(&all, "web1", VERSION_APPLIED), first);
}

static void it_changes_with_what_the_object_shows_of_others(void **state)
{
	const struct service_state up_state = { .status = "up", .host_status = "up" };
	struct service_put_result result;

	(void)state;
	put("web1", "up");
	commit();
	const uint64_t before = number_of(&all, "web1", VERSION_APPLIED);
	assert_true(service_put(plan, "http", "web1", &up_state, &result, NULL));
	commit();
	assert_int_not_equal(number_of(&all, "web1", VERSION_APPLIED), before);
}

static void a_write_in_progress_has_changed_the_planned_version_only(void **state)
{
	(void)state;
	put("web1", "up");
	commit();
	const uint64_t applied = number_of(&all, "web1", VERSION_APPLIED);
	put("web1", "down");
	assert_int_equal(number_of(&all, "web1", VERSION_APPLIED), applied);
	assert_int_not_equal(number_of(&all, "web1", VERSION_PLANNED), applied);
}

static void what_does_not_exist_has_none(void **state)
{
	(void)state;
	assert_int_equal(number_of(&all, "web1", VERSION_APPLIED), 0);
	assert_int_equal(number_of_hosts(&all), 0);
	put("web1", "up");
	assert_int_equal(number_of(&all, "web1", VERSION_APPLIED), 0);
	assert_int_not_equal(number_of(&all, "web1", VERSION_PLANNED), 0);
}

static void that_of_a_set_changes_with_each_member_that_comes_goes_or_changes(void **state)
{
	char id[UUID_TEXT_BYTES];
	size_t services;

	(void)state;
	put("web1", "up");
	commit();
	const uint64_t one = number_of_hosts(&all);
	put("web2", "up");
	commit();
	const uint64_t two = number_of_hosts(&all);
	assert_int_not_equal(two, one);
	put("web2", "down");
	commit();
	const uint64_t changed = number_of_hosts(&all);
	assert_int_not_equal(changed, two);
	assert_true(host_delete(plan, "web2", id, &services, NULL));
	commit();
	assert_int_not_equal(number_of_hosts(&all), changed);
	assert_int_not_equal(number_of_hosts(&all), one);
}

static void a_caller_that_sees_a_part_learns_nothing_of_the_rest(void **state)
{
	(void)state;
	put("web2", "up");
	commit();
	assert_int_equal(number_of_hosts(&part), 0);
	put("web1", "up");
	commit();
	const uint64_t seen = number_of_hosts(&part);
	assert_int_not_equal(seen, 0);
	put("web2", "down");
	put("web3", "up");
	commit();
	assert_int_equal(number_of_hosts(&part), seen);
	put("web1", "down");
	commit();
	assert_int_not_equal(number_of_hosts(&part), seen);
}

/* It is kept for the next question of a long poll, as long as the set and the rights are the same. */
static void that_of_a_part_follows_the_callers_rights(void **state)
{
	(void)state;
	put("web1", "up");
	put("web2", "up");
	commit();
	const uint64_t seen = number_of_hosts(&part);
	assert_int_equal(number_of_hosts(&part), seen);
	const struct record record = {
		.kind = OBJECT_TOKEN,
		.path = "/tokens/web1",
		.has_value = true,
		.value = "{\"rules\":[],\"expires_ms\":0,\"secrets\":[]}",
		.value_size = strlen("{\"rules\":[],\"expires_ms\":0,\"secrets\":[]}"),
		.revision = 9,
	};
	token_table_set(table, record.path, &record);
	assert_int_equal(number_of_hosts(&part), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_changes_with_its_object_and_with_no_other, up, down),
		cmocka_unit_test_setup_teardown(it_changes_with_what_the_object_shows_of_others, up, down),
		cmocka_unit_test_setup_teardown(a_write_in_progress_has_changed_the_planned_version_only, up, down),
		cmocka_unit_test_setup_teardown(what_does_not_exist_has_none, up, down),
		cmocka_unit_test_setup_teardown(that_of_a_set_changes_with_each_member_that_comes_goes_or_changes, up, down),
		cmocka_unit_test_setup_teardown(a_caller_that_sees_a_part_learns_nothing_of_the_rest, up, down),
		cmocka_unit_test_setup_teardown(that_of_a_part_follows_the_callers_rights, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
