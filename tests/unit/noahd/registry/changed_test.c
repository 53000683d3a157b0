/* Whether a change says truly that it left its object as it was (change.h, changed), and who made it (by). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "common/memory.h"
#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/link.h"
#include "noahd/registry/service.h"
#include "noahd/registry/tag.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- random writes, few names and few values, so that many write what is there ----------------------------------- */

static uint64_t dice_state = 88172645463325252;

static unsigned dice(unsigned sides)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (unsigned)(dice_state % sides);
}

static const char *one_of_two(const char *first, const char *second)
{
	return dice(2) ? first : second;
}

static const char *any_status(void)
{
	return one_of_two("up", "down");
}

static const char *any_host(void)
{
	return one_of_two("web1", "web2");
}

static int64_t any_lifetime_ms(void)
{
	return dice(4) ? 0 : 30000;
}

static struct registry_entry *any_object(void)
{
	static const char *const paths[] = { "/hosts/web1", "/services/http/web1", "/ephemerals/a", "/configurations/db",
		"/applications/shop" };
	return registry_find(registry, paths[dice(sizeof(paths) / sizeof(*paths))], VERSION_PLANNED);
}

static void write_host(void)
{
	struct registry_entry *entry;
	enum change_action action;

	assert_true(host_put(plan, any_host(), any_status(), &entry, &action, NULL));
	plan_set_lifetime(entry, any_lifetime_ms());
	plan_announce(plan, entry, action);
}

static void write_service(void)
{
	const struct service_state wanted = { any_status(), any_status(), any_lifetime_ms() };
	struct service_put_result result;

	assert_true(service_put(plan, one_of_two("http", "ssh"), any_host(), &wanted, &result, NULL));
}

static void delete_service(void)
{
	char id[UUID_TEXT_BYTES];
	size_t hosts;

	if (dice(2))
		(void)service_delete(plan, one_of_two("http", "ssh"), any_host(), id, NULL);
	else
		(void)service_delete_everywhere(plan, one_of_two("http", "ssh"), NULL, NULL, &hosts, NULL);
}

static void delete_host(void)
{
	char id[UUID_TEXT_BYTES];
	size_t services;

	(void)host_delete(plan, any_host(), id, &services, NULL);
}

static void expire(void)
{
	struct registry_entry *entry = any_object();

	if (entry && kind_of(entry->kind)->expire)
		kind_of(entry->kind)->expire(plan, entry);
}

static void write_ephemeral(void)
{
	static const struct plan_value values[] = { { "1", 1 }, { "\xff", 1 } };
	enum change_action action;

	ephemeral_put(plan, one_of_two("/a", "/b"), dice(3) ? &values[dice(2)] : NULL, any_lifetime_ms(), &action);
}

static void write_configuration(void)
{
	enum change_action action;
	struct registry_entry *entry =
	    configuration_put(plan, one_of_two("db", "cache"), "string", one_of_two("a", "b"), &action);

	plan_announce(plan, entry, action);
}

static void write_application(void)
{
	enum change_action action;
	(void)application_put(plan, one_of_two("shop", "blog"), &action);
}

static void attach_configuration(void)
{
	struct application_attach_result result;

	assert_true(application_attach(plan, one_of_two("shop", "blog"), one_of_two("db", "cache"), "string",
	    one_of_two("a", "b"), &result, NULL));
}

static void detach_configuration(void)
{
	char id[UUID_TEXT_BYTES];
	json_t *applications;

	if (dice(2))
		(void)application_detach(plan, one_of_two("shop", "blog"), one_of_two("db", "cache"), id, NULL);
	else if (configuration_delete(plan, one_of_two("db", "cache"), id, &applications, NULL))
		json_decref(applications);
}

static void tag_object(void)
{
	struct registry_entry *entry = any_object();

	if (entry && dice(2))
		assert_true(tag_attach(plan, entry, one_of_two("red\n", "red\nblue\n"), NULL));
	else if (entry)
		tag_detach(plan, entry, one_of_two("red\n", "blue\n"));
}

static void link_object(void)
{
	struct registry_entry *entry = any_object();

	if (entry && dice(2))
		assert_true(link_attach(plan, entry, one_of_two("/one", "/two"), NULL));
	else if (entry)
		link_detach(plan, entry, one_of_two("/one", "/two"));
}

static void write_token(void)
{
	json_t *rules = json_loads(one_of_two("[]", "[{\"path\":\"/hosts\",\"allow\":[\"read\"]}]"), 0, NULL);
	const struct token_terms terms = { .rules = rules, .node = dice(2) ? "web1" : NULL };
	struct token_result result;

	if (dice(2))
		assert_true(token_put(plan, "chef", &terms, &result, NULL));
	else
		(void)token_rotate(plan, "chef", &result, NULL);
	json_decref(rules);
}

static void write_watch(void)
{
	struct token_table *tokens = token_table_create();
	json_t *when = json_string(one_of_two("written", "changed")), *owner = dice(2) ? json_string("web1") : json_null();
	const struct watch_wish wish = { .pattern = "//noah/hosts",
		.endpoint = "http://h/",
		.when = dice(2) ? when : NULL,
		.owner = dice(2) ? owner : NULL,
		.tokens = tokens };
	struct registry_entry *entry;
	enum change_action action;

	(void)watch_put(plan, &wish, &entry, &action, NULL);
	json_decref(when);
	json_decref(owner);
	token_table_destroy(tokens);
}

static void (*const writes[])(void) = {
	write_host,
	write_service,
	delete_service,
	delete_host,
	expire,
	write_ephemeral,
	write_configuration,
	write_application,
	attach_configuration,
	detach_configuration,
	tag_object,
	link_object,
	write_token,
	write_watch,
};

/* ---- what they should say ---------------------------------------------------------------------------------------- */

/* As events tell it, but for the time of the write. */
static json_t *view_of(const struct registry_entry *entry)
{
	json_t *view = kind_of(entry->kind)->view(registry, entry, VERSION_PLANNED);
	(void)json_object_del(view, "updated_at");
	return view;
}

/* {"<path>": …} */
static json_t *view_of_all(void)
{
	json_t *all = json_object();

	for (enum object_kind kind = OBJECT_HOST; kind <= OBJECT_TOKEN; kind++) {
		const struct membership *member = registry_members(registry, kind_of(kind)->collection, "", VERSION_PLANNED);
		for (; member; member = registry_next_member(member, VERSION_PLANNED))
			json_object_set_new(all, member->entry->path, view_of(member->entry));
	}
	return all;
}

static bool view_is_as_before(const struct change *change, const json_t *before)
{
	const struct registry_entry *entry = registry_find(registry, change->record.path, VERSION_PLANNED);
	json_t *now = entry ? view_of(entry) : NULL;
	bool is_same = now && json_equal(now, json_object_get(before, change->record.path));

	json_decref(now);
	return is_same;
}

static void assert_truth(size_t first, const json_t *before, unsigned told[2])
{
	for (size_t i = first; i < plan_changes(plan)->count; i++) {
		const struct change *change = planned(i);
		if (change->changed == view_is_as_before(change, before))
			fail_msg("%s %s says changed=%d", change_action_name(change->action), change->record.path, change->changed);
		assert_body_member(i, "changed", change->changed ? "true" : "false");
		told[change->changed]++;
	}
}

static void a_change_says_exactly_whether_the_object_looks_other_than_before_its_write(void **state)
{
	enum { WRITES = 20000, OF_A_BATCH = 7 };
	unsigned told[2] = { 0 };

	(void)state;
	for (int i = 1; i <= WRITES; i++) {
		json_t *before = view_of_all();
		size_t first = plan_changes(plan)->count;
		plan_write(plan, NULL);
		writes[dice(sizeof(writes) / sizeof(*writes))]();
		assert_truth(first, before, told);
		json_decref(before);
		if (i % OF_A_BATCH == 0)
			commit();
	}
	assert_in_range(told[0], WRITES / 10, 2 * WRITES);
	assert_in_range(told[1], WRITES / 10, 2 * WRITES);
}

static void a_new_secret_leaves_a_token_as_it_looks(void **state)
{
	(void)state;
	json_t *rules = json_array();
	const struct token_terms terms = { .rules = rules };
	struct token_result result;
	assert_true(token_put(plan, "chef", &terms, &result, NULL));
	plan_write(plan, NULL);
	assert_true(token_rotate(plan, "chef", &result, NULL));
	assert_true(planned(0)->changed);
	assert_false(planned(1)->changed);
	json_decref(rules);
}

static void a_change_has_an_author_and_one_of_noahds_own_has_none(void **state)
{
	(void)state;
	enum change_action action;
	plan_write(plan, &(struct plan_origin){ .by = "{\"token\":\"chef\",\"node\":\"web1\"}" });
	ephemeral_put(plan, "/a", NULL, 0, &action);
	plan_write(plan, NULL);
	ephemeral_put(plan, "/a", NULL, 0, &action);
	assert_string_equal(planned(0)->by, "{\"token\":\"chef\",\"node\":\"web1\"}");
	assert_body_member(0, "by", "{\"node\":\"web1\",\"token\":\"chef\"}");
	assert_string_equal(planned(1)->by, "");
	assert_null(strstr(planned(1)->body, "\"by\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(a_change_says_exactly_whether_the_object_looks_other_than_before_its_write),
		REGISTRY_TEST(a_new_secret_leaves_a_token_as_it_looks),
		REGISTRY_TEST(a_change_has_an_author_and_one_of_noahds_own_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
