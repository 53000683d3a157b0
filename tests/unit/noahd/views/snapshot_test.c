/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/registry/registry_fixture.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/views/snapshot.h"
#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/link.h"
#include "noahd/registry/service.h"
#include "noahd/registry/tag.h"
#include "noahd/registry/watch.h"

#include <stdlib.h>

enum { BYTES_MAX = 20000 };

static struct snapshots *snapshots;

static int up(void **state)
{
	registry_up(state);
	snapshots = snapshots_create(registry, BYTES_MAX);
	return 0;
}

static int down(void **state)
{
	snapshots_destroy(snapshots);
	return registry_down(state);
}

static void put_host(const char *name, const char *status)
{
	struct registry_entry *entry;
	enum change_action action;

	assert_true(host_put(plan, name, status, &entry, &action, NULL));
	plan_announce(plan, entry, action);
}

static void delete_host(const char *name)
{
	char id[UUID_TEXT_BYTES];
	size_t services;

	assert_true(host_delete(plan, name, id, &services, NULL));
}

static void put_service(const char *service, const char *host)
{
	const struct service_state service_state = { "up", "down", 0 };
	struct service_put_result result;

	assert_true(service_put(plan, service, host, &service_state, &result, NULL));
}

static struct snapshot *take(const char *relation, const char *name)
{
	const struct snapshot_source source = { .relation = relation, .name = name };
	return snapshot_take(snapshots, &source, NULL);
}

/* The whole text from the reader's place on, copied in steps of that size. */
static json_t *read_json(struct snapshot_reader *reader, char *text, size_t at, size_t step)
{
	size_t size;

	while ((size = snapshot_read(reader, text + at, step)))
		at += size;
	json_t *json = json_loadb(text, at, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static json_t *read_all(struct snapshot *snapshot, size_t step)
{
	struct snapshot_reader reader = { .snapshot = snapshot };
	static char text[100000];

	return read_json(&reader, text, 0, step);
}

/* The list as it is now. */
static json_t *listed(const char *relation, const char *name)
{
	struct snapshot *snapshot = take(relation, name);
	json_t *json = read_all(snapshot, 1000);

	snapshot_release(snapshot);
	return json;
}

static const char *text_at(const json_t *json, const char *first, const char *second, const char *third)
{
	json = json_object_get(json_object_get(json, first), second);
	return json_string_value(third ? json_object_get(json, third) : json);
}

static void hosts_stand_by_name_without_it(void **state)
{
	(void)state;
	put_host("web1", "up");
	put_host("db \"1\"", "down");
	commit();
	json_t *json = listed(ALL_HOSTS, "");
	assert_int_equal(json_object_size(json), 2);
	assert_string_equal(text_at(json, "web1", "status", NULL), "up");
	assert_string_equal(text_at(json, "db \"1\"", "status", NULL), "down");
	assert_null(text_at(json, "web1", "name", NULL));
	json_decref(json);
}

static void services_of_one_name_stand_together_however_they_came(void **state)
{
	(void)state;
	put_service("http", "web1");
	put_service("ssh", "web1");
	put_service("http", "web2");
	put_service("httpd", "web1");
	put_service("ssh", "web2");
	commit();
	json_t *json = listed(ALL_SERVICES, "");
	assert_int_equal(json_object_size(json), 3);
	assert_int_equal(json_object_size(json_object_get(json, "http")), 2);
	assert_int_equal(json_object_size(json_object_get(json, "ssh")), 2);
	assert_string_equal(text_at(json, "httpd", "web1", "status"), "up");
	assert_null(text_at(json, "httpd", "web1", "host"));
	json_decref(json);
	json = listed(SERVICES_OF_NAME, "ssh");
	assert_int_equal(json_object_size(json), 1);
	assert_string_equal(text_at(json, "ssh", "web2", "status"), "up");
	json_decref(json);
}

static void put_watch(const char *pattern)
{
	struct token_table *tokens = token_table_create();
	const struct watch_wish wish = { .pattern = pattern, .endpoint = "http://h/", .tokens = tokens };
	struct registry_entry *entry;
	enum change_action action;

	assert_true(watch_put(plan, &wish, &entry, &action, NULL));
	token_table_destroy(tokens);
}

static void watches_are_an_array(void **state)
{
	(void)state;
	put_watch("//noah/hosts");
	put_watch("//noah/services");
	commit();
	json_t *json = listed(ALL_WATCHES, "");
	assert_int_equal(json_array_size(json), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 1), "pattern")), "//noah/services");
	assert_non_null(json_object_get(json_array_get(json, 1), "name"));
	json_decref(json);
}

static void a_list_may_be_read_byte_by_byte(void **state)
{
	(void)state;
	put_service("http", "web1");
	put_service("ssh", "web1");
	put_service("http", "web2");
	commit();
	struct snapshot *snapshot = take(ALL_SERVICES, "");
	json_t *bytes = read_all(snapshot, 1), *whole = read_all(snapshot, 100000);
	assert_true(json_equal(bytes, whole));
	json_decref(bytes);
	json_decref(whole);
	snapshot_release(snapshot);
}

static void a_list_is_true_at_the_revision_at_which_it_was_taken(void **state)
{
	char text[10000];

	(void)state;
	put_host("first", "up");
	put_service("http", "web1");
	put_host("changed", "up");
	put_host("deleted", "up");
	commit();
	struct snapshot_reader reader = { .snapshot = take(ALL_HOSTS, "") };
	size_t size = snapshot_read(&reader, text, 30);
	put_host("changed", "down");
	put_host("changed", "pending");
	put_service("ssh", "web1");
	put_host("new", "up");
	delete_host("deleted");
	commit();
	put_host("changed", "down");
	put_host("deleted", "down");
	commit();
	json_t *json = read_json(&reader, text, size, 100);
	snapshot_release(reader.snapshot);
	assert_int_equal(json_object_size(json), 4);
	assert_string_equal(text_at(json, "changed", "status", NULL), "up");
	assert_string_equal(text_at(json, "deleted", "status", NULL), "up");
	assert_string_equal(text_at(json, "web1", "services", "http"), "up");
	assert_null(text_at(json, "web1", "services", "ssh"));
	json_decref(json);
	json = listed(ALL_HOSTS, "");
	assert_int_equal(json_object_size(json), 5);
	assert_string_equal(text_at(json, "deleted", "status", NULL), "down");
	json_decref(json);
}

static void what_an_object_shows_of_others_is_true_at_that_revision_too(void **state)
{
	struct application_attach_result result;
	enum change_action action;

	(void)state;
	assert_true(application_attach(plan, "shop", "db", "string", "before", &result, NULL));
	commit();
	struct snapshot *snapshot = take(ALL_APPLICATIONS, "");
	struct registry_entry *configuration = configuration_put(plan, "db", "string", "after", &action);
	plan_announce(plan, configuration, action);
	commit();
	json_t *json = read_all(snapshot, 100),
	       *configurations = json_object_get(json_object_get(json, "shop"), "configurations");
	assert_string_equal(text_at(configurations, "db", "body", NULL), "before");
	json_decref(json);
	snapshot_release(snapshot);
}

static void a_tag_shows_what_hangs_on_it_as_it_is_now(void **state)
{
	struct registry_entry *host;

	(void)state;
	put_host("web1", "up");
	host = registry_find(registry, "/hosts/web1", VERSION_PLANNED);
	assert_true(tag_attach(plan, host, "blue\n", NULL));
	commit();
	struct snapshot *snapshot = take(ALL_TAGS, "");
	put_host("web1", "down");
	commit();
	json_t *before = read_all(snapshot, 100), *now = listed(ALL_TAGS, "");
	assert_string_equal(text_at(json_object_get(before, "blue"), "hosts", "web1", "status"), "up");
	assert_string_equal(text_at(json_object_get(now, "blue"), "hosts", "web1", "status"), "down");
	json_decref(before);
	json_decref(now);
	snapshot_release(snapshot);
}

/* web1 and its services, a configuration of an application, an ephemeral: all tagged "blue" and in the link "/shop". */
static void put_blue_shop(void)
{
	static const char *const paths[] = { "/ephemerals/a/b", "/services/http/web1", "/hosts/web1", "/services/ssh/web1",
		"/services/http/web2", "/applications/shop" };
	const struct plan_value data = { "1", 1 };
	struct application_attach_result result;
	enum change_action action;

	put_service("http", "web1");
	put_service("ssh", "web1");
	put_service("http", "web2");
	assert_true(application_attach(plan, "shop", "db", "string", "body", &result, NULL));
	plan_announce(plan, ephemeral_put(plan, "/a/b", &data, 0, &action), CHANGE_CREATE);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct registry_entry *object = registry_find(registry, paths[i], VERSION_PLANNED);
		assert_true(tag_attach(plan, object, "blue\n", NULL));
		assert_true(link_attach(plan, object, "/shop", NULL));
	}
	commit();
}

static struct snapshot *take_container(const char *path, const struct representation *representation)
{
	struct registry_entry *container = registry_find(registry, path, VERSION_APPLIED);
	const struct snapshot_source source = { .relation = kind_of(container->kind)->container->relation,
		.name = kind_entry_name(container),
		.representation = representation,
		.container = container };

	return snapshot_take(snapshots, &source, NULL);
}

/* What is listed, read byte by byte, is that JSON to the letter, which is taken. */
static void assert_listed(struct snapshot *take, json_t *take_expected)
{
	struct snapshot_reader reader = { .snapshot = take };
	char text[10000] = "";

	for (size_t at = 0, size; (size = snapshot_read(&reader, text + at, 1)); at += size)
		continue;
	char *expected = json_render(take_expected, NULL);
	assert_string_equal(text, expected);
	free(expected);
	json_decref(take_expected);
	snapshot_reader_finish(&reader);
}

static json_t *view_of(const char *path)
{
	const struct registry_entry *entry = registry_find(registry, path, VERSION_APPLIED);
	return kind_of(entry->kind)->view(registry, entry, VERSION_APPLIED);
}

static json_t *without_name(json_t *take_view)
{
	json_object_del(take_view, "name");
	return take_view;
}

static void tags_and_links_are_listed_as_they_look(void **state)
{
	(void)state;
	put_blue_shop();
	assert_listed(take_container("/tags/blue", representation_listed(OBJECT_TAG)),
	    json_pack("{s:o}", "blue", without_name(view_of("/tags/blue"))));
	assert_listed(take_container("/shop", &representation_alone), view_of("/shop"));
}

static void a_list_of_tags_or_links_shows_each_with_its_members(void **state)
{
	struct registry_entry *host;

	(void)state;
	put_blue_shop();
	host = registry_find(registry, "/hosts/web2", VERSION_PLANNED);
	assert_true(tag_attach(plan, host, "empty\nred\n", NULL));
	assert_true(link_attach(plan, host, "/empty", NULL));
	tag_detach(plan, host, "empty\n");
	link_detach(plan, host, "/empty");
	commit();
	assert_listed(take(ALL_TAGS, ""),
	    json_pack("{s:o, s:o, s:o}", "blue", without_name(view_of("/tags/blue")), "empty",
	        without_name(view_of("/tags/empty")), "red", without_name(view_of("/tags/red"))));
	assert_listed(take(ALL_LINKS, ""),
	    json_pack("{s:o, s:o}", "/shop", without_name(view_of("/shop")), "/empty", without_name(view_of("/empty"))));
}

static void a_collection_of_a_link_is_what_the_link_shows_there(void **state)
{
	struct snapshot_source source = {
		.relation = OBJECTS_OF_LINK, .name = "/shop", .representation = representation_contained(OBJECT_LINK)
	};

	(void)state;
	put_blue_shop();
	for (const enum object_kind *kind = link_kind.container->always; *kind; kind++) {
		json_t *link = view_of("/shop");
		source.kind = *kind;
		assert_listed(snapshot_take(snapshots, &source, NULL),
		    json_incref(json_object_get(link, kind_of(*kind)->collection)));
		json_decref(link);
	}
}

static void a_tag_is_true_at_the_revision_at_which_it_was_taken(void **state)
{
	(void)state;
	put_blue_shop();
	json_t *before = json_pack("{s:o}", "blue", without_name(view_of("/tags/blue")));
	struct snapshot *taken = take_container("/tags/blue", representation_listed(OBJECT_TAG));
	put_service("ssh", "web2");
	put_service("http", "web1");
	delete_host("web1");
	assert_true(tag_attach(plan, registry_find(registry, "/hosts/web2", VERSION_PLANNED), "blue\n", NULL));
	commit();
	assert_listed(taken, before);
	assert_listed(take_container("/tags/blue", representation_listed(OBJECT_TAG)),
	    json_pack("{s:o}", "blue", without_name(view_of("/tags/blue"))));
}

static void each_of_several_lists_is_true_though_an_object_stands_in_all_of_them(void **state)
{
	(void)state;
	put_blue_shop();
	json_t *tag = json_pack("{s:o}", "blue", without_name(view_of("/tags/blue"))), *link = view_of("/shop"),
	       *ephemerals = json_pack("{s:o}", "/a/b", view_of("/ephemerals/a/b"));
	struct snapshot *taken[] = { take_container("/tags/blue", representation_listed(OBJECT_TAG)),
		take(ALL_EPHEMERALS, ""), take_container("/shop", &representation_alone) };
	plan_delete(plan, registry_find(registry, "/ephemerals/a/b", VERSION_PLANNED), NULL);
	commit();
	assert_listed(taken[0], tag);
	assert_listed(taken[1], ephemerals);
	assert_listed(taken[2], link);
}

static void readers_of_the_same_tag_share_it_until_a_member_changes(void **state)
{
	(void)state;
	put_blue_shop();
	struct snapshot *one = take_container("/tags/blue", representation_listed(OBJECT_TAG)),
	                *same = take_container("/tags/blue", representation_listed(OBJECT_TAG));
	assert_ptr_equal(one, same);
	put_host("web1", "pending");
	commit();
	struct snapshot *later = take_container("/tags/blue", representation_listed(OBJECT_TAG));
	assert_ptr_not_equal(one, later);
	snapshot_release(one);
	snapshot_release(same);
	snapshot_release(later);
}

static bool is_service(const struct registry_entry *entry, void *context)
{
	(void)context;
	return entry->kind == OBJECT_SERVICE || entry->kind == OBJECT_TAG;
}

static void a_tag_does_not_show_the_kinds_of_which_nothing_may_be_shown(void **state)
{
	const struct snapshot_source source = { .relation = ALL_TAGS, .name = "", .may_show = is_service };

	(void)state;
	put_blue_shop();
	json_t *blue = without_name(view_of("/tags/blue"));
	json_object_del(blue, "ephemerals");
	json_object_del(blue, "hosts");
	json_object_del(blue, "applications");
	assert_listed(snapshot_take(snapshots, &source, NULL), json_pack("{s:o}", "blue", blue));
}

static char *prune_to_name(void *context, enum object_kind kind, const char *text, size_t size)
{
	const char *colon = memchr(text, ':', size);

	(void)context;
	return kind == OBJECT_HOST ? memory_format("%.*s:null", (int)(colon - text), text) : NULL;
}

static void what_a_reader_sees_of_a_tag_itself_is_the_tags(void **state)
{
	(void)state;
	put_blue_shop();
	struct snapshot_reader reader = { .snapshot = take_container("/tags/blue", representation_listed(OBJECT_TAG)),
		.adapt = prune_to_name };
	char text[10000];
	json_t *pruned = read_json(&reader, text, 0, 7), *expected = json_pack("{s:o}", "blue", view_of("/tags/blue"));
	json_object_del(json_object_get(expected, "blue"), "name");
	json_object_set_new(json_object_get(json_object_get(expected, "blue"), "hosts"), "web1", json_null());
	assert_true(json_equal(pruned, expected));
	json_decref(pruned);
	json_decref(expected);
	snapshot_reader_finish(&reader);
}

static void readers_of_the_same_list_share_it(void **state)
{
	(void)state;
	put_host("web1", "up");
	put_service("http", "web1");
	commit();
	struct snapshot *one = take(ALL_HOSTS, ""), *same = take(ALL_HOSTS, ""), *other = take(ALL_SERVICES, "");
	assert_ptr_equal(one, same);
	put_host("web1", "up");
	commit();
	struct snapshot *later = take(ALL_HOSTS, "");
	assert_ptr_not_equal(one, later);
	snapshot_release(one);
	snapshot_release(same);
	snapshot_release(later);
	snapshot_release(other);
}

static bool is_web(const struct registry_entry *entry, void *context)
{
	++*(size_t *)context;
	return strstr(entry->path, "web") != NULL;
}

static void a_list_may_hide_some_without_hiding_them_from_others(void **state)
{
	size_t asked = 0;
	const struct snapshot_source source = { .relation = ALL_HOSTS, .name = "", .may_show = is_web, .context = &asked };

	(void)state;
	put_host("web1", "up");
	put_host("db1", "up");
	commit();
	struct snapshot *shown = snapshot_take(snapshots, &source, NULL), *all = take(ALL_HOSTS, "");
	assert_int_equal(asked, 2);
	assert_int_equal(snapshot_count(shown), 1);
	assert_int_equal(snapshot_count(all), 2);
	json_t *json = read_all(shown, 1000);
	assert_string_equal(text_at(json, "web1", "status", NULL), "up");
	json_decref(json);
	snapshot_release(shown);
	snapshot_release(all);
}

/* The name alone. */
static char *prune_to_null(void *context, enum object_kind kind, const char *text, size_t size)
{
	const char *colon = memchr(text, ':', size);

	++*(size_t *)context;
	assert_int_equal(kind, OBJECT_HOST);
	return memory_format("%.*s:null", (int)(colon - text), text);
}

static void a_reader_may_see_less_of_each_object_than_others(void **state)
{
	size_t pruned_count = 0;
	char text[1000];

	(void)state;
	put_service("http", "web1");
	put_host("web2", "up");
	commit();
	struct snapshot *snapshot = take(ALL_HOSTS, "");
	struct snapshot_reader reader = {
		.snapshot = take(ALL_HOSTS, ""), .adapt = prune_to_null, .context = &pruned_count
	};
	json_t *pruned = read_json(&reader, text, 0, 1), *whole = read_all(snapshot, 1000);
	assert_int_equal(json_object_size(pruned), 2);
	assert_true(json_is_null(json_object_get(pruned, "web1")));
	assert_int_equal(pruned_count, 2);
	assert_string_equal(text_at(whole, "web1", "services", "http"), "up");
	json_decref(pruned);
	json_decref(whole);
	snapshot_reader_finish(&reader);
	snapshot_release(snapshot);
}

/* Of the first object all, of others the name. */
static char *prune_later(void *context, enum object_kind kind, const char *text, size_t size)
{
	return *(size_t *)context ? prune_to_null(context, kind, text, size) : (++*(size_t *)context, NULL);
}

static void what_a_reader_sees_of_an_object_is_decided_once(void **state)
{
	size_t asked = 0;
	char text[1000];

	(void)state;
	put_host("web1", "up");
	put_host("web2", "up");
	commit();
	struct snapshot_reader reader = { .snapshot = take(ALL_HOSTS, ""), .adapt = prune_later, .context = &asked };
	json_t *json = read_json(&reader, text, 0, 1);
	assert_int_equal(asked, 2);
	assert_string_equal(text_at(json, "web1", "status", NULL), "up");
	assert_true(json_is_null(json_object_get(json, "web2")));
	json_decref(json);
	snapshot_reader_finish(&reader);
}

static void a_reader_that_stops_early_leaves_nothing_behind(void **state)
{
	size_t pruned_count = 0;
	char text[3];

	(void)state;
	put_host("web1", "up");
	commit();
	struct snapshot_reader reader = {
		.snapshot = take(ALL_HOSTS, ""), .adapt = prune_to_null, .context = &pruned_count
	};
	assert_int_equal(snapshot_read(&reader, text, sizeof(text)), sizeof(text));
	snapshot_reader_finish(&reader);
}

static void without_objects_the_list_is_empty(void **state)
{
	(void)state;
	struct snapshot *snapshot = take(ALL_HOSTS, "");
	assert_int_equal(snapshot_count(snapshot), 0);
	snapshot_release(snapshot);
}

static void lists_that_are_not_read_to_the_end_are_bounded(void **state)
{
	const struct snapshot_source source = { .relation = ALL_HOSTS, .name = "" };
	struct snapshot *taken[1000];
	size_t count = 0;
	struct error err;

	(void)state;
	for (;; count++) {
		assert_true(count < 1000);
		put_host("web1", count % 2 ? "up" : "down");
		commit();
		taken[count] = snapshot_take(snapshots, &source, &err);
		if (!taken[count])
			break;
	}
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_true(count > 10);
	for (size_t i = 0; i < count; i++)
		snapshot_release(taken[i]);
	snapshot_release(take(ALL_HOSTS, ""));
}

#define LISTING_TEST(function) cmocka_unit_test_setup_teardown(function, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LISTING_TEST(hosts_stand_by_name_without_it),
		LISTING_TEST(services_of_one_name_stand_together_however_they_came),
		LISTING_TEST(watches_are_an_array),
		LISTING_TEST(a_list_may_be_read_byte_by_byte),
		LISTING_TEST(a_list_is_true_at_the_revision_at_which_it_was_taken),
		LISTING_TEST(what_an_object_shows_of_others_is_true_at_that_revision_too),
		LISTING_TEST(a_tag_shows_what_hangs_on_it_as_it_is_now),
		LISTING_TEST(tags_and_links_are_listed_as_they_look),
		LISTING_TEST(a_list_of_tags_or_links_shows_each_with_its_members),
		LISTING_TEST(a_collection_of_a_link_is_what_the_link_shows_there),
		LISTING_TEST(a_tag_is_true_at_the_revision_at_which_it_was_taken),
		LISTING_TEST(each_of_several_lists_is_true_though_an_object_stands_in_all_of_them),
		LISTING_TEST(readers_of_the_same_tag_share_it_until_a_member_changes),
		LISTING_TEST(a_tag_does_not_show_the_kinds_of_which_nothing_may_be_shown),
		LISTING_TEST(what_a_reader_sees_of_a_tag_itself_is_the_tags),
		LISTING_TEST(readers_of_the_same_list_share_it),
		LISTING_TEST(a_list_may_hide_some_without_hiding_them_from_others),
		LISTING_TEST(a_reader_may_see_less_of_each_object_than_others),
		LISTING_TEST(what_a_reader_sees_of_an_object_is_decided_once),
		LISTING_TEST(a_reader_that_stops_early_leaves_nothing_behind),
		LISTING_TEST(without_objects_the_list_is_empty),
		LISTING_TEST(lists_that_are_not_read_to_the_end_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
