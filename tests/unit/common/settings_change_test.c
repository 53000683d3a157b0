/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/settings_change.h"
#include "tests/unit/scratch.h"

struct pair_of_groups {
	char *file;
};
struct sample {
	bool flag;
	int64_t number;
	int64_t span_ms;
	char *text;
	int choice;
	struct setting_strings list;
	struct setting_durations spans;
	struct setting_pairs pairs;
	struct setting_groups groups;
	int64_t fixed;
};

static const char *const choices[] = { "one", "two", NULL };
#define ROW(row_name, row_type, member) .name = row_name, .type = row_type, .offset = offsetof(struct sample, member)
static const struct setting field = {
	.name = "file", .type = SETTING_STRING, .offset = offsetof(struct pair_of_groups, file), .default_text = "\"\""
};
static const struct settings_table fields = { &field, 1, sizeof(struct pair_of_groups) };
static const struct setting rows[] = {
	{ ROW("flag", SETTING_BOOL, flag), .default_text = "false" },
	{ ROW("number", SETTING_INTEGER, number), .default_text = "1", .max = 9 },
	{ ROW("span", SETTING_DURATION, span_ms), .default_text = "1", .max = 9, .unit_ms = SETTING_SECOND },
	{ ROW("text", SETTING_STRING, text), .default_text = "\"\"" },
	{ ROW("choice", SETTING_CHOICE, choice), .default_text = "\"one\"", .choices = choices },
	{ ROW("list", SETTING_STRINGS, list), .default_text = "( )" },
	{ ROW("spans", SETTING_DURATIONS, spans), .default_text = "( 1 )", .max = 9, .unit_ms = SETTING_SECOND },
	{ ROW("pairs", SETTING_PAIRS, pairs), .default_text = "{ }" },
	{ ROW("groups", SETTING_GROUPS, groups), .default_text = "( { file = \"a\"; } )", .table = &fields },
	{ ROW("fixed", SETTING_INTEGER, fixed), .default_text = "1", .max = 9, .is_fixed = true },
};
static const struct settings_table table = { rows, sizeof(rows) / sizeof(*rows), sizeof(struct sample) };

/* The settings as a file with this text has them. */
static void load(const char *text, struct sample *out)
{
	const char *path = scratch_path("settings.conf");
	const struct settings_source source = { .file = path, .file_required = true };
	struct settings_errors errors;
	struct error err;
	assert_true(file_replace(path, text, strlen(text), 0600, &err));
	assert_true(settings_load(&table, &source, NULL, out, &errors));
}

static void assert_text(const char *before, const char *after, const char *text)
{
	struct sample a, b;
	load(before, &a);
	load(after, &b);
	char *found = settings_change_text(&table, &a, &b);
	assert_string_equal(found, text);
	free(found);
	settings_finish(&table, &a);
	settings_finish(&table, &b);
}

static void each_type_is_compared_by_its_value(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value;
	} others[] = {
		{ "flag", "true" },
		{ "number", "2" },
		{ "span", "1.5" },
		{ "text", "\"x\"" },
		{ "choice", "\"two\"" },
		{ "list", "( \"x\" )" },
		{ "spans", "( 1, 2 )" },
		{ "spans", "( 2 )" },
		{ "pairs", "{ A = \"x\"; }" },
		{ "groups", "( { file = \"b\"; } )" },
		{ "groups", "( { file = \"a\"; }, { file = \"a\"; } )" },
	};
	char file[128], text[128];
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(file, sizeof(file), "%s = %s;", others[i].name, others[i].value);
		snprintf(text, sizeof(text), "%s: in effect now", others[i].name);
		assert_text("", file, text);
		assert_text(file, "", text);
		assert_text(file, file, "no setting has changed");
	}
}

static void settings_that_take_effect_later_are_named_separately(void **state)
{
	(void)state;
	assert_text("", "fixed = 2;", "fixed: in effect from the next start");
	assert_text("", "flag = true; fixed = 2; number = 3;",
	    "flag, number: in effect now; fixed: in effect from the next start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_compared_by_its_value),
		cmocka_unit_test(settings_that_take_effect_later_are_named_separately),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
