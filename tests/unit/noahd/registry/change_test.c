/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/change.h"
#include "noahd/registry/record_sound.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 20000 };

static void actions_have_the_names_of_the_protocol(void **state)
{
	(void)state;
	assert_string_equal(change_action_name(CHANGE_CREATE), "create");
	assert_string_equal(change_action_name(CHANGE_UPDATE), "update");
	assert_string_equal(change_action_name(CHANGE_DELETE), "delete");
}

static struct change *filled_change(void)
{
	return change_create(&(struct change){
	    .pubcategory = "//noah/hosts/h",
	    .aliases = "",
	    .causes = "",
	    .body = "{}",
	    .body_size = 2,
	    .record = { .path = (char *)"/hosts/h" },
	});
}

static void a_change_keeps_copies_of_what_its_shape_has(void **state)
{
	char pubcategory[] = "//noah/hosts/h", aliases[] = "/tags/t/hosts/h\n", causes[] = "epoch-7\n",
	     by[] = "{\"token\":\"t\"}", body[] = "{}", path[] = "/hosts/h", value[] = "a\0b", tags[] = "t\n",
	     links[] = "/l\n";
	const struct change shape = {
		.revision = 8,
		.pubcategory = pubcategory,
		.aliases = aliases,
		.causes = causes,
		.by = by,
		.changed = true,
		.body = body,
		.body_size = 2,
		.record = { .path = path, .value = value, .value_size = 3, .has_value = true, .tags = tags, .links = links },
	};
	struct change *change = change_create(&shape);
	char *const texts[] = { pubcategory, aliases, causes, by, body, path, value, tags, links };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = '?';
	assert_int_equal(change->revision, 8);
	assert_string_equal(change->pubcategory, "//noah/hosts/h");
	assert_string_equal(change->aliases, "/tags/t/hosts/h\n");
	assert_string_equal(change->causes, "epoch-7\n");
	assert_string_equal(change->by, "{\"token\":\"t\"}");
	assert_true(change->changed);
	assert_string_equal(change->body, "{}");
	assert_string_equal(change->record.path, "/hosts/h");
	assert_memory_equal(change->record.value, "a\0b", sizeof("a\0b"));
	assert_string_equal(change->record.tags, "t\n");
	assert_string_equal(change->record.links, "/l\n");
	change_release(change);
}

static void *hold_and_release(void *context)
{
	for (int i = 0; i < ROUNDS; i++)
		change_release(change_reference(context));
	change_release(context);
	return NULL;
}

/* Under the sanitizers this fails when a count is lost. */
static void a_change_lives_until_its_last_reference_is_released(void **state)
{
	struct change *change = filled_change();
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hold_and_release, change_reference(change)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(change->references, 1);
	assert_string_equal(change->body, "{}");
	change_release(change);
	change_release(NULL);
}

static void a_list_references_its_changes_and_releases_them(void **state)
{
	struct change_list list = { 0 };
	struct change *change = filled_change();

	(void)state;
	for (int i = 0; i < 100; i++)
		change_list_append(&list, change_reference(change));
	assert_int_equal(list.count, 100);
	assert_int_equal(change->references, 101);
	change_list_finish(&list);
	assert_int_equal(change->references, 1);
	assert_null(list.changes);
	assert_int_equal(list.count, 0);
	change_release(change);
}

static void a_changes_bytes_grow_with_what_it_holds(void **state)
{
	struct change *change = filled_change();
	struct change shape = *change;

	(void)state;
	shape.record.value = (char *)"12345";
	shape.record.value_size = 5;
	shape.record.has_value = true;
	struct change *larger = change_create(&shape);
	assert_true(change->bytes > sizeof(*change));
	assert_int_equal(larger->bytes, change->bytes + sizeof("12345"));
	change_release(change);
	change_release(larger);
}

static void a_record_is_sound_where_the_registry_can_have_made_it(void **state)
{
	static const struct {
		int kind;
		const char *path, *value;
		bool sound;
	} cases[] = {
		{ OBJECT_HOST, "/hosts/web1", "up", true },
		{ OBJECT_HOST, "/hosts/web1", NULL, false },
		{ OBJECT_HOST, "/hosts/web1", "\xff", false },
		{ OBJECT_HOST, "/hosts/", "up", false },
		{ OBJECT_HOST, "/hosts/a/b", "up", false },
		{ OBJECT_HOST, "/hosts/\xff", "up", false },
		{ OBJECT_HOST, "nopath", "up", false },
		{ OBJECT_SERVICE, "/services/http/web1", "up", true },
		{ OBJECT_SERVICE, "/services/http", "up", false },
		{ OBJECT_SERVICE, "/services//web1", "up", false },
		{ OBJECT_SERVICE, "/services/http/", "up", false },
		{ OBJECT_SERVICE, "/services/http/web1/x", "up", false },
		{ OBJECT_EPHEMERAL, "/ephemerals/a/b", "\xff", true },
		{ OBJECT_EPHEMERAL, "/ephemerals/a", NULL, true },
		{ OBJECT_EPHEMERAL, "/ephemerals", "", false },
		{ OBJECT_EPHEMERAL, "/hosts/web1", "", false },
		{ OBJECT_WATCH, "/watches/a/b==", "{\"pattern\":\"//noah\",\"endpoint\":\"http://h/\"}", true },
		{ OBJECT_WATCH, "/watches/a", "{\"pattern\":\"//noah\"}", false },
		{ OBJECT_WATCH, "/watches/a", "{\"pattern\":7,\"endpoint\":\"http://h/\"}", false },
		{ OBJECT_WATCH, "/watches/a", "[]", false },
		{ OBJECT_WATCH, "/watches/a", "", false },
		{ OBJECT_WATCH, "/watches/a", NULL, false },
		{ OBJECT_APPLICATION, "/applications/shop", NULL, true },
		{ OBJECT_APPLICATION, "/applications/shop", "db\n", true },
		{ OBJECT_APPLICATION, "/applications/shop", "db", false },
		{ OBJECT_APPLICATION, "/applications/shop", "", false },
		{ OBJECT_CONFIGURATION, "/configurations/db", "no body", false },
		{ OBJECT_CONFIGURATION, "/configurations/db", NULL, false },
		{ OBJECT_TAG, "/tags/a", NULL, true },
		{ OBJECT_TAG, "/tags/a", "value", false },
		{ OBJECT_LINK, "/myorg", NULL, true },
		{ OBJECT_LINK, "/my/org", NULL, false },
		{ OBJECT_LINK, "/", NULL, false },
		{ 0, "/hosts/web1", "up", false },
		{ 5, "/hosts/web1", "up", false },
		{ -1, "/hosts/web1", "up", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *value = cases[i].value;
		const struct record record = { .kind = (enum object_kind)cases[i].kind,
			.path = (char *)cases[i].path,
			.value = (char *)value,
			.value_size = value ? strlen(value) : 0,
			.has_value = value };
		if (record_is_sound(&record) != cases[i].sound)
			fail_msg("%s %s", cases[i].path, value);
	}
}

/* What is added to a clock must not pass its end, and an object without a lifetime cannot expire. */
static void a_lifetime_is_sound_where_there_can_be_one_and_up_to_a_year(void **state)
{
	static const struct {
		int kind;
		const char *path, *value;
		int64_t lifetime_ms;
		bool sound;
	} cases[] = {
		{ OBJECT_HOST, "/hosts/web1", "up", 31536000000, true },
		{ OBJECT_SERVICE, "/services/http/web1", "up", 50, true },
		{ OBJECT_EPHEMERAL, "/ephemerals/a", "", 31536000000, true },
		{ OBJECT_EPHEMERAL, "/ephemerals/a", "", 31536000001, false },
		{ OBJECT_EPHEMERAL, "/ephemerals/a", "", INT64_MAX, false },
		{ OBJECT_EPHEMERAL, "/ephemerals/a", "", -1, false },
		{ OBJECT_HOST, "/hosts/web1", "up", INT64_MIN, false },
		{ OBJECT_TAG, "/tags/a", NULL, 1000, false },
		{ OBJECT_APPLICATION, "/applications/shop", NULL, 1000, false },
		{ OBJECT_CONFIGURATION, "/configurations/db", NULL, 1000, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct record record = { .kind = (enum object_kind)cases[i].kind,
			.path = (char *)cases[i].path,
			.value = (char *)cases[i].value,
			.value_size = cases[i].value ? strlen(cases[i].value) : 0,
			.has_value = cases[i].value,
			.lifetime_ms = cases[i].lifetime_ms };
		if (record_is_sound(&record) != cases[i].sound)
			fail_msg("%s %lld", cases[i].path, (long long)cases[i].lifetime_ms);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_have_the_names_of_the_protocol),
		cmocka_unit_test(a_change_lives_until_its_last_reference_is_released),
		cmocka_unit_test(a_list_references_its_changes_and_releases_them),
		cmocka_unit_test(a_change_keeps_copies_of_what_its_shape_has),
		cmocka_unit_test(a_changes_bytes_grow_with_what_it_holds),
		cmocka_unit_test(a_record_is_sound_where_the_registry_can_have_made_it),
		cmocka_unit_test(a_lifetime_is_sound_where_there_can_be_one_and_up_to_a_year),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
