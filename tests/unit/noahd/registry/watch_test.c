/* A PUT of a watch that exists: other terms, another registrant, and what stays as it is (doc/protocol.md,
   "Watches"). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "noahd/registry/pattern.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"

#include <stdlib.h>

static struct error err;
static struct token_table *tokens;
static struct registry_entry *entry;
static enum change_action action;

static int up(void **state)
{
	tokens = token_table_create();
	return registry_up(state);
}

static int down(void **state)
{
	token_table_destroy(tokens);
	return registry_down(state);
}

/* By the token of that name; when and owner: JSON texts, NULL: absent. */
static bool put(const char *registrant, const char *when, const char *owner)
{
	json_t *body = json_object();
	struct watch_wish wish = { .pattern = "//noah/hosts/web1", .endpoint = "http://h/", .tokens = tokens };

	if (when)
		json_object_set_new(body, "when", json_loads(when, JSON_DECODE_ANY, NULL));
	if (owner)
		json_object_set_new(body, "owner", json_loads(owner, JSON_DECODE_ANY, NULL));
	wish.when = json_object_get(body, "when");
	wish.owner = json_object_get(body, "owner");
	plan_write(plan, &(struct plan_origin){ .writer = registrant });
	bool done = watch_put(plan, &wish, &entry, &action, &err);
	json_decref(body);
	return done;
}

static void assert_exists(bool done)
{
	assert_false(done);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_string_equal(err.text, "Record already exists");
}

/* What the watch shows of its terms; "-": nothing. */
static void assert_terms(const char *registrant, const char *when, const char *owner)
{
	json_t *view = watch_kind.view(registry, entry, VERSION_PLANNED);
	const char *const keys[] = { "registrant", "when", "owner" }, *const expected[] = { registrant, when, owner };

	for (size_t i = 0; i < 3; i++) {
		const char *text = json_string_value(json_object_get(view, keys[i]));
		assert_string_equal(text ? text : "-", expected[i]);
	}
	json_decref(view);
}

static void set_token(const char *name, const char *rules)
{
	const struct token_terms terms = { .rules = json_loads(rules, 0, NULL) };
	struct token_result made;
	char *path = token_path(name);

	assert_true(token_put(plan, name, &terms, &made, &err));
	token_table_set(tokens, path, registry_record(made.entry, VERSION_PLANNED));
	json_decref((json_t *)terms.rules);
	free(path);
}

static void the_same_options_again_are_a_conflict(void **state)
{
	(void)state;
	assert_true(put(NULL, NULL, NULL));
	assert_int_equal(action, CHANGE_CREATE);
	assert_terms("-", "-", "-");
	assert_exists(put(NULL, NULL, NULL));
	assert_exists(put(NULL, "\"written\"", NULL)); /* as it is without the key */
	assert_exists(put(NULL, "null", "null"));
}

static void other_options_update_it_and_an_absent_one_is_kept(void **state)
{
	(void)state;
	assert_true(put(NULL, NULL, NULL));
	char id[UUID_TEXT_BYTES];
	memcpy(id, registry_record(entry, VERSION_PLANNED)->id, sizeof(id));
	assert_true(put(NULL, "\"changed\"", NULL));
	assert_int_equal(action, CHANGE_UPDATE);
	assert_terms("-", "changed", "-");
	assert_true(put(NULL, NULL, "\"web1\""));
	assert_terms("-", "changed", "web1");
	assert_exists(put(NULL, "\"changed\"", "\"web1\""));
	assert_true(put(NULL, "null", NULL));
	assert_terms("-", "-", "web1");
	assert_string_equal(registry_record(entry, VERSION_PLANNED)->id, id);
	assert_string_equal(planned(plan_changes(plan)->count - 1)->pubcategory, planned(0)->pubcategory);
	assert_true(planned(plan_changes(plan)->count - 1)->changed);
}

static void another_registrant_adopts_it_only_if_the_first_may_not_read_any_of_it(void **state)
{
	(void)state;
	set_token("first", "[{\"path\":\"/hosts\",\"allow\":[\"read\"]}]");
	assert_true(put("first", "\"changed\"", NULL));
	assert_exists(put("second", NULL, NULL));
	assert_exists(put("second", NULL, "\"web1\""));
	assert_exists(put(NULL, NULL, NULL));
	set_token("first", "[{\"path\":\"/hosts/web1/services\",\"allow\":[\"read\"]}]"); /* a part of it */
	assert_exists(put("second", NULL, NULL));
	set_token("first", "[{\"path\":\"/hosts/web2\",\"allow\":[\"read\"]}]");
	assert_true(put("second", NULL, NULL));
	assert_int_equal(action, CHANGE_UPDATE);
	assert_terms("second", "changed", "-");
}

static void a_watch_older_than_the_first_token_can_be_adopted(void **state)
{
	(void)state;
	assert_true(put(NULL, NULL, NULL));
	set_token("operator", "[{\"path\":\"/\",\"allow\":[\"read\"]}]");
	assert_true(put("operator", NULL, NULL));
	assert_terms("operator", "-", "-");
	assert_exists(put(NULL, NULL, NULL));
}

static void while_there_is_no_token_any_registrant_has_its_right(void **state)
{
	(void)state;
	assert_true(put("gone", NULL, NULL));
	assert_exists(put(NULL, "\"changed\"", NULL));
}

static bool may_read_some(const char *pattern, const char *rules)
{
	json_t *parsed = json_loads(rules, 0, NULL);
	struct access_rules *access = access_rules_parse(parsed, &err);
	char *decoded = pattern_decode(pattern);
	bool may = access_allows_some(access, ACCESS_READ, decoded);

	free(decoded);
	free(access);
	json_decref(parsed);
	return may;
}

static void a_star_stands_for_what_rules_name(void **state)
{
	(void)state;
	const char *const http = "[{\"path\":\"/services/http\",\"allow\":[\"read\"]}]";
	const char *const not_h1 = "[{\"path\":\"/services/http\",\"allow\":[\"read\"]},"
	                           "{\"path\":\"/services/http/h1\",\"allow\":[]}]";
	assert_true(may_read_some("//noah/services/*/h1", http));
	assert_true(may_read_some("//noah/*/http", http));
	assert_false(may_read_some("//noah/services/*/h1", not_h1));
	assert_true(may_read_some("//noah/services/*/h2", not_h1));
	assert_false(may_read_some("//noah/hosts/*/h1", http));
	assert_true(may_read_some("//noah/*", http));
}

#define WATCH_TEST(function) cmocka_unit_test_setup_teardown(function, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST(the_same_options_again_are_a_conflict),
		WATCH_TEST(other_options_update_it_and_an_absent_one_is_kept),
		WATCH_TEST(another_registrant_adopts_it_only_if_the_first_may_not_read_any_of_it),
		WATCH_TEST(a_watch_older_than_the_first_token_can_be_adopted),
		WATCH_TEST(while_there_is_no_token_any_registrant_has_its_right),
		WATCH_TEST(a_star_stands_for_what_rules_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
