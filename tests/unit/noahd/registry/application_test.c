/* The rules of applications and of the configurations they show (doc/protocol.md). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"

#include <stdio.h>
#include <stdlib.h>

static struct error err;
static char id[UUID_TEXT_BYTES];

static void put_application(const char *name)
{
	enum change_action action;
	application_put(plan, name, &action);
}

static void put_configuration(const char *name, const char *body)
{
	enum change_action action;
	struct registry_entry *entry = configuration_put(plan, name, "string", body, &action);
	plan_announce(plan, entry, action);
}

static void attached(const char *application, const char *configuration)
{
	struct application_attach_result result;
	assert_true(application_attach(plan, application, configuration, "string", "body", &result, &err));
}

static void a_configuration_is_announced_before_the_application_it_is_put_under(void **state)
{
	(void)state;
	attached("shop", "db");
	assert_announced((const char *[]){ "+ //noah/configurations/db", "+ //noah/applications/shop", NULL });
	assert_string_equal(planned(0)->aliases, "/applications/shop/configurations/db\n");
	assert_body_member(0, "body", "\"body\"");
	assert_body_member(0, "path", "\"/configurations/db\"");
	assert_body_member(1, "configurations", "{\"db\":{\"body\":\"body\",\"format\":\"string\"}}");
	commit();
	attached("blog", "db");
	assert_announced((const char *[]){ "~ //noah/configurations/db", "+ //noah/applications/blog", NULL });
	assert_string_equal(planned(0)->aliases,
	    "/applications/shop/configurations/db\n/applications/blog/configurations/db\n");
}

static void putting_an_application_again_keeps_what_it_shows(void **state)
{
	(void)state;
	attached("shop", "db");
	commit();
	put_application("shop");
	assert_announced((const char *[]){ "~ //noah/applications/shop", NULL });
	assert_body_member(0, "configurations", "{\"db\":{\"body\":\"body\",\"format\":\"string\"}}");
}

static void untying_announces_the_application_alone(void **state)
{
	(void)state;
	attached("shop", "db");
	commit();
	assert_true(application_detach(plan, "shop", "db", id, &err));
	assert_announced((const char *[]){ "~ //noah/applications/shop", NULL });
	assert_body_member(0, "configurations", "{}");
	assert_false(application_detach(plan, "shop", "db", id, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_false(application_detach(plan, "none", "db", id, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	put_configuration("db", "2");
	assert_string_equal(planned(1)->aliases, "");
}

static void deleting_a_configuration_announces_the_applications_that_showed_it(void **state)
{
	(void)state;
	json_t *applications;
	attached("shop", "db");
	attached("blog", "db");
	attached("blog", "cache");
	commit();
	assert_true(configuration_delete(plan, "db", id, &applications, &err));
	assert_announced((const char *[]){
	    "- //noah/configurations/db", "~ //noah/applications/shop", "~ //noah/applications/blog", NULL });
	assert_string_equal(planned(0)->aliases,
	    "/applications/shop/configurations/db\n/applications/blog/configurations/db\n");
	assert_body_member(0, "body", "\"body\"");
	assert_body_member(2, "configurations", "{\"cache\":{\"body\":\"body\",\"format\":\"string\"}}");
	assert_int_equal(json_array_size(applications), 2);
	json_decref(applications);
	assert_false(configuration_delete(plan, "db", id, &applications, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	commit();
	put_configuration("db", "new");
	put_application("shop");
	assert_body_member(1, "configurations", "{}");
}

static void a_deleted_application_leaves_its_configurations(void **state)
{
	(void)state;
	attached("shop", "db");
	commit();
	assert_true(application_delete(plan, "shop", id, &err));
	assert_announced((const char *[]){ "- //noah/applications/shop", NULL });
	assert_body_member(0, "configurations", "{\"db\":{\"body\":\"body\",\"format\":\"string\"}}");
	commit();
	assert_non_null(registry_find(registry, "/configurations/db", VERSION_APPLIED));
	assert_null(registry_members(registry, APPLICATIONS_OF_CONFIGURATION, "db", VERSION_APPLIED));
}

static uint64_t view_of(const char *path, enum version version)
{
	const struct registry_entry *entry = registry_find(registry, path, version);
	assert_non_null(entry);
	return kind_fingerprint(registry, entry, version, NULL, NULL);
}

static bool is_not_db(void *context, const struct registry_entry *entry)
{
	(void)context;
	return strcmp(entry->path, "/configurations/db") != 0;
}

static uint64_t view_without_db(void)
{
	const struct registry_entry *entry = registry_find(registry, "/applications/shop", VERSION_APPLIED);
	return kind_fingerprint(registry, entry, VERSION_APPLIED, is_not_db, NULL);
}

static void an_application_looks_different_when_a_configuration_changes(void **state)
{
	(void)state;
	attached("shop", "db");
	put_configuration("other", "1");
	commit();
	const uint64_t before = view_of("/applications/shop", VERSION_APPLIED);
	put_configuration("db", "2");
	const uint64_t after = view_of("/applications/shop", VERSION_PLANNED);
	assert_int_equal(view_of("/applications/shop", VERSION_APPLIED), before);
	assert_int_not_equal(before, after);
	assert_int_equal(registry_members_revision(registry, ALL_APPLICATIONS, "", VERSION_APPLIED), 2);
	commit();
	assert_int_equal(view_of("/applications/shop", VERSION_APPLIED), after);
	assert_int_equal(registry_members_revision(registry, ALL_APPLICATIONS, "", VERSION_APPLIED), 4);
}

static void what_may_not_be_shown_does_not_move_the_number_of_the_rest(void **state)
{
	(void)state;
	attached("shop", "db");
	commit();
	assert_int_equal(view_without_db(), 2); /* its own revision: it shows nothing */
	put_configuration("db", "2");
	commit();
	assert_int_equal(view_without_db(), 2);
	attached("shop", "web");
	commit();
	const uint64_t before = view_without_db();
	assert_int_not_equal(before, registry_revision(registry));
	put_configuration("db", "3");
	commit();
	assert_int_equal(view_without_db(), before);
	assert_int_not_equal(view_of("/applications/shop", VERSION_APPLIED), before);
	put_configuration("web", "2");
	commit();
	assert_int_not_equal(view_without_db(), before);
}

static void an_application_has_at_most_so_many_configurations(void **state)
{
	struct application_attach_result result;
	char path[] = "/applications/shop", names[8 * APPLICATION_CONFIGURATIONS_MAX] = "";
	size_t size = 0;

	(void)state;
	for (int i = 0; i < APPLICATION_CONFIGURATIONS_MAX; i++)
		size += (size_t)snprintf(names + size, sizeof(names) - size, "%d\n", i);
	const struct record full = {
		.kind = OBJECT_APPLICATION, .path = path, .value = names, .value_size = size, .has_value = true
	};
	registry_restore(registry, &full);
	assert_false(application_attach(plan, "shop", "more", "string", "1", &result, &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	attached("shop", "7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(a_configuration_is_announced_before_the_application_it_is_put_under),
		REGISTRY_TEST(putting_an_application_again_keeps_what_it_shows),
		REGISTRY_TEST(untying_announces_the_application_alone),
		REGISTRY_TEST(deleting_a_configuration_announces_the_applications_that_showed_it),
		REGISTRY_TEST(a_deleted_application_leaves_its_configurations),
		REGISTRY_TEST(an_application_looks_different_when_a_configuration_changes),
		REGISTRY_TEST(what_may_not_be_shown_does_not_move_the_number_of_the_rest),
		REGISTRY_TEST(an_application_has_at_most_so_many_configurations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
