/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { RULE, NODE, FORCE, OWN_OPTIONS };

static const struct command_line_option own_options[OWN_OPTIONS] = {
	[RULE] = { "rule", OPTION_TEXT },
	[NODE] = { "node", OPTION_TEXT },
	[FORCE] = { "force", OPTION_FLAG },
};

enum { ARGUMENTS_MAX = 16 };

static struct command_line line;

/* The status to exit with; -1: the program goes on with line. */
static int read_arguments(const struct command_line_option *own, size_t own_count, const char *const *arguments)
{
	static char *argv[ARGUMENTS_MAX + 1]; /* getopt sorts it, and line borrows its words */
	const struct command_line_options options = {
		.program = "program",
		.usage = "usage\n",
		.settings_file = "/etc/program.conf",
		.own = own,
		.own_count = own_count,
	};
	int argc = 1, status;

	argv[0] = "program";
	while (arguments[argc - 1]) {
		argv[argc] = (char *)arguments[argc - 1];
		argc++;
	}
	argv[argc] = NULL;
	optind = 0; /* getopt begins again */
	return command_line_read(&options, argc, argv, &line, &status) ? -1 : status;
}

#define READ(...) read_arguments(own_options, OWN_OPTIONS, (const char *const[]){ __VA_ARGS__, NULL })

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
	assert_int_equal(read_arguments(NULL, 0, (const char *const[]){ "--rule", "/a=read", NULL }), EXIT_STATUS_USAGE);
	assert_int_equal(read_arguments(NULL, 0, (const char *const[]){ "--check-config", NULL }), -1);
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
	};

	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
