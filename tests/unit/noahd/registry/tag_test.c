/* The rules of tags and links, which objects of any kind have (doc/protocol.md). */
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

#include <stdio.h>
#include <stdlib.h>

static struct error err;

static struct registry_entry *put_host(const char *name)
{
	struct registry_entry *entry;
	enum change_action action;
	assert_true(host_put(plan, name, "up", &entry, &action, &err));
	plan_announce(plan, entry, action);
	return entry;
}

static char *view_of(const char *path, enum version version)
{
	const struct registry_entry *entry = registry_find(registry, path, version);
	assert_non_null(entry);
	json_t *view = kind_of(entry->kind)->view(registry, entry, version);
	char *text = json_dumps(view, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(view);
	return text;
}

static void assert_shows(const char *path, enum version version, const char *part, bool shows)
{
	char *view = view_of(path, version);
	if (!strstr(view, part) == shows)
		fail_msg("%s in %s", part, view);
	free(view);
}

static void new_tags_are_announced_bare_and_then_the_object(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	assert_true(tag_attach(plan, host, "a\nb\n", &err));
	assert_announced((const char *[]){
	    "+ //noah/hosts/web1", "+ //noah/tags/a", "+ //noah/tags/b", "~ //noah/hosts/web1", NULL });
	assert_body_member(1, "name", "\"a\"");
	assert_null(body_member(1, "hosts"));
	assert_body_member(3, "tags", "[\"a\",\"b\"]");
	assert_string_equal(planned(3)->aliases, "/tags/a/hosts/web1\n/tags/b/hosts/web1\n");
	assert_string_equal(planned(3)->record.tags, "a\nb\n");
}

static void tagging_again_is_a_change_and_untagging_what_is_not_tagged_is_none(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	assert_true(tag_attach(plan, host, "a\n", &err));
	commit();
	assert_true(tag_attach(plan, host, "a\n", &err));
	tag_detach(plan, host, "b\nc\n");
	link_detach(plan, host, "/l");
	assert_announced((const char *[]){ "~ //noah/hosts/web1", NULL });
}

static void an_untagged_object_is_announced_at_the_tag_once_more(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	assert_true(tag_attach(plan, host, "a\nb\n", &err));
	assert_true(link_attach(plan, host, "/l", &err));
	commit();
	tag_detach(plan, host, "b\n");
	assert_string_equal(planned(0)->aliases, "/tags/a/hosts/web1\n/l/hosts/web1\n/tags/b/hosts/web1\n");
	link_detach(plan, host, "/l");
	assert_string_equal(planned(1)->aliases, "/tags/a/hosts/web1\n/l/hosts/web1\n");
	put_host("web1");
	assert_string_equal(planned(2)->aliases, "/tags/a/hosts/web1\n");
	assert_body_member(2, "tags", "[\"a\"]");
	assert_body_member(2, "links", "[]");
}

static void a_new_link_is_announced_with_all_kinds_empty_and_then_the_object(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	assert_true(link_attach(plan, host, "/myorg", &err));
	assert_announced((const char *[]){ "+ //noah/hosts/web1", "+ //noah/links/myorg", "~ //noah/hosts/web1", NULL });
	assert_body_member(1, "path", "\"/links//myorg\"");
	assert_body_member(1, "location", "\"/myorg\"");
	assert_body_member(1, "name", "\"/myorg\"");
	assert_body_member(1, "hosts", "{}");
	assert_string_equal(planned(1)->aliases, "/links/myorg\n");
	assert_body_member(2, "links", "[\"/myorg\"]");
}

static void readers_see_the_members_of_their_version(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	assert_true(tag_attach(plan, host, "a\n", &err));
	assert_true(link_attach(plan, host, "/l", &err));
	assert_null(registry_members(registry, OBJECTS_OF_TAG, "a", VERSION_APPLIED));
	assert_shows("/tags/a", VERSION_PLANNED, "\"web1\"", true);
	commit();
	assert_shows("/tags/a", VERSION_APPLIED, "\"web1\"", true);
	tag_detach(plan, host, "a\n");
	link_detach(plan, host, "/l");
	assert_shows("/tags/a", VERSION_APPLIED, "\"web1\"", true);
	assert_shows("/l", VERSION_APPLIED, "\"web1\"", true);
	assert_shows("/tags/a", VERSION_PLANNED, "\"web1\"", false);
	assert_shows("/l", VERSION_PLANNED, "\"web1\"", false);
	commit();
	assert_shows("/tags/a", VERSION_APPLIED, "\"web1\"", false);
	assert_null(registry_members(registry, OBJECTS_OF_TAG, "a", VERSION_APPLIED));
}

static void what_is_undone_or_discarded_leaves_the_sets_as_they_were(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	assert_true(tag_attach(plan, host, "a\n", &err));
	commit();
	plan_mark(plan);
	assert_true(tag_attach(plan, host, "b\n", &err));
	tag_detach(plan, host, "a\n");
	plan_undo(plan);
	assert_null(registry_members(registry, OBJECTS_OF_TAG, "b", VERSION_PLANNED));
	assert_shows("/tags/a", VERSION_PLANNED, "\"web1\"", true);
	put_host("web1");
	plan_mark(plan);
	tag_detach(plan, host, "a\n");
	plan_undo(plan);
	assert_shows("/tags/a", VERSION_PLANNED, "\"web1\"", true);
	tag_detach(plan, host, "a\n");
	discard_plan();
	assert_shows("/tags/a", VERSION_APPLIED, "\"web1\"", true);
	assert_int_equal(registry_member_count(registry, OBJECTS_OF_TAG, "a", VERSION_PLANNED), 1);
	assert_null(registry_find(registry, "/tags/b", VERSION_PLANNED));
}

static void a_deleted_object_is_gone_from_tags_and_links(void **state)
{
	(void)state;
	char id[UUID_TEXT_BYTES];
	size_t services;
	struct registry_entry *host = put_host("web1");
	assert_true(tag_attach(plan, host, "a\n", &err));
	assert_true(link_attach(plan, host, "/l", &err));
	commit();
	assert_true(host_delete(plan, "web1", id, &services, &err));
	assert_string_equal(planned(0)->aliases, "/tags/a/hosts/web1\n/l/hosts/web1\n");
	commit();
	assert_shows("/tags/a", VERSION_APPLIED, "\"web1\"", false);
	assert_shows("/l", VERSION_APPLIED, "\"web1\"", false);
	put_host("web1");
	assert_body_member(0, "tags", "[]");
}

static void every_kind_stands_under_a_tag_in_its_own_way(void **state)
{
	struct service_put_result service;
	struct application_attach_result attach;
	const struct service_state status = { "down", "up", 0 };
	enum change_action action;

	(void)state;
	assert_true(service_put(plan, "http", "web1", &status, &service, &err));
	assert_true(application_attach(plan, "shop", "db", "yaml", "a: 1", &attach, &err));
	struct registry_entry *objects[] = { service.host, service.service, attach.application, attach.configuration,
		ephemeral_put(plan, "/chef/notify", &(struct plan_value){ "1", 1 }, 0, &action) };
	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		assert_true(tag_attach(plan, objects[i], "t\n", &err));
		assert_true(link_attach(plan, objects[i], "/l", &err));
	}
	assert_shows("/tags/t", VERSION_PLANNED, "\"services\":{\"http\":\"down\"},\"status\":\"up\"}}", true);
	assert_shows("/tags/t", VERSION_PLANNED, "\"links\":[\"/l\"],\"status\":\"down\"}}}", true);
	assert_shows("/tags/t", VERSION_PLANNED, "\"ephemerals\":{\"/chef/notify\":{\"data\":\"1\",", true);
	assert_shows("/l", VERSION_PLANNED, "\"tags\":[\"t\"]", true);
	assert_shows("/l", VERSION_PLANNED, "\"links\"", false);
}

static void a_set_knows_the_last_change_that_touched_it(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	put_host("web2");
	assert_true(tag_attach(plan, host, "a\n", &err));
	commit(); /* 1 + web1, 2 + web2, 3 + a, 4 ~ web1 */
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_APPLIED), 4);
	assert_int_equal(registry_members_revision(registry, OBJECTS_OF_TAG, "a", VERSION_APPLIED), 4);
	put_host("web2");
	assert_int_equal(registry_members_revision(registry, OBJECTS_OF_TAG, "a", VERSION_PLANNED), 4);
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_PLANNED), 5);
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_APPLIED), 4);
	put_host("web1");
	assert_int_equal(registry_members_revision(registry, OBJECTS_OF_TAG, "a", VERSION_PLANNED), 6);
	commit();
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_APPLIED), 6);
	assert_int_equal(registry_members_revision(registry, ALL_SERVICES, "", VERSION_APPLIED), 0);
}

static void a_set_does_not_know_of_changes_that_were_taken_back(void **state)
{
	(void)state;
	put_host("web1");
	commit(); /* 1 */
	plan_mark(plan);
	put_host("web2");
	plan_undo(plan);
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_PLANNED), 1);
	commit();
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_APPLIED), 1);
	plan_mark(plan);
	put_host("web1"); /* 2 */
	plan_mark(plan);
	put_host("web2");
	put_host("web1");
	plan_undo(plan);
	commit();
	assert_int_equal(registry_revision(registry), 2);
	assert_int_equal(registry_members_revision(registry, ALL_HOSTS, "", VERSION_APPLIED), 2);
}

static void changes_of_a_set_before_a_start_are_unknown(void **state)
{
	(void)state;
	char path[] = "/hosts/web1", up[] = "up", tags[] = "a\n";
	const struct record host = {
		.kind = OBJECT_HOST, .path = path, .value = up, .value_size = 2, .has_value = true, .tags = tags, .revision = 7
	};
	registry_restore(registry, &host);
	registry_set_revision(registry, 41);
	assert_int_equal(registry_members_revision(registry, OBJECTS_OF_TAG, "a", VERSION_APPLIED), 41);
	assert_int_equal(registry_members_revision(registry, OBJECTS_OF_TAG, "b", VERSION_APPLIED), 41);
	assert_int_equal(registry_member_count(registry, OBJECTS_OF_TAG, "a", VERSION_APPLIED), 1);
	discard_plan();
	plan = plan_create(registry, 0);
	plan_write(plan, NULL);
	put_host("web1");
	commit();
	assert_int_equal(registry_members_revision(registry, OBJECTS_OF_TAG, "a", VERSION_APPLIED), 42);
}

static void tags_and_links_of_an_object_are_bounded(void **state)
{
	(void)state;
	struct registry_entry *host = put_host("web1");
	char names[16 * (TAGS_OF_OBJECT_MAX + 1)] = "", name[16];
	for (int i = 0; i < TAGS_OF_OBJECT_MAX; i++) {
		snprintf(name, sizeof(name), "/t%d", i);
		assert_true(link_attach(plan, host, name, &err));
		strcat(strcat(names, name + 1), "\n");
	}
	assert_true(tag_attach(plan, host, names, &err));
	assert_true(tag_attach(plan, host, "t7\n", &err));
	assert_false(tag_attach(plan, host, "more\n", &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	assert_false(link_attach(plan, host, "/more", &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	assert_null(registry_find(registry, "/tags/more", VERSION_PLANNED));
}

static void a_links_name_is_one_segment_that_is_not_ours(void **state)
{
	static const struct {
		const char *name, *reason;
	} cases[] = {
		{ "myorg", "begin with" },
		{ "", "begin with" },
		{ "/", "not a name" },
		{ "/..", "not a name" },
		{ "/a/b", "must not contain" },
		{ "/hosts", "Path is reserved" },
		{ "/watchers", "Path is reserved" },
		{ "/static", "Path is reserved" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (link_check_name(cases[i].name, &err) || !strstr(err.text, cases[i].reason))
			fail_msg("%s: %s", cases[i].name, err.text);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	assert_true(link_check_name("/hostsx", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(new_tags_are_announced_bare_and_then_the_object),
		REGISTRY_TEST(tagging_again_is_a_change_and_untagging_what_is_not_tagged_is_none),
		REGISTRY_TEST(an_untagged_object_is_announced_at_the_tag_once_more),
		REGISTRY_TEST(a_new_link_is_announced_with_all_kinds_empty_and_then_the_object),
		REGISTRY_TEST(readers_see_the_members_of_their_version),
		REGISTRY_TEST(what_is_undone_or_discarded_leaves_the_sets_as_they_were),
		REGISTRY_TEST(a_deleted_object_is_gone_from_tags_and_links),
		REGISTRY_TEST(every_kind_stands_under_a_tag_in_its_own_way),
		REGISTRY_TEST(a_set_knows_the_last_change_that_touched_it),
		REGISTRY_TEST(a_set_does_not_know_of_changes_that_were_taken_back),
		REGISTRY_TEST(changes_of_a_set_before_a_start_are_unknown),
		REGISTRY_TEST(tags_and_links_of_an_object_are_bounded),
		REGISTRY_TEST(a_links_name_is_one_segment_that_is_not_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
