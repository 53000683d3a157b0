/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/aliases.h"
#include "noahd/registry/link.h"
#include "noahd/registry/record_line.h"
#include "noahd/registry/record_sound.h"

#include <stdlib.h>

/* One object of each kind: a kind without a sample fails the walk over the table. */
static const struct sample {
	enum object_kind number;
	const char *name, *path, *location, *alias;
	const char *value; /* NULL: it has none */
	const char *bad_name;
} samples[] = {
	{ OBJECT_HOST, "web1", "/hosts/web1", "/hosts/web1", "", "up", "a/b" },
	{ OBJECT_SERVICE, "http/web1", "/services/http/web1", "/services/http/web1", "/hosts/web1/services/http\n", "up",
	    "http" },
	{ OBJECT_APPLICATION, "my shop", "/applications/my shop", "/applications/my%20shop", "", "other\n", "a/b" },
	{ OBJECT_CONFIGURATION, "db", "/configurations/db", "/configurations/db", "", "json\0{}", "" },
	{ OBJECT_EPHEMERAL, "/chef/notify", "/ephemerals/chef/notify", "/ephemerals/chef/notify", "", "any", "" },
	{ OBJECT_TAG, "blue", "/tags/blue", "/tags/blue", "", NULL, "a/b" },
	{ OBJECT_LINK, "/myorg", "/myorg", "/myorg", "/links/myorg\n", NULL, "/a/b" },
	{ OBJECT_WATCH, "Ly9ub2FoL3RhZ3N8aHR0cDovL2gvby8/eA==", "/watches/Ly9ub2FoL3RhZ3N8aHR0cDovL2gvby8/eA==",
	    "/watches/Ly9ub2FoL3RhZ3N8aHR0cDovL2gvby8%2FeA==", "/watchers/Ly9ub2FoL3RhZ3N8aHR0cDovL2gvby8/eA==\n",
	    "{\"pattern\":\"//noah/tags\",\"endpoint\":\"http://h/o/?x\"}", "" },
	{ OBJECT_TOKEN, "anonymous", "/tokens/anonymous", "/tokens/anonymous", "",
	    "{\"rules\":[],\"expires_ms\":0,\"secrets\":[]}", "a/b" },
};

static const struct sample *sample_of(const struct kind *kind)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		if (samples[i].number == kind->number)
			return &samples[i];
	fail_msg("there is no sample of a %s", kind->name);
	return NULL;
}

/* Texts of two parts have a NUL between them. */
static struct record record_of(const struct sample *sample)
{
	size_t size = sample->value ? strlen(sample->value) : 0;

	if (sample->number == OBJECT_CONFIGURATION)
		size += 1 + strlen(sample->value + size + 1);
	return (struct record){ .kind = sample->number,
		.path = (char *)sample->path,
		.id = "0190b6c6-4c5f-4d7e-9a53-0c6f6f3c2b1d",
		.created_ms = 1,
		.updated_ms = 2,
		.created_revision = 3,
		.revision = 4,
		.value = (char *)sample->value,
		.value_size = size,
		.has_value = sample->value,
		.lifetime_ms = kind_of(sample->number)->expire ? 5000 : 0 };
}

static void every_kind_stands_in_the_table_once_and_is_found_by_number_and_collection(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++, count++) {
		const char *collection = (*kind)->collection;
		assert_true(kind_is_known((*kind)->number));
		assert_ptr_equal(kind_of((*kind)->number), *kind);
		assert_ptr_equal(kind_of_collection(collection, strlen(collection)), *kind);
		assert_int_equal((*kind)->name_at, strlen((*kind)->prefix));
		for (const struct kind *const *other = kind_table; other < kind; other++)
			assert_string_not_equal((*other)->name, (*kind)->name);
	}
	for (const struct kind *const *kind = kind_listed; *kind; kind++, count--)
		assert_false(kind_grants_rights((*kind)->number));
	for (const struct kind *const *kind = kind_granting; *kind; kind++, count--)
		assert_true(kind_grants_rights((*kind)->number));
	assert_int_equal(count, 0);
	assert_false(kind_is_known(0));
	assert_false(kind_is_known((enum object_kind)1000));
	assert_null(kind_of_collection("host", 4));
}

static void every_kind_has_a_sample_here(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++, count++)
		assert_non_null(sample_of(*kind));
	assert_int_equal(count, sizeof(samples) / sizeof(*samples));
}

static void no_link_can_be_called_like_a_collection(void **state)
{
	struct error err;

	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++) {
		char *name = memory_join("/", (*kind)->collection);
		assert_false(link_check_name(name, &err));
		assert_string_equal(err.text, "Path is reserved");
		free(name);
	}
}

static void the_path_of_an_object_tells_its_name_its_location_and_its_aliases(void **state)
{
	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++) {
		const struct sample *sample = sample_of(*kind);
		const struct record record = record_of(sample);
		char *path = memory_join((*kind)->prefix, sample->name), *location = kind_location(&record);
		char *aliases = aliases_of(&record, NULL);
		assert_string_equal(path, sample->path);
		assert_string_equal(kind_path_name(&record), sample->name);
		assert_string_equal(location, sample->location);
		assert_string_equal(aliases, sample->alias);
		free(path);
		free(location);
		free(aliases);
	}
}

static void a_record_is_sound_with_a_name_a_value_and_a_lifetime_of_its_kind_only(void **state)
{
	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++) {
		const struct sample *sample = sample_of(*kind);
		struct record record = record_of(sample);
		char *bad_path = memory_join((*kind)->prefix, sample->bad_name);
		assert_true(record_is_sound(&record));
		record.lifetime_ms = (*kind)->expire ? LIFETIME_MS_MAX + 1 : 1;
		assert_false(record_is_sound(&record));
		record = record_of(sample);
		record.path = bad_path;
		assert_false(record_is_sound(&record));
		record = record_of(sample);
		record.has_value = !record.has_value;
		if (sample->number != OBJECT_APPLICATION && sample->number != OBJECT_EPHEMERAL) /* they may have none */
			assert_false(record_is_sound(&record));
		free(bad_path);
	}
}

static void assert_same(const struct record *a, const struct record *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->path, b->path);
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->created_revision, b->created_revision);
	assert_int_equal(a->revision, b->revision);
	assert_int_equal(a->lifetime_ms, b->lifetime_ms);
	assert_int_equal(a->has_value, b->has_value);
	assert_int_equal(a->value_size, b->value_size);
	assert_memory_equal(a->value ? a->value : "", b->value ? b->value : "", a->value_size);
}

/* As a dump has it, and as a start loads it. */
static void an_object_of_every_kind_survives_a_dump_and_a_load(void **state)
{
	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++) {
		const struct record record = record_of(sample_of(*kind));
		struct record parsed;
		char *text = record_line(&record);
		json_t *line = json_loads(text, JSON_ALLOW_NUL, NULL);

		assert_string_equal(json_string_value(json_object_get(line, "kind")), (*kind)->name);
		assert_true(record_line_parse(line, &parsed, NULL));
		assert_same(&parsed, &record);
		registry_restore(registry, &parsed);
		const struct registry_entry *entry = registry_find(registry, record.path, VERSION_APPLIED);
		assert_non_null(entry);
		assert_same(registry_record(entry, VERSION_APPLIED), &record);
		assert_ptr_equal(registry_members(registry, (*kind)->collection, "", VERSION_APPLIED)->entry, entry);
		json_t *view = (*kind)->view(registry, entry, VERSION_APPLIED);
		assert_string_equal(json_string_value(json_object_get(view, "id")), record.id);
		json_decref(view);
		json_decref(line);
		record_finish(&parsed);
		free(text);
	}
}

static void a_change_of_every_kind_leaves_a_sound_record_at_its_path_and_aliases(void **state)
{
	(void)state;
	for (const struct kind *const *kind = kind_table; *kind; kind++) {
		const struct sample *sample = sample_of(*kind);
		const struct record record = record_of(sample);
		const struct plan_value value = { record.value, record.value_size };
		enum change_action action;
		struct registry_entry *entry =
		    plan_put(plan, sample->number, sample->path, record.has_value ? &value : NULL, &action);
		plan_announce(plan, entry, action);

		const struct change *change = planned(0);
		assert_true(record_is_sound(&change->record));
		assert_string_equal(change->record.path, sample->path);
		assert_string_equal(change->aliases, sample->alias);
		assert_body_member(0, "action", "\"create\"");
		assert_int_equal(plan_changes_rights(plan), kind_grants_rights(sample->number));
		commit();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_stands_in_the_table_once_and_is_found_by_number_and_collection),
		cmocka_unit_test(every_kind_has_a_sample_here),
		cmocka_unit_test(no_link_can_be_called_like_a_collection),
		cmocka_unit_test(the_path_of_an_object_tells_its_name_its_location_and_its_aliases),
		cmocka_unit_test(a_record_is_sound_with_a_name_a_value_and_a_lifetime_of_its_kind_only),
		REGISTRY_TEST(an_object_of_every_kind_survives_a_dump_and_a_load),
		REGISTRY_TEST(a_change_of_every_kind_leaves_a_sound_record_at_its_path_and_aliases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
