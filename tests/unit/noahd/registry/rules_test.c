/* The rules of each kind: what a write announces, shows and refuses (doc/protocol.md). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/service.h"
#include "noahd/registry/watch.h"

#include <stdlib.h>

static struct error err;
static char id[UUID_TEXT_BYTES];

static void put_host(const char *name, const char *status)
{
	struct registry_entry *entry;
	enum change_action action;
	assert_true(host_put(plan, name, status, &entry, &action, &err));
	plan_announce(plan, entry, action);
}

static void put_service(const char *service, const char *host)
{
	struct service_put_result result;
	assert_true(service_put(plan, service, host, &(struct service_state){ "up", "up", 0 }, &result, &err));
}

static bool put_watch(const char *pattern, const char *endpoint)
{
	struct token_table *tokens = token_table_create();
	const struct watch_wish wish = { .pattern = pattern, .endpoint = endpoint, .tokens = tokens };
	struct registry_entry *entry;
	enum change_action action;
	bool done = watch_put(plan, &wish, &entry, &action, &err);

	token_table_destroy(tokens);
	return done;
}

static void a_status_is_up_down_or_pending(void **state)
{
	(void)state;
	struct registry_entry *entry;
	enum change_action action;
	const char *const wrong[] = { "UP", "", "upp", "u", "unknown" };
	put_host("a", "up");
	put_host("b", "down");
	put_host("c", "pending");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(host_put(plan, "d", wrong[i], &entry, &action, &err));
		assert_string_equal(err.text, "Status must be up, down or pending");
	}
	assert_null(registry_find(registry, "/hosts/d", VERSION_PLANNED));
}

static void putting_a_service_announces_the_host_with_it_and_then_the_service(void **state)
{
	(void)state;
	put_service("http", "web1");
	assert_announced((const char *[]){ "+ //noah/hosts/web1", "+ //noah/services/http", NULL });
	assert_body_member(0, "services", "{\"http\":\"up\"}");
	assert_body_member(1, "host", "\"web1\"");
	assert_body_member(1, "path", "\"/services/http\"");
	assert_body_member(1, "location", "\"/services/http/web1\"");
	assert_string_equal(planned(1)->aliases, "/hosts/web1/services/http\n");
	assert_int_equal(planned(1)->write, planned(0)->revision);
}

static void a_refused_status_of_a_service_writes_no_host(void **state)
{
	(void)state;
	struct service_put_result result;
	assert_false(service_put(plan, "http", "web1", &(struct service_state){ "UP", "up", 0 }, &result, &err));
	assert_false(service_put(plan, "http", "web1", &(struct service_state){ "up", "UP", 0 }, &result, &err));
	assert_int_equal(plan_changes(plan)->count, 0);
	assert_null(registry_find(registry, "/hosts/web1", VERSION_PLANNED));
}

static void deleting_a_host_announces_its_services_first_and_all_as_they_were(void **state)
{
	(void)state;
	size_t services;
	put_service("http", "web1");
	put_service("ssh", "web1");
	put_service("ssh", "web2");
	commit();
	assert_true(host_delete(plan, "web1", id, &services, &err));
	assert_int_equal(services, 2);
	assert_announced((const char *[]){
	    "- //noah/services/http", "- //noah/services/ssh", "- //noah/hosts/web1", NULL });
	assert_body_member(0, "host", "\"web1\"");
	assert_body_member(2, "services", "{\"http\":\"up\",\"ssh\":\"up\"}");
	commit();
	assert_null(registry_find(registry, "/services/ssh/web1", VERSION_APPLIED));
	assert_non_null(registry_find(registry, "/services/ssh/web2", VERSION_APPLIED));
	assert_false(host_delete(plan, "web1", id, &services, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void deleting_a_service_announces_the_host_that_showed_it(void **state)
{
	(void)state;
	put_service("http", "web1");
	commit();
	assert_true(service_delete(plan, "http", "web1", id, &err));
	assert_announced((const char *[]){ "- //noah/services/http", "~ //noah/hosts/web1", NULL });
	assert_body_member(0, "status", "\"up\"");
	assert_body_member(1, "services", "{}");
	assert_body_member(1, "status", "\"up\"");
}

static void a_service_whose_host_is_not_there_can_be_deleted(void **state)
{
	(void)state;
	char path[] = "/services/http/web1", status[] = "up";
	const struct record service = {
		.kind = OBJECT_SERVICE, .path = path, .value = status, .value_size = 2, .has_value = true
	};
	registry_restore(registry, &service);
	assert_true(service_delete(plan, "http", "web1", id, &err));
	assert_announced((const char *[]){ "- //noah/services/http", NULL });
}

static void deleting_a_service_everywhere_counts_its_hosts(void **state)
{
	(void)state;
	size_t hosts;
	put_service("http", "web1");
	put_service("http", "web2");
	commit();
	assert_true(service_delete_everywhere(plan, "http", NULL, NULL, &hosts, &err));
	assert_int_equal(hosts, 2);
	assert_announced((const char *[]){
	    "- //noah/services/http", "~ //noah/hosts/web1", "- //noah/services/http", "~ //noah/hosts/web2", NULL });
	assert_false(service_delete_everywhere(plan, "http", NULL, NULL, &hosts, &err));
}

static void an_ephemeral_is_announced_with_its_double_slash(void **state)
{
	(void)state;
	enum change_action action;
	ephemeral_put(plan, "/chef/notify/a b", &(struct plan_value){ "2", 1 }, 0, &action);
	assert_announced((const char *[]){ "+ //noah/ephemerals/chef/notify/a b", NULL });
	assert_body_member(0, "path", "\"/ephemerals//chef/notify/a b\"");
	assert_body_member(0, "location", "\"/ephemerals/chef/notify/a%20b\"");
	assert_body_member(0, "data", "\"2\"");
	assert_body_member(0, "tags", "[]");
	assert_body_member(0, "revision", "1");
}

static void data_that_is_not_text_is_shown_in_base64(void **state)
{
	(void)state;
	enum change_action action;
	ephemeral_put(plan, "/bytes", &(struct plan_value){ "\xff\x00\xfe", 3 }, 0, &action);
	assert_body_member(0, "data", "\"/wD+\"");
	assert_body_member(0, "data_encoding", "\"base64\"");
	ephemeral_put(plan, "/text", &(struct plan_value){ "a\0b", 3 }, 0, &action);
	assert_body_member(1, "data", "\"a\\u0000b\"");
	ephemeral_put(plan, "/none", NULL, 0, &action);
	assert_body_member(2, "data", "null");
}

static void names_that_are_operations_or_collections_are_reserved(void **state)
{
	(void)state;
	const char *const reserved[] = { "/hosts", "/hosts/x", "/ark", "/noah/x", "/a/watch", "/a/tag", "/link",
		"/a/tag/" };
	const char *const free_names[] = { "/host", "/a/hosts", "/watch/a", "/hostsx", "/a" };
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		assert_false(ephemeral_check_name(reserved[i], &err));
	assert_string_equal(err.text, "Path is reserved");
	for (size_t i = 0; i < sizeof(free_names) / sizeof(*free_names); i++)
		assert_true(ephemeral_check_name(free_names[i], &err));
}

static void a_watch_is_named_by_base64_of_pattern_and_endpoint(void **state)
{
	(void)state;
	assert_true(put_watch("//noah/ephemerals/chef", "http://h:1/"));
	char *name = watch_name("//noah/ephemerals/chef", "http://h:1/");
	assert_string_equal(name, "Ly9ub2FoL2VwaGVtZXJhbHMvY2hlZnxodHRwOi8vaDoxLw==");
	assert_string_equal(planned(0)->pubcategory, "//noah/watchers/Ly9ub2FoL2VwaGVtZXJhbHMvY2hlZnxodHRwOi8vaDoxLw==");
	assert_body_member(0, "path", "\"/watchers/Ly9ub2FoL2VwaGVtZXJhbHMvY2hlZnxodHRwOi8vaDoxLw==\"");
	free(name);
}

static void an_endpoint_holds_no_two_patterns_that_cover_one_another(void **state)
{
	(void)state;
	assert_true(put_watch("//noah/hosts/web1", "http://h/"));
	assert_false(put_watch("//noah/hosts/web1", "http://h/"));
	assert_string_equal(err.text, "Record already exists");
	assert_false(put_watch("//noah/hosts", "http://h/"));
	assert_string_equal(err.text, "Pattern would overwrite existing");
	assert_false(put_watch("//noah/hosts/web1/services", "http://h/"));
	assert_string_equal(err.text, "Pattern is already provided");
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_true(put_watch("//noah/hosts/web10", "http://h/"));
	assert_true(put_watch("//noah/hosts", "http://other/"));
}

static void a_deleted_watch_makes_room_for_one_that_covers_it(void **state)
{
	(void)state;
	json_t *view;
	assert_true(put_watch("//noah/hosts/web1", "http://h/"));
	commit();
	char *name = watch_name("//noah/hosts/web1", "http://h/");
	assert_true(watch_delete(plan, name, &view, &err));
	json_decref(view);
	assert_true(put_watch("//noah/hosts", "http://h/"));
	assert_false(watch_delete(plan, name, &view, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(a_status_is_up_down_or_pending),
		REGISTRY_TEST(putting_a_service_announces_the_host_with_it_and_then_the_service),
		REGISTRY_TEST(a_refused_status_of_a_service_writes_no_host),
		REGISTRY_TEST(deleting_a_host_announces_its_services_first_and_all_as_they_were),
		REGISTRY_TEST(deleting_a_service_announces_the_host_that_showed_it),
		REGISTRY_TEST(a_service_whose_host_is_not_there_can_be_deleted),
		REGISTRY_TEST(deleting_a_service_everywhere_counts_its_hosts),
		REGISTRY_TEST(an_ephemeral_is_announced_with_its_double_slash),
		REGISTRY_TEST(data_that_is_not_text_is_shown_in_base64),
		REGISTRY_TEST(names_that_are_operations_or_collections_are_reserved),
		REGISTRY_TEST(a_watch_is_named_by_base64_of_pattern_and_endpoint),
		REGISTRY_TEST(an_endpoint_holds_no_two_patterns_that_cover_one_another),
		REGISTRY_TEST(a_deleted_watch_makes_room_for_one_that_covers_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
