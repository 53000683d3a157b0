/* Tokens: their secrets, what is kept of them, and how they are put, rotated, deleted and found. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_fixture.h"

#include "noahd/registry/record_sound.h"
#include "noahd/registry/token.h"
#include "noahd/registry/token_table.h"
#include "noahd/registry/token_value.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const int64_t DAY_MS = 24 * 60 * 60 * 1000;
static struct error err;
static char id[UUID_TEXT_BYTES];
static struct token_table *table;

/* The fixture's registry, and a table that gets the committed changes. */
static int tokens_up(void **state)
{
	table = token_table_create();
	return registry_up(state);
}

static int tokens_down(void **state)
{
	token_table_destroy(table);
	return registry_down(state);
}

static void commit_to_table(void)
{
	for (size_t i = 0; i < plan_changes(plan)->count; i++) {
		const struct change *change = planned(i);
		token_table_set(table, change->record.path, change->action == CHANGE_DELETE ? NULL : &change->record);
	}
	commit();
}

static struct token_result put(const char *name, const char *rules, int64_t expires_s)
{
	const struct token_terms terms = { .rules = json_loads(rules, 0, NULL), .expires_in_ms = expires_s * 1000 };
	struct token_result result;

	assert_true(token_put(plan, name, &terms, &result, &err));
	assert_true(plan_changes_rights(plan));
	json_decref((json_t *)terms.rules);
	return result;
}

static const char *name_of_secret(const char *secret, int64_t now_ms)
{
	struct token *token = token_table_of_secret(table, secret, now_ms);
	return token ? token_name(token) : NULL;
}

static bool may_read(const char *name, int64_t now_ms)
{
	return access_allows(token_rules(token_table_named(table, name), now_ms), ACCESS_READ, "/hosts");
}

#define READ_ALL "[{\"path\":\"/\",\"allow\":[\"read\"]}]"

static void a_secret_is_noah_and_43_characters_and_known_by_the_hash_of_its_text(void **state)
{
	char text[TOKEN_SECRET_TEXT_BYTES], other[TOKEN_SECRET_TEXT_BYTES], hash_text[TOKEN_HASH_TEXT_BYTES];
	struct token_hash hash, again;

	(void)state;
	token_secret_make(text, &hash);
	token_secret_make(other, &again);
	assert_string_not_equal(text, other);
	assert_int_equal(strlen(text), 48);
	assert_int_equal(strncmp(text, "noah_", 5), 0);
	assert_int_equal(strspn(text + 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
	assert_true(token_secret_hash(text, &again));
	assert_memory_equal(&hash, &again, sizeof(hash));
	assert_true(token_hash_parse(token_hash_text(&hash, hash_text), &again));
	assert_memory_equal(&hash, &again, sizeof(hash));
	/* printf noah_AAA… | sha256sum */
	assert_true(token_secret_hash("noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &hash));
	assert_string_equal(token_hash_text(&hash, hash_text),
	    "012be3b7b3478ed4f1c7be066410bde471c4ccf778ed263321f1a53e2fcce97c");
}

static void a_text_of_another_form_is_not_a_secret(void **state)
{
	static const char *const wrong[] = {
		"",
		"noah_",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"NOAH_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		" noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ",
	};
	struct token_hash hash;

	(void)state;
	for (size_t i = 0; i < LENGTH(wrong); i++)
		if (token_secret_hash(wrong[i], &hash))
			fail_msg("\"%s\"", wrong[i]);
}

static void a_new_tokens_secret_is_shown_once_and_never_again(void **state)
{
	struct token_result made = put("chef", READ_ALL, 60);
	char hash_text[TOKEN_HASH_TEXT_BYTES];
	struct token_hash hash;

	(void)state;
	assert_int_equal(made.action, CHANGE_CREATE);
	assert_true(token_secret_hash(made.secret, &hash));
	assert_announced((const char *[]){ "+ //noah/tokens/chef", NULL });
	assert_body_member(0, "name", "\"chef\"");
	assert_body_member(0, "rules", "[{\"allow\":[\"read\"],\"path\":\"/\"}]");
	assert_body_member(0, "expires_at", "\"2012-05-10 02:43:53 UTC\"");
	assert_null(strstr(planned(0)->body, made.secret));
	assert_null(strstr(planned(0)->body, token_hash_text(&hash, hash_text)));
	assert_null(strstr(planned(0)->record.value, made.secret));
	assert_non_null(strstr(planned(0)->record.value, hash_text));
	assert_true(record_is_sound(&planned(0)->record));
}

static void putting_a_token_again_gives_it_other_rules_and_keeps_its_secret(void **state)
{
	struct token_result made = put("chef", READ_ALL, 60);

	(void)state;
	commit_to_table();
	struct token_result again = put("chef", "[]", 0);
	assert_int_equal(again.action, CHANGE_UPDATE);
	assert_string_equal(again.secret, "");
	assert_body_member(0, "rules", "[]");
	assert_body_member(0, "expires_at", "null");
	commit_to_table();
	assert_string_equal(name_of_secret(made.secret, INT64_MAX), "chef");
	assert_false(may_read("chef", 0));
}

static void invalid_rules_create_no_token(void **state)
{
	const struct token_terms terms = { .rules = json_string("all") };
	struct token_result result;

	(void)state;
	assert_false(token_put(plan, "chef", &terms, &result, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_int_equal(plan_changes(plan)->count, 0);
	json_decref((json_t *)terms.rules);
}

static void a_token_is_found_by_its_secret_until_it_expires_or_is_deleted(void **state)
{
	struct token_result chef = put("chef", READ_ALL, 0), brief = put("brief", READ_ALL, 60);
	int64_t now_ms = plan_now_ms(plan);

	(void)state;
	assert_null(name_of_secret(chef.secret, now_ms)); /* not on disk yet */
	commit_to_table();
	assert_int_equal(token_table_count(table), 2);
	assert_string_equal(name_of_secret(chef.secret, now_ms), "chef");
	assert_string_equal(name_of_secret(brief.secret, now_ms + 59999), "brief");
	assert_null(name_of_secret(brief.secret, now_ms + 60000));
	assert_true(may_read("brief", now_ms + 59999));
	assert_false(may_read("brief", now_ms + 60000));
	assert_null(name_of_secret("noah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", now_ms));
	assert_int_equal(token_table_count(table), 2); /* what has expired keeps access control on */
	assert_true(token_delete(plan, "chef", TOKEN_LAST_STAYS, id, &err));
	commit_to_table();
	assert_null(name_of_secret(chef.secret, now_ms));
	assert_int_equal(token_table_count(table), 1);
}

static void a_reference_to_a_token_sees_its_rules_change_and_disappear(void **state)
{
	struct token *held, *anonymous = token_table_anonymous(table);

	(void)state;
	assert_null(token_rules(anonymous, 0));
	put("chef", READ_ALL, 0);
	put("anonymous", READ_ALL, 0);
	commit_to_table();
	held = token_reference(token_table_named(table, "chef"));
	assert_true(access_allows(token_rules(held, 0), ACCESS_READ, "/hosts"));
	assert_true(access_allows(token_rules(anonymous, 0), ACCESS_READ, "/hosts"));
	put("chef", "[]", 0);
	commit_to_table();
	assert_false(access_allows(token_rules(held, 0), ACCESS_READ, "/hosts"));
	assert_true(token_delete(plan, "chef", TOKEN_LAST_MAY_GO, id, &err));
	assert_true(token_delete(plan, "anonymous", TOKEN_LAST_MAY_GO, id, &err));
	commit_to_table();
	put("chef", READ_ALL, 0); /* another one of that name */
	commit_to_table();
	assert_null(token_rules(held, 0));
	assert_null(token_rules(anonymous, 0));
	assert_string_equal(token_name(held), "chef");
	token_release(held);
}

static void the_secret_before_a_rotation_is_good_for_a_day_more(void **state)
{
	struct token_result first = put("chef", READ_ALL, 0), second, third;

	(void)state;
	commit_to_table();
	int64_t rotated_ms = plan_now_ms(plan);
	assert_true(token_rotate(plan, "chef", &second, &err));
	assert_int_equal(second.action, CHANGE_UPDATE);
	commit_to_table();
	assert_string_equal(name_of_secret(first.secret, rotated_ms + DAY_MS - 1), "chef");
	assert_null(name_of_secret(first.secret, rotated_ms + DAY_MS));
	assert_string_equal(name_of_secret(second.secret, rotated_ms + DAY_MS), "chef");
	assert_true(token_rotate(plan, "chef", &third, &err));
	commit_to_table();
	assert_string_equal(name_of_secret(first.secret, rotated_ms), "chef"); /* its day is its own */
	assert_string_equal(name_of_secret(second.secret, rotated_ms), "chef");
	assert_string_equal(name_of_secret(third.secret, rotated_ms), "chef");
}

static void a_token_has_ten_good_secrets_at_most(void **state)
{
	struct token_result result = put("chef", READ_ALL, 0);

	(void)state;
	for (int i = 1; i < TOKEN_SECRETS_MAX; i++)
		assert_true(token_rotate(plan, "chef", &result, &err));
	assert_false(token_rotate(plan, "chef", &result, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	plan_set_now(plan, plan_now_ms(plan) + DAY_MS);
	assert_true(token_rotate(plan, "chef", &result, &err));
	commit_to_table();
	assert_string_equal(name_of_secret(result.secret, INT64_MAX), "chef");
}

static void anonymous_has_rules_and_no_secret(void **state)
{
	struct token_result result = put("anonymous", READ_ALL, 0);

	(void)state;
	assert_string_equal(result.secret, "");
	commit_to_table();
	assert_true(may_read("anonymous", 0));
	assert_false(token_rotate(plan, "anonymous", &result, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
}

static void a_missing_token_is_neither_rotated_nor_deleted(void **state)
{
	struct token_result result;

	(void)state;
	assert_false(token_rotate(plan, "chef", &result, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_false(token_delete(plan, "chef", TOKEN_LAST_MAY_GO, id, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void the_last_token_stays_if_one_is_needed(void **state)
{
	(void)state;
	put("a", "[]", 0);
	put("b", "[]", 0);
	assert_true(token_delete(plan, "a", TOKEN_LAST_STAYS, id, &err));
	assert_false(token_delete(plan, "b", TOKEN_LAST_STAYS, id, &err));
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_true(token_delete(plan, "b", TOKEN_LAST_MAY_GO, id, &err));
}

static void an_invalid_value_is_not_sound_and_allows_nothing(void **state)
{
	static const char *const wrong[] = {
		"",
		"[]",
		"{}",
		"{\"rules\":[],\"expires_ms\":0}",
		"{\"rules\":[],\"expires_ms\":-1,\"secrets\":[]}",
		"{\"rules\":{},\"expires_ms\":0,\"secrets\":[]}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[{\"sha256\":\"00\",\"expires_ms\":0}]}",
		"{\"rules\":[],\"expires_ms\":0,\"secrets\":[1,2,3,4,5,6,7,8,9,10,11]}",
	};
	char path[] = "/tokens/chef";

	(void)state;
	for (size_t i = 0; i < LENGTH(wrong); i++) {
		const struct record record = { .kind = OBJECT_TOKEN,
			.path = path,
			.has_value = true,
			.value = (void *)(uintptr_t)wrong[i],
			.value_size = strlen(wrong[i]) };
		if (record_is_sound(&record))
			fail_msg("%s", wrong[i]);
		token_table_set(table, path, &record);
		assert_int_equal(token_table_count(table), 1);
		assert_false(may_read("chef", 0));
	}
}

#define TOKEN_TEST(function) cmocka_unit_test_setup_teardown(function, tokens_up, tokens_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_noah_and_43_characters_and_known_by_the_hash_of_its_text),
		cmocka_unit_test(a_text_of_another_form_is_not_a_secret),
		TOKEN_TEST(a_new_tokens_secret_is_shown_once_and_never_again),
		TOKEN_TEST(putting_a_token_again_gives_it_other_rules_and_keeps_its_secret),
		TOKEN_TEST(invalid_rules_create_no_token),
		TOKEN_TEST(a_token_is_found_by_its_secret_until_it_expires_or_is_deleted),
		TOKEN_TEST(a_reference_to_a_token_sees_its_rules_change_and_disappear),
		TOKEN_TEST(the_secret_before_a_rotation_is_good_for_a_day_more),
		TOKEN_TEST(a_token_has_ten_good_secrets_at_most),
		TOKEN_TEST(anonymous_has_rules_and_no_secret),
		TOKEN_TEST(a_missing_token_is_neither_rotated_nor_deleted),
		TOKEN_TEST(the_last_token_stays_if_one_is_needed),
		TOKEN_TEST(an_invalid_value_is_not_sound_and_allows_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
