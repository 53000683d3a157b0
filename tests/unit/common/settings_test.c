/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/settings.h"
#include "tests/unit/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* ---- a daemon that has a setting of each type ---- */

struct rule {
	char *path;
	struct setting_strings command;
	struct setting_pairs environment;
	int64_t weight;
};

struct sample {
	bool open;
	int64_t size;
	char *folder;
	int engine;
	struct setting_strings listen;
	int64_t timeout_ms, give_up_ms;
	struct setting_durations retry;
	struct setting_groups rules;
};

static const char *const engines[] = { "sqlite", "memory", "redis", NULL };

static const struct setting rule_rows[] = {
	{ .name = "path",
	    .type = SETTING_STRING,
	    .offset = offsetof(struct rule, path),
	    .min = 1,
	    .max = 20,
	    .sentence = "Where." },
	{ .name = "command",
	    .type = SETTING_STRINGS,
	    .offset = offsetof(struct rule, command),
	    .default_text = "( \"true\" )",
	    .min = 1,
	    .items_min = 1,
	    .sentence = "What." },
	{ .name = "environment",
	    .type = SETTING_PAIRS,
	    .offset = offsetof(struct rule, environment),
	    .default_text = "{ }",
	    .sentence = "With." },
	{ .name = "weight",
	    .type = SETTING_INTEGER,
	    .offset = offsetof(struct rule, weight),
	    .default_text = "1",
	    .min = -5,
	    .max = 5,
	    .sentence = "How much." },
};
static const struct settings_table rule_table = { rule_rows, COUNT(rule_rows), sizeof(struct rule) };

static const struct setting rows[] = {
	{ .name = "open",
	    .type = SETTING_BOOL,
	    .offset = offsetof(struct sample, open),
	    .default_text = "false",
	    .sentence = "Open." },
	{ .name = "size",
	    .type = SETTING_INTEGER,
	    .offset = offsetof(struct sample, size),
	    .default_text = "512",
	    .min = 1,
	    .max = 10000000000,
	    .sentence = "Size." },
	{ .name = "folder",
	    .type = SETTING_STRING,
	    .offset = offsetof(struct sample, folder),
	    .default_text = "\"/var/lib\"",
	    .min = 1,
	    .sentence = "Folder." },
	{ .name = "store.engine",
	    .type = SETTING_CHOICE,
	    .offset = offsetof(struct sample, engine),
	    .default_text = "\"sqlite\"",
	    .choices = engines,
	    .sentence = "Engine." },
	{ .name = "listen",
	    .type = SETTING_STRINGS,
	    .offset = offsetof(struct sample, listen),
	    .default_text = "( \"a:1\" )",
	    .min = 1,
	    .items_min = 1,
	    .items_max = 3,
	    .sentence = "Listen." },
	{ .name = "delivery.timeout_seconds",
	    .type = SETTING_DURATION,
	    .offset = offsetof(struct sample, timeout_ms),
	    .default_text = "15",
	    .min = 0.1,
	    .max = 300,
	    .unit_ms = SETTING_SECOND,
	    .sentence = "Timeout." },
	{ .name = "delivery.give_up_hours",
	    .type = SETTING_DURATION,
	    .offset = offsetof(struct sample, give_up_ms),
	    .default_text = "72",
	    .min = 0,
	    .max = 100,
	    .unit_ms = SETTING_HOUR,
	    .sentence = "Give up." },
	{ .name = "delivery.retry_seconds",
	    .type = SETTING_DURATIONS,
	    .offset = offsetof(struct sample, retry),
	    .default_text = "( 5, 0.5 )",
	    .min = 0,
	    .max = 60,
	    .unit_ms = SETTING_SECOND,
	    .items_min = 1,
	    .sentence = "Retry." },
	{ .name = "rules",
	    .type = SETTING_GROUPS,
	    .offset = offsetof(struct sample, rules),
	    .default_text = "( { path = \"/\"; } )",
	    .table = &rule_table,
	    .items_max = 3,
	    .sentence = "Rules." },
};
static const struct settings_table table = { rows, COUNT(rows), sizeof(struct sample) };

/* ---- loading ---- */

static struct settings_errors errors;

static int forget(void **state)
{
	(void)state;
	settings_errors_finish(&errors);
	return 0;
}

/* overrides: NULL, or ends with one. */
static bool load(const char *text, const char *const *overrides, settings_check *check, struct sample *out)
{
	struct settings_source source = {
		.file = scratch_write("sample.conf", text, 0644), .file_required = true, .overrides = overrides
	};
	while (overrides && overrides[source.override_count])
		source.override_count++;
	settings_errors_finish(&errors);
	bool loaded = settings_load(&table, &source, check, out, &errors);
	assert_int_equal(loaded, !errors.count);
	return loaded;
}

static struct sample load_good(const char *text)
{
	struct sample sample;
	if (!load(text, NULL, NULL, &sample))
		fail_msg("%s", errors.lines[0]);
	return sample;
}

/* expected: the lines without the folder, separated by newlines. */
static void assert_errors(const char *expected)
{
	char found[8192] = "";
	size_t skip = strlen(scratch_folder) + 1;
	for (size_t i = 0; i < errors.count; i++) {
		const char *line = errors.lines[i];
		strcat(found, strncmp(line, scratch_folder, skip - 1) ? line : line + skip);
		strcat(found, "\n");
	}
	assert_string_equal(found, expected);
}

static void assert_refused(const char *text, const char *expected)
{
	struct sample sample = { .size = 42 };
	assert_false(load(text, NULL, NULL, &sample));
	assert_int_equal(sample.size, 42);
	assert_errors(expected);
}

/* ---- what is read ---- */

static void assert_defaults(const struct sample *sample)
{
	assert_false(sample->open);
	assert_int_equal(sample->size, 512);
	assert_string_equal(sample->folder, "/var/lib");
	assert_int_equal(sample->engine, 0);
	assert_int_equal(sample->listen.count, 1);
	assert_string_equal(sample->listen.items[0], "a:1");
	assert_null(sample->listen.items[1]);
	assert_int_equal(sample->timeout_ms, 15000);
	assert_int_equal(sample->give_up_ms, 72 * 3600000);
	assert_int_equal(sample->retry.count, 2);
	assert_int_equal(sample->retry.items_ms[1], 500);
	assert_int_equal(sample->rules.count, 1);
	const struct rule *rule = sample->rules.items;
	assert_string_equal(rule->path, "/");
	assert_string_equal(rule->command.items[0], "true");
	assert_int_equal(rule->environment.count, 0);
	assert_int_equal(rule->weight, 1);
}

static void a_setting_missing_from_the_file_has_its_default(void **state)
{
	(void)state;
	struct sample sample = load_good("# nothing\n");
	assert_defaults(&sample);
	settings_finish(&table, &sample);
}

static void a_missing_default_file_means_defaults_and_a_missing_named_file_is_an_error(void **state)
{
	(void)state;
	struct settings_source source = { .file = scratch_path("missing.conf") };
	struct sample sample;
	assert_true(settings_load(&table, &source, NULL, &sample, &errors));
	assert_defaults(&sample);
	settings_finish(&table, &sample);
	source.file_required = true;
	assert_false(settings_load(&table, &source, NULL, &sample, &errors));
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.lines[0], "No such file"));
}

static void a_file_sets_each_type(void **state)
{
	(void)state;
	struct sample sample =
	    load_good("open = true; size = 7; folder = \"/x\"; store: { engine = \"redis\"; };\n"
	              "listen = [ \"b:2\", \"c:3\" ]; /* an array will do */\n"
	              "delivery = { timeout_seconds = 0.25, give_up_hours = 1, retry_seconds = ( 0, 1.5, 60 ) };\n"
	              "rules: ( { path = \"/a\"; environment: { LANG = \"C\"; TZ = \"UTC\"; }; weight = -5; },\n"
	              "         { path = \"/b\"; command = ( \"sh\", \"-c\", \"a, b\" ); } );\n");
	assert_true(sample.open);
	assert_int_equal(sample.size, 7);
	assert_string_equal(sample.folder, "/x");
	assert_int_equal(sample.engine, 2);
	assert_int_equal(sample.listen.count, 2);
	assert_string_equal(sample.listen.items[1], "c:3");
	assert_int_equal(sample.timeout_ms, 250);
	assert_int_equal(sample.give_up_ms, 3600000);
	assert_int_equal(sample.retry.count, 3);
	assert_int_equal(sample.retry.items_ms[1], 1500);
	assert_int_equal(sample.rules.count, 2);
	const struct rule *rules = sample.rules.items;
	assert_string_equal(rules[0].path, "/a");
	assert_string_equal(rules[0].command.items[0], "true");
	assert_int_equal(rules[0].environment.count, 2);
	assert_string_equal(rules[0].environment.items[1].name, "TZ");
	assert_string_equal(rules[0].environment.items[1].value, "UTC");
	assert_int_equal(rules[0].weight, -5);
	assert_int_equal(rules[1].command.count, 3);
	assert_string_equal(rules[1].command.items[2], "a, b");
	settings_finish(&table, &sample);
	assert_null(sample.folder);
	settings_finish(&table, &sample); /* zeroed: fine */
}

static void whole_numbers_beyond_31_bits_are_not_wrapped(void **state)
{
	(void)state;
	struct sample sample = load_good("size = 4294967396; folder = \"4294967396\"; # 4294967396");
	assert_true(sample.size == 4294967396);
	assert_string_equal(sample.folder, "4294967396");
	settings_finish(&table, &sample);
	assert_refused("size = 99999999999999999999;\n",
	    "sample.conf:1: size: found 9223372036854775807, allowed is a whole number, 1 to 10000000000\n");
	assert_refused("size = -4294967296; open = 0x100000001;",
	    "sample.conf:1: size: found -4294967296, allowed is a whole number, 1 to 10000000000\n"
	    "sample.conf:1: open: found 4294967297, allowed is true or false\n");
}

/* ---- what is refused ---- */

static void every_error_has_line_name_found_and_allowed(void **state)
{
	(void)state;
	assert_refused("opne = true;\n"
	               "open = 1;\n"
	               "size = 2.5;\n"
	               "folder = \"\";\n"
	               "store: { engine = \"mysql\"; };\n"
	               "listen = \"b:2\";\n"
	               "delivery:\n{\n"
	               "  timeout_seconds = 0;\n"
	               "  give_up_hours = \"long\";\n"
	               "  retry_seconds = ( 1,\n 61 );\n"
	               "  retries = 3;\n"
	               "};\n"
	               "rules = 3;\n",
	    "sample.conf:1: opne: there is no such setting; allowed here: open, size, folder, store, listen, delivery, "
	    "rules\n"
	    "sample.conf:2: open: found 1, allowed is true or false\n"
	    "sample.conf:3: size: found 2.5, allowed is a whole number, 1 to 10000000000\n"
	    "sample.conf:4: folder: found \"\", allowed is a string, not empty\n"
	    "sample.conf:5: store.engine: found \"mysql\", allowed is \"sqlite\", \"memory\" or \"redis\"\n"
	    "sample.conf:6: listen: found \"b:2\", allowed is a list; each is a string, not empty, 1 to 3 of them\n"
	    "sample.conf:9: delivery.timeout_seconds: found 0, allowed is seconds, 0.1 to 300\n"
	    "sample.conf:10: delivery.give_up_hours: found \"long\", allowed is hours, 0 to 100\n"
	    "sample.conf:12: delivery.retry_seconds: found 61, allowed is a list; each in seconds, 0 to 60, at least 1\n"
	    "sample.conf:13: delivery.retries: there is no such setting; allowed here: timeout_seconds, give_up_hours, "
	    "retry_seconds\n"
	    "sample.conf:15: rules: found 3, allowed is a list of groups ( { … }, … ), 0 to 3 of them\n");
}

static void fields_of_groups_are_named_by_their_index(void **state)
{
	(void)state;
	assert_refused("rules = ( { path = \"/\"; weight = 6; },\n { command = ( ); },\n 7 );\n",
	    "sample.conf:1: rules[0].weight: found 6, allowed is a whole number, -5 to 5\n"
	    "sample.conf:2: rules[1].command: found a list of 0, allowed is a list; each is a string, not empty, at least "
	    "1\n"
	    "sample.conf:2: rules[1].path: is missing; it must be given\n"
	    "sample.conf:3: rules: found 7, allowed is a list of groups ( { … }, … ), 0 to 3 of them\n");
	assert_refused("rules = ( { path = \"/234567890123456789012\"; environment = { A = 1; }; paht = \"\"; } );",
	    "sample.conf:1: rules[0].path: found \"/234567890123456789012\", allowed is a string of 1 to 20 bytes\n"
	    "sample.conf:1: rules[0].environment: found 1, allowed is a group { NAME = \"value\"; … }\n"
	    "sample.conf:1: rules[0].paht: there is no such setting; allowed here: path, command, environment, weight\n");
}

static void a_group_is_not_a_value_and_a_value_is_not_a_group(void **state)
{
	(void)state;
	assert_refused("open: { };\nstore = 1;\nlisten = ( ( ) );",
	    "sample.conf:1: open: found a group, allowed is true or false\n"
	    "sample.conf:2: store: must be a group { … }\n"
	    "sample.conf:3: listen: found a list of 0, allowed is a list; each is a string, not empty, 1 to 3 of them\n");
}

static void a_list_has_bounds(void **state)
{
	(void)state;
	assert_refused("listen = ( \"a\", \"b\", \"c\", \"d\" );",
	    "sample.conf:1: listen: found a list of 4, allowed is a list; each is a string, not empty, 1 to 3 of them\n");
	assert_refused("rules = ( {}, {}, {}, {} );",
	    "sample.conf:1: rules: found a list of 4, allowed is a list of groups ( { … }, … ), 0 to 3 of them\n");
}

static void a_syntax_error_ends_the_reading_with_its_line(void **state)
{
	(void)state;
	assert_refused("open = 1;\nsize = ;\nfolder = 3;\n", "sample.conf:2: syntax error\n");
	assert_refused("open = true;\n\nopen = false;\n", "sample.conf:3: duplicate setting name\n");
	assert_refused("open = true;\n  @include \"/etc/passwd\"\n", "sample.conf:2: @include is not supported\n");
}

static void a_nul_byte_does_not_hide_what_follows(void **state)
{
	(void)state;
	struct sample sample;
	const struct settings_source source = { .file =
		                                        scratch_write_bytes("sample.conf", "open = true;\n\0junk", 18, 0644) };
	assert_false(settings_load(&table, &source, NULL, &sample, &errors));
	assert_errors("sample.conf:2: a NUL byte\n");
}

static void a_long_string_is_shown_by_its_beginning(void **state)
{
	(void)state;
	char text[200] = "open = \"";
	memset(text + 8, 'x', 100);
	strcpy(text + 108, "\";");
	struct sample sample;
	assert_false(load(text, NULL, NULL, &sample));
	assert_non_null(strstr(errors.lines[0], "xxx…\", allowed"));
	assert_true(strlen(errors.lines[0]) < 200);
}

/* ---- -o ---- */

static void overrides_win_over_the_file_and_the_last_one_over_all(void **state)
{
	(void)state;
	const char *const overrides[] = { "listen=127.0.0.1:0,[::1]:0", "store.engine=redis", "store.engine=memory", NULL };
	struct sample sample;
	assert_true(load("store: { engine = \"sqlite\"; }; listen = ( \"x\" );", overrides, NULL, &sample));
	assert_int_equal(sample.engine, 1);
	assert_int_equal(sample.listen.count, 2);
	assert_string_equal(sample.listen.items[1], "[::1]:0");
	settings_finish(&table, &sample);
}

static void overrides_read_each_type(void **state)
{
	(void)state;
	const char *const first[] = { "open=true", "size=4294967396", "folder=a=b,c", NULL };
	const char *const second[] = { "delivery.timeout_seconds=0.1", "delivery.retry_seconds=0.25,7", NULL };
	struct sample sample;
	assert_true(load("", first, NULL, &sample));
	assert_true(sample.open);
	assert_true(sample.size == 4294967396);
	assert_string_equal(sample.folder, "a=b,c");
	settings_finish(&table, &sample);
	assert_true(load("", second, NULL, &sample));
	assert_int_equal(sample.timeout_ms, 100);
	assert_int_equal(sample.retry.count, 2);
	assert_int_equal(sample.retry.items_ms[0], 250);
	settings_finish(&table, &sample);
}

static void overrides_are_checked_like_the_file(void **state)
{
	(void)state;
	const char *const first[] = { "size=07", "sise=1", "open=yes", NULL };
	const char *const second[] = { "listen=", "rules=1", "size", NULL };
	const char *const third[] = { "delivery.retry_seconds=1,,2", "store.engine.x=1", "store=1", NULL };
	struct sample sample;
	assert_false(load("size = 0;", first, NULL, &sample));
	assert_errors("sample.conf:1: size: found 0, allowed is a whole number, 1 to 10000000000\n"
	              "-o: size: found \"07\", allowed is a whole number, 1 to 10000000000\n"
	              "-o: sise: there is no such setting; allowed here: open, size, folder, store, listen, delivery, "
	              "rules\n"
	              "-o: open: found \"yes\", allowed is true or false\n");
	assert_false(load("", second, NULL, &sample));
	assert_errors("-o: listen: found a list of 0, allowed is a list; each is a string, not empty, 1 to 3 of them\n"
	              "-o: rules: can be set in the file only\n"
	              "-o: size: found no '=', allowed is NAME=VALUE\n");
	assert_false(load("", third, NULL, &sample));
	assert_int_equal(errors.count, 3);
}

/* ---- checks across settings ---- */

static void complain(const void *settings, struct settings_report *report)
{
	const struct sample *sample = settings;
	assert_non_null(sample->folder);
	settings_error(report, "size", "is wrong, says %s", "the check");
	settings_error(report, "store.engine", "too");
	settings_error(report, "rules[1].path", "too");
	settings_error(report, "rules[0].weight", "too");
	settings_error(report, "folder", "too");
	settings_error(report, "open", "too");
}

static void a_check_reports_the_line_of_each_setting(void **state)
{
	(void)state;
	const char *const overrides[] = { "folder=/x", NULL };
	struct sample sample;
	assert_false(load("size = 3;\nstore: {\n engine = \"memory\"; };\nrules = (\n { path = \"/\"; },\n {\n path = "
	                  "\"/b\"; } );",
	    overrides, complain, &sample));
	assert_errors("sample.conf:1: size: is wrong, says the check\n"
	              "sample.conf:3: store.engine: too\n"
	              "sample.conf:7: rules[1].path: too\n"
	              "sample.conf:5: rules[0].weight (default): too\n"
	              "-o: folder: too\n"
	              "sample.conf: open (default): too\n");
}

static void a_check_reports_nothing_more_about_an_invalid_setting(void **state)
{
	(void)state;
	struct sample sample;
	assert_false(load("size = 0; open = 1;", NULL, complain, &sample));
	assert_int_equal(errors.count, 2 + 4);
}

static void ask_what_is_given(const void *settings, struct settings_report *report)
{
	(void)settings;
	assert_true(settings_is_given(report, "size"));
	assert_true(settings_is_given(report, "store.engine"));
	assert_true(settings_is_given(report, "folder"));
	assert_false(settings_is_given(report, "open"));
	assert_false(settings_is_given(report, "delivery.timeout_seconds"));
}

static void a_check_can_distinguish_a_default_from_a_given_value(void **state)
{
	(void)state;
	const char *const overrides[] = { "folder=/x", NULL };
	struct sample sample;
	assert_true(load("size = 512; store: { engine = \"sqlite\"; };", overrides, ask_what_is_given, &sample));
	settings_finish(&table, &sample);
}

static void check_folder(const void *settings, struct settings_report *report)
{
	settings_check_file(report, "folder", ((const struct sample *)settings)->folder, FILE_SECRET);
}

static void files_named_in_settings_are_checked(void **state)
{
	(void)state;
	char text[300];
	struct sample sample;
	const char *path = scratch_write("key", "secret", 0644);
	snprintf(text, sizeof(text), "folder = \"%s\";", path);
	assert_false(load(text, NULL, check_folder, &sample));
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.lines[0], "sample.conf:1: folder: "));
	assert_non_null(strstr(errors.lines[0], "chmod 600"));
	chmod(path, 0600);
	assert_true(load(text, NULL, check_folder, &sample));
	settings_finish(&table, &sample);
}

/* ---- what is made from the table ---- */

static void the_example_file_loads_to_the_defaults(void **state)
{
	(void)state;
	char *example = settings_example(&table, "sample");
	struct sample sample = load_good(example);
	assert_defaults(&sample);
	settings_finish(&table, &sample);
	free(example);
}

static void the_example_file_loads_with_every_line_uncommented(void **state)
{
	(void)state;
	char *example = settings_example(&table, "sample");
	for (char *at = example; (at = strchr(at, '#')); at++)
		if (at[1] != ' ')
			*at = ' ';
	struct sample sample = load_good(example);
	assert_defaults(&sample);
	settings_finish(&table, &sample);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_non_null(strstr(example, rows[i].sentence));
	free(example);
}

static void waver(const void *settings, struct settings_report *report)
{
	(void)settings;
	settings_doubt(report, "size", "has expired");
	settings_doubt(report, "size", "has expired");
	settings_warning(report, "open", "expires soon");
	settings_warning(report, "open", "expires soon");
}

static void a_doubt_is_a_warning_at_a_start_and_an_error_in_a_check(void **state)
{
	(void)state;
	struct settings_source source = { .file = scratch_write("sample.conf", "size = 7;", 0644), .file_required = true };
	struct sample sample;
	assert_true(settings_load(&table, &source, waver, &sample, &errors));
	settings_finish(&table, &sample);
	assert_int_equal(errors.count, 0);
	assert_int_equal(errors.warning_count, 2);
	assert_non_null(strstr(errors.warnings[0], "sample.conf:1: size: has expired"));
	assert_non_null(strstr(errors.warnings[1], "sample.conf: open (default): expires soon"));
	settings_errors_finish(&errors);

	source.is_trial = true;
	assert_false(settings_load(&table, &source, waver, &sample, &errors));
	assert_errors("sample.conf:1: size: has expired\n");
	assert_int_equal(errors.warning_count, 1);
}

static bool was_apart;

static void check_apart(const void *settings, struct settings_report *report)
{
	was_apart = true;
	waver(settings, report);
	settings_error(report, "size", "is odd");
	settings_error(report, "size", "is odd");
	settings_error(report, "delivery.timeout_seconds", "is told of although it was refused");
}

static void check_here_and_apart(const void *settings, struct settings_report *report)
{
	settings_error(report, "open", "is closed");
	settings_check_apart(report, "size", check_apart, settings);
}

static void a_check_in_a_process_of_its_own_reports_the_same(void **state)
{
	(void)state;
	struct settings_source source = { .file = scratch_write("sample.conf",
		                                  "size = 7; delivery: { timeout_seconds = 0; };", 0644),
		.file_required = true,
		.is_trial = true };
	struct sample sample;
	assert_false(settings_load(&table, &source, check_here_and_apart, &sample, &errors));
	assert_errors("sample.conf:1: delivery.timeout_seconds: found 0, allowed is seconds, 0.1 to 300\n"
	              "sample.conf: open (default): is closed\n"
	              "sample.conf:1: size: has expired\n"
	              "sample.conf:1: size: is odd\n");
	assert_int_equal(errors.warning_count, 1);
	assert_non_null(strstr(errors.warnings[0], "expires soon"));
	assert_false(was_apart); /* in our memory */
}

static void die(const void *settings, struct settings_report *report)
{
	(void)settings;
	settings_error(report, "open", "is closed");
	raise(SIGKILL);
}

static void check_that_dies(const void *settings, struct settings_report *report)
{
	settings_check_apart(report, "size", die, settings);
}

static void a_check_that_dies_is_an_error(void **state)
{
	(void)state;
	struct sample sample;
	assert_false(load("size = 7;", NULL, check_that_dies, &sample));
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.lines[0], "size: cannot be checked"));
}

static void the_help_lists_each_setting_with_its_default(void **state)
{
	(void)state;
	char *help = settings_help(&table);
	const char *const lines[] = { "open = false\n", "\nsize = 512\n", "\nstore.engine = \"sqlite\"\n",
		"\ndelivery.timeout_seconds = 15\n    seconds, 0.1 to 300\n    Timeout.\n",
		"\nrules[].path = (must be given)\n", "\nrules[].weight = 1\n" };
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_non_null(strstr(help, lines[i]));
	free(help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_setting_missing_from_the_file_has_its_default, forget),
		cmocka_unit_test_teardown(a_missing_default_file_means_defaults_and_a_missing_named_file_is_an_error, forget),
		cmocka_unit_test_teardown(a_file_sets_each_type, forget),
		cmocka_unit_test_teardown(a_doubt_is_a_warning_at_a_start_and_an_error_in_a_check, forget),
		cmocka_unit_test_teardown(a_check_in_a_process_of_its_own_reports_the_same, forget),
		cmocka_unit_test_teardown(a_check_that_dies_is_an_error, forget),
		cmocka_unit_test_teardown(whole_numbers_beyond_31_bits_are_not_wrapped, forget),
		cmocka_unit_test_teardown(every_error_has_line_name_found_and_allowed, forget),
		cmocka_unit_test_teardown(fields_of_groups_are_named_by_their_index, forget),
		cmocka_unit_test_teardown(a_group_is_not_a_value_and_a_value_is_not_a_group, forget),
		cmocka_unit_test_teardown(a_list_has_bounds, forget),
		cmocka_unit_test_teardown(a_syntax_error_ends_the_reading_with_its_line, forget),
		cmocka_unit_test_teardown(a_nul_byte_does_not_hide_what_follows, forget),
		cmocka_unit_test_teardown(a_long_string_is_shown_by_its_beginning, forget),
		cmocka_unit_test_teardown(overrides_win_over_the_file_and_the_last_one_over_all, forget),
		cmocka_unit_test_teardown(overrides_read_each_type, forget),
		cmocka_unit_test_teardown(overrides_are_checked_like_the_file, forget),
		cmocka_unit_test_teardown(a_check_reports_the_line_of_each_setting, forget),
		cmocka_unit_test_teardown(a_check_reports_nothing_more_about_an_invalid_setting, forget),
		cmocka_unit_test_teardown(a_check_can_distinguish_a_default_from_a_given_value, forget),
		cmocka_unit_test_teardown(files_named_in_settings_are_checked, forget),
		cmocka_unit_test_teardown(the_example_file_loads_to_the_defaults, forget),
		cmocka_unit_test_teardown(the_example_file_loads_with_every_line_uncommented, forget),
		cmocka_unit_test_teardown(the_help_lists_each_setting_with_its_default, forget),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
