/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/refusals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL_MS INT64_C(1336616573000)
#define DAY_MS INT64_C(86400000)

static struct refusals refusals;
static json_t *list;

static int start_empty(void **state)
{
	(void)state;
	refusals = (struct refusals){ 0 };
	return 0;
}

static int finish_list(void **state)
{
	(void)state;
	json_decref(list);
	list = NULL;
	return 0;
}

/* The member of the i-th row, as of now_ms. */
static const char *text_at(size_t i, const char *key)
{
	const char *text = json_string_value(json_object_get(json_array_get(list, i), key));

	return text ? text : "missing";
}

static int64_t number_at(size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(list, i), key));
}

static void show_at(int64_t now_ms)
{
	json_decref(list);
	list = refusals_json(&refusals, now_ms, WALL_MS);
}

static void nothing_refused_is_an_empty_list(void **state)
{
	(void)state;
	show_at(1000);
	assert_int_equal(json_array_size(list), 0);
}

static void each_kind_has_a_row_with_its_number_and_the_latest_sender(void **state)
{
	(void)state;
	refusals_add(&refusals, REFUSAL_SIGNATURE, "10.0.0.1:1", "", 1000);
	refusals_add(&refusals, REFUSAL_SIGNATURE, "10.0.0.2:2", "", 2000);
	refusals_add(&refusals, REFUSAL_PATH, "10.0.0.3:3", "/chef", 3000);
	show_at(5000);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(text_at(0, "kind"), "path");
	assert_string_equal(text_at(0, "detail"), "/chef");
	assert_string_equal(text_at(1, "kind"), "signature");
	assert_int_equal(number_at(1, "count"), 2);
	assert_string_equal(text_at(1, "from"), "10.0.0.2:2");
	assert_int_equal(number_at(1, "last_ms"), WALL_MS - 3000);
}

static void each_kind_names_its_remedy(void **state)
{
	static const struct {
		enum refusal_kind kind;
		const char *detail, *remedy;
	} rows[] = {
		{ REFUSAL_SIGNATURE, "", "compare `noahd public-key`" },
		{ REFUSAL_CLOCK, "", "a clock is wrong" },
		{ REFUSAL_ADDRESSEE, "https://web1:5679/", "add \"https://web1:5679/\" to `endpoints`" },
		{ REFUSAL_ADDRESSEE, "", "must name the URL of this node" },
		{ REFUSAL_OTHER_PATH, "https://web1:5679/a", "made for \"https://web1:5679/a\"" },
		{ REFUSAL_BODY, "", "\"location\" and \"action\"" },
		{ REFUSAL_PLAIN, "", "https:// URL" },
		{ REFUSAL_PATH, "/chef", "add a rule with the path \"/chef\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		refusals = (struct refusals){ 0 };
		refusals_add(&refusals, rows[i].kind, "", rows[i].detail, 1000);
		show_at(1000);
		assert_non_null(strstr(text_at(0, "remedy"), rows[i].remedy));
	}
}

static void a_clock_that_is_wrong_is_told_by_how_much(void **state)
{
	(void)state;
	refusals_add(&refusals, REFUSAL_CLOCK, "", "", 1000);
	refusals_set_offset(&refusals, 612);
	show_at(1000);
	assert_non_null(strstr(text_at(0, "remedy"), "this clock is 612 s behind the sender's"));
	refusals_add(&refusals, REFUSAL_CLOCK, "", "", 2000); /* not verified: the offset is still that */
	refusals_set_offset(&refusals, -3600);
	show_at(2000);
	assert_non_null(strstr(text_at(0, "remedy"), "this clock is 3600 s ahead of the sender's"));
}

static void what_is_older_than_a_day_is_forgotten(void **state)
{
	(void)state;
	refusals_add(&refusals, REFUSAL_CLOCK, "a", "", 1000);
	refusals_set_offset(&refusals, 612);
	refusals_add(&refusals, REFUSAL_BODY, "a", "", 1000);
	show_at(1000 + DAY_MS - 1);
	assert_int_equal(json_array_size(list), 2);
	show_at(1000 + DAY_MS);
	assert_int_equal(json_array_size(list), 0);
	refusals_add(&refusals, REFUSAL_CLOCK, "b", "", 1000 + DAY_MS);
	show_at(1000 + DAY_MS);
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(number_at(0, "count"), 1);
	assert_null(strstr(text_at(0, "remedy"), "612"));
}

static void the_texts_of_attackers_are_printable_and_cut(void **state)
{
	char path[1000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	refusals_add(&refusals, REFUSAL_PATH, "\x1b[2J", path, 1000);
	show_at(1000);
	assert_string_equal(text_at(0, "from"), "?[2J");
	assert_int_equal(strlen(text_at(0, "detail")), REFUSAL_DETAIL_BYTES - 1);
	refusals_add(&refusals, REFUSAL_PATH, "", "/\xff\xc3\xa9\n\x7f", 1000);
	show_at(1000);
	assert_string_equal(text_at(0, "detail"), "/?????");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start_empty, finish_list)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_refused_is_an_empty_list),
		TEST(each_kind_has_a_row_with_its_number_and_the_latest_sender),
		TEST(each_kind_names_its_remedy),
		TEST(a_clock_that_is_wrong_is_told_by_how_much),
		TEST(what_is_older_than_a_day_is_forgotten),
		TEST(the_texts_of_attackers_are_printable_and_cut),
	};

	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
