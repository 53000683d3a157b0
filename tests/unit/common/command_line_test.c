/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"
#include "common/command_usage.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RULE, NODE, FORCE, OWN_OPTIONS };

static const struct command_line_option own_options[OWN_OPTIONS] = {
	[RULE] = { "rule", "RULE", "add a rule", 'r' },
	[NODE] = { "node", "NODE", "bind it", 0 },
	[FORCE] = { "force", NULL, "ask no more", 'f' },
};

enum { ARGUMENTS_MAX = 16 };

static struct command_line line;

/* A daemon's row: its own members behind the common ones. */
struct row {
	struct command_line_command command;
	int number;
};

static const struct row rows[] = {
	{ { .word = "", .options = COMMAND_LINE_BIT(FORCE), .sentence = "serve" }, 1 },
	{ { .word = "token",
	      .arguments = "NAME",
	      .fewest = 1,
	      .most = 1,
	      .options = COMMAND_LINE_BIT(RULE) | COMMAND_LINE_BIT(NODE),
	      .required = COMMAND_LINE_BIT(RULE),
	      .sentence = "make a token" },
	    2 },
	{ { .word = "copy", .arguments = "FILE [FILE]", .fewest = 1, .most = 2, .sentence = "copy it", .is_apart = true },
	    3 },
};

/* The status to exit with; -1: the program goes on with line. */
static int read_arguments(const struct command_line_options *table, const char *const *arguments)
{
	static char *argv[ARGUMENTS_MAX + 1]; /* getopt sorts it, and line borrows its words */
	int argc = 1, status;

	argv[0] = "program";
	while (arguments[argc - 1]) {
		argv[argc] = (char *)arguments[argc - 1];
		argc++;
	}
	argv[argc] = NULL;
	optind = 0; /* getopt begins again */
	return command_line_read(table, argc, argv, &line, &status) ? -1 : status;
}

#define OPTIONS_OF_A_PROGRAM .program = "program", .settings_file = "/etc/program.conf"

static const struct command_line_options options_only = { OPTIONS_OF_A_PROGRAM, .own = own_options,
	.own_count = OWN_OPTIONS };
static const struct command_line_options no_options = { OPTIONS_OF_A_PROGRAM };
static const struct command_line_options with_commands = { OPTIONS_OF_A_PROGRAM, .own = own_options,
	.own_count = OWN_OPTIONS, .commands = rows, .command_count = sizeof(rows) / sizeof(*rows),
	.command_size = sizeof(*rows) };

#define READ(...) read_arguments(&options_only, (const char *const[]){ __VA_ARGS__, NULL })
#define READ_COMMAND(...) read_arguments(&with_commands, (const char *const[]){ __VA_ARGS__, NULL })

static void options_of_all_daemons_are_read(void **state)
{
	(void)state;
	assert_int_equal(READ("-c", "/tmp/x.conf", "-o", "a=1", "-o", "b=2", "--check-config"), -1);
	assert_string_equal(line.settings.file, "/tmp/x.conf");
	assert_true(line.settings.file_required);
	assert_int_equal(line.settings.override_count, 2);
	assert_string_equal(line.settings.overrides[1], "b=2");
	assert_true(line.check_config);
	assert_true(line.settings.is_trial);
	assert_int_equal(line.word_count, 0);
	command_line_finish(&line);
}

static void what_is_not_given_has_its_default(void **state)
{
	(void)state;
	assert_int_equal(READ("serve"), -1);
	assert_string_equal(line.settings.file, "/etc/program.conf");
	assert_false(line.settings.file_required);
	assert_false(line.check_config);
	assert_int_equal(line.own[RULE].count, 0);
	assert_null(command_line_text(&line, NODE));
	assert_int_equal(line.own[FORCE].count, 0);
	command_line_finish(&line);
}

static void options_of_the_daemon_are_read_in_order_wherever_they_stand(void **state)
{
	(void)state;
	assert_int_equal(READ("--rule", "/a=read", "token", "--node=one", "name", "--rule", "/b=write", "--node", "two"),
	    -1);
	assert_int_equal(line.own[RULE].count, 2);
	assert_string_equal(line.own[RULE].texts[0], "/a=read");
	assert_string_equal(line.own[RULE].texts[1], "/b=write");
	assert_string_equal(command_line_text(&line, NODE), "two");
	assert_int_equal(line.own[FORCE].count, 0);
	assert_int_equal(line.word_count, 2);
	assert_string_equal(line.words[0], "token");
	assert_string_equal(line.words[1], "name");
	command_line_finish(&line);
}

static void a_flag_takes_no_text(void **state)
{
	(void)state;
	assert_int_equal(READ("--force", "recover"), -1);
	assert_int_equal(line.own[FORCE].count, 1);
	assert_int_equal(line.word_count, 1);
	assert_string_equal(line.words[0], "recover");
	command_line_finish(&line);
}

static void an_option_of_another_daemon_is_a_usage_error(void **state)
{
	(void)state;
	assert_int_equal(READ("--json"), EXIT_STATUS_USAGE);
	assert_int_equal(read_arguments(&no_options, (const char *const[]){ "--rule", "/a=read", NULL }),
	    EXIT_STATUS_USAGE);
	assert_int_equal(read_arguments(&no_options, (const char *const[]){ "--check-config", NULL }), -1);
	command_line_finish(&line);
}

static void a_missing_text_is_a_usage_error(void **state)
{
	(void)state;
	assert_int_equal(READ("--rule", "/a=read", "--node"), EXIT_STATUS_USAGE);
	assert_int_equal(READ("--force=yes"), EXIT_STATUS_USAGE);
}

static void help_and_version_end_the_program_well(void **state)
{
	(void)state;
	assert_int_equal(READ("--help"), EXIT_STATUS_FINE);
	assert_int_equal(READ("-h"), EXIT_STATUS_FINE);
	assert_int_equal(READ("--rule", "/a=read", "--version"), EXIT_STATUS_FINE);
}

static int number_found(void)
{
	int number = ((const struct row *)line.command)->number;

	command_line_finish(&line);
	return number;
}

static void a_command_is_found_by_its_word(void **state)
{
	(void)state;
	assert_int_equal(read_arguments(&with_commands, (const char *const[]){ NULL }), -1);
	assert_int_equal(number_found(), 1);
	assert_int_equal(READ_COMMAND("copy", "a", "b"), -1);
	assert_int_equal(number_found(), 3);
	assert_int_equal(READ_COMMAND("dance"), EXIT_STATUS_USAGE);
	assert_int_equal(READ_COMMAND(""), EXIT_STATUS_USAGE);
}

static void a_command_has_its_number_of_arguments(void **state)
{
	(void)state;
	assert_int_equal(READ_COMMAND("copy"), EXIT_STATUS_USAGE);
	assert_int_equal(READ_COMMAND("copy", "a", "b", "c"), EXIT_STATUS_USAGE);
	assert_int_equal(READ_COMMAND("copy", "a", ""), EXIT_STATUS_USAGE);
}

static void a_command_takes_its_own_options_only(void **state)
{
	(void)state;
	assert_int_equal(READ_COMMAND("token", "name", "-r", "/a=read", "--node", "one"), -1);
	assert_string_equal(command_line_text(&line, RULE), "/a=read");
	assert_int_equal(number_found(), 2);
	assert_int_equal(READ_COMMAND("copy", "a", "--force"), EXIT_STATUS_USAGE);
	assert_int_equal(READ_COMMAND("--rule", "/a=read"), EXIT_STATUS_USAGE);
	assert_int_equal(READ_COMMAND("-f"), -1);
	assert_int_equal(number_found(), 1);
}

static void an_option_can_be_required(void **state)
{
	(void)state;
	assert_int_equal(READ_COMMAND("token", "name"), EXIT_STATUS_USAGE);
}

static void the_usage_shows_every_command_and_option(void **state)
{
	char *all = command_usage_of_all(&with_commands),
	     *line_of_one = command_usage_line(&with_commands, &rows[1].command);
	char *one = command_usage_of(&with_commands, &rows[1].command);
	char *apart = command_usage_of(&with_commands, &rows[2].command);

	(void)state;
	assert_non_null(strstr(all,
	    "Without a command: serve.\n  token NAME         make a token\n  copy FILE [FILE]   copy it"));
	assert_non_null(strstr(all, "  -f, --force        ask no more\n"));
	assert_string_equal(line_of_one, "program token NAME -r RULE [--node NODE]");
	assert_non_null(strstr(one, "\nMake a token.\n\n  -r, --rule RULE    add a rule\n  --node NODE        bind it\n"));
	assert_non_null(strstr(one, "-c FILE"));
	assert_null(strstr(apart, "-c FILE"));
	free(apart);
	free(all);
	free(line_of_one);
	free(one);
}

static void help_wins_over_missing_arguments(void **state)
{
	(void)state;
	assert_int_equal(READ_COMMAND("token", "--help"), EXIT_STATUS_FINE);
	assert_int_equal(READ_COMMAND("-h", "copy", "a", "b", "c"), EXIT_STATUS_FINE);
	assert_int_equal(READ_COMMAND("--help"), EXIT_STATUS_FINE);
	assert_int_equal(READ_COMMAND("--help", "dance"), EXIT_STATUS_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_all_daemons_are_read),
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(options_of_the_daemon_are_read_in_order_wherever_they_stand),
		cmocka_unit_test(a_flag_takes_no_text),
		cmocka_unit_test(an_option_of_another_daemon_is_a_usage_error),
		cmocka_unit_test(a_missing_text_is_a_usage_error),
		cmocka_unit_test(help_and_version_end_the_program_well),
		cmocka_unit_test(a_command_is_found_by_its_word),
		cmocka_unit_test(a_command_has_its_number_of_arguments),
		cmocka_unit_test(a_command_takes_its_own_options_only),
		cmocka_unit_test(an_option_can_be_required),
		cmocka_unit_test(the_usage_shows_every_command_and_option),
		cmocka_unit_test(help_wins_over_missing_arguments),
	};

	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
