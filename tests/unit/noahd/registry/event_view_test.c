/* Events of large objects go without the objects' contents (doc/protocol.md). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "common/memory.h"
#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/event_view.h"
#include "noahd/registry/host.h"
#include "noahd/registry/service.h"

#include <stdio.h>
#include <stdlib.h>

static struct error err;
static char id[UUID_TEXT_BYTES];

static char *text_of(char character, size_t size)
{
	char *text = memory_allocate(size + 1);

	memset(text, character, size);
	text[size] = '\0';
	return text;
}

static void put_configuration(size_t body_size)
{
	enum change_action action;
	char *body = text_of('x', body_size);

	struct registry_entry *entry = configuration_put(plan, "c", "string", body, &action);
	plan_announce(plan, entry, action);
	free(body);
}

static void attached(const char *configuration, char character, size_t size)
{
	struct application_attach_result result;
	char *body = text_of(character, size);

	assert_true(application_attach(plan, "shop", configuration, "string", body, &result, &err));
	free(body);
}

static const struct change *last_planned(void)
{
	return planned(plan_changes(plan)->count - 1);
}

/* Without its contents: these members and no others. */
static void assert_truncated(const struct change *change)
{
	static const char *const kept[] = { "id", "name", "path", "created_at", "updated_at", "action", "pubcategory",
		"revision", "location", "changed", "truncated" };
	json_t *body = json_loads(change->body, 0, NULL);

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (!json_object_get(body, kept[i]))
			fail_msg("%s is not in %s", kept[i], change->body);
	if (json_object_get(body, "tags") || json_object_get(body, "body") || json_object_get(body, "configurations") ||
	    json_object_get(body, "services"))
		fail_msg("contents are in %s", change->body);
	assert_true(json_is_true(json_object_get(body, "truncated")));
	json_decref(body);
}

static void an_event_of_48_kib_is_whole_and_a_larger_one_is_cut(void **state)
{
	(void)state;
	put_configuration(1000);
	const size_t rest = planned(0)->body_size - 1000;
	put_configuration(EVENT_BYTES_MAX - rest);
	assert_int_equal(planned(1)->body_size, EVENT_BYTES_MAX);
	assert_null(strstr(planned(1)->body, "truncated"));
	put_configuration(EVENT_BYTES_MAX - rest + 1);
	assert_truncated(planned(2));
}

static void the_record_keeps_what_the_event_omits(void **state)
{
	(void)state;
	put_configuration(60000);
	assert_truncated(planned(0));
	assert_int_equal(planned(0)->record.value_size, sizeof("string") + 60000);
}

static void an_application_that_shows_much_is_cut(void **state)
{
	(void)state;
	attached("a", 'x', 30000);
	assert_null(strstr(last_planned()->body, "truncated"));
	attached("b", 'x', 30000);
	assert_null(strstr(planned(2)->body, "truncated"));
	assert_truncated(last_planned());
}

/* What is large only as JSON is told in the same way as what is certain to be large before. */
static void an_application_that_is_large_in_json_only_is_cut_likewise(void **state)
{
	(void)state;
	attached("a", '"', 30000);
	assert_truncated(last_planned());
}

static void a_host_with_many_services_is_deleted_as_it_was_without_showing_them(void **state)
{
	enum { SERVICES = 300 };
	const struct service_state up = { .status = "up", .host_status = "up" };
	struct service_put_result result;
	size_t services;
	char name[201];

	(void)state;
	for (int i = 0; i < SERVICES; i++) {
		snprintf(name, sizeof(name), "%0200d", i);
		assert_true(service_put(plan, name, "web1", &up, &result, &err));
	}
	assert_truncated(planned(plan_changes(plan)->count - 2));
	commit();
	assert_true(host_delete(plan, "web1", id, &services, &err));
	assert_int_equal(plan_changes(plan)->count, SERVICES + 1);
	assert_null(strstr(planned(0)->body, "truncated"));
	assert_truncated(last_planned());
}

static void an_object_that_fitted_before_its_parts_were_deleted_is_shown_completely(void **state)
{
	const struct service_state up = { .status = "up", .host_status = "up" };
	struct service_put_result result;
	size_t services;

	(void)state;
	assert_true(service_put(plan, "http", "web1", &up, &result, &err));
	commit();
	assert_true(host_delete(plan, "web1", id, &services, &err));
	assert_body_member(1, "services", "{\"http\":\"up\"}");
}

static void put_ephemeral(const char *name, const void *bytes, size_t size, int64_t lifetime_ms)
{
	const struct plan_value value = { bytes, size };
	enum change_action action;

	(void)ephemeral_put(plan, name, bytes ? &value : NULL, lifetime_ms, &action);
}

/* Its deletion, told of a tree and at once. */
static void assert_told_alike(struct registry_entry *entry)
{
	plan_mark(plan);
	plan_delete(plan, entry, event_view(registry, entry));
	char *of_tree = memory_text(last_planned()->body);
	plan_undo(plan);
	plan_delete(plan, entry, NULL);
	assert_string_equal(last_planned()->body, of_tree);
	assert_int_equal(last_planned()->body_size, strlen(of_tree));
	plan_undo(plan);
	free(of_tree);
}

static void what_is_written_at_once_is_what_the_view_says(void **state)
{
	static const struct plan_origin origins[] = { { 0 }, { .by = "{\"name\":\"x\"}", .reason = "expired" } };
	static const char *const paths[] = { "/ephemerals/plain", "/ephemerals/none", "/ephemerals/quotes\"\\\n",
		"/ephemerals/bytes", "/ephemerals/brief", "/ephemerals/empty", "/ephemerals/tagged", "/hosts/web1" };

	(void)state;
	put_ephemeral("/plain", "a\0\xc3\xa9", 4, 0);
	put_ephemeral("/none", NULL, 0, 0);
	put_ephemeral("/quotes\"\\\n", "{\"a\":\"\\\n\"}", 10, 0);
	put_ephemeral("/bytes", "\xff\xfe", 2, 0);
	put_ephemeral("/brief", "x", 1, 1500);
	put_ephemeral("/empty", "", 0, 2000);
	put_ephemeral("/tagged", "x", 1, 0);
	const struct service_state up = { .status = "up", .host_status = "up" };
	struct service_put_result result;
	assert_true(service_put(plan, "http", "web1", &up, &result, &err));
	plan_tag(plan, registry_find(registry, "/ephemerals/tagged", VERSION_PLANNED), memory_text("a\nb\n"));
	commit();
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		plan_write(plan, &origins[i]);
		for (size_t j = 0; j < sizeof(paths) / sizeof(*paths); j++)
			assert_told_alike(registry_find(registry, paths[j], VERSION_PLANNED));
	}
}

static void a_large_ephemeral_is_shown_without_its_data(void **state)
{
	char *data = text_of('x', EVENT_BYTES_MAX);

	(void)state;
	put_ephemeral("/large", data, EVENT_BYTES_MAX, 0);
	plan_announce(plan, registry_find(registry, "/ephemerals/large", VERSION_PLANNED), CHANGE_CREATE);
	assert_non_null(strstr(last_planned()->body, "\"truncated\":true"));
	assert_null(strstr(last_planned()->body, "xx"));
	free(data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_of_48_kib_is_whole_and_a_larger_one_is_cut, registry_up,
		    registry_down),
		cmocka_unit_test_setup_teardown(the_record_keeps_what_the_event_omits, registry_up, registry_down),
		cmocka_unit_test_setup_teardown(an_application_that_shows_much_is_cut, registry_up, registry_down),
		cmocka_unit_test_setup_teardown(an_application_that_is_large_in_json_only_is_cut_likewise, registry_up,
		    registry_down),
		cmocka_unit_test_setup_teardown(a_host_with_many_services_is_deleted_as_it_was_without_showing_them,
		    registry_up, registry_down),
		cmocka_unit_test_setup_teardown(what_is_written_at_once_is_what_the_view_says, registry_up, registry_down),
		cmocka_unit_test_setup_teardown(a_large_ephemeral_is_shown_without_its_data, registry_up, registry_down),
		cmocka_unit_test_setup_teardown(an_object_that_fitted_before_its_parts_were_deleted_is_shown_completely,
		    registry_up, registry_down),
	};

	return cmocka_run_group_tests_name("event_view", tests, NULL, NULL);
}
