/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"

#include "common/log.h"
#include "common/memory.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_CHECK = 256,
	OPTION_JSON,
	OPTION_ACCEPT_LOSS,
	OPTION_RULE,
	OPTION_NODE,
	OPTION_HELP_SETTINGS,
	OPTION_EXAMPLE,
	OPTION_VERSION
};

static const struct option long_options[] = {
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "accept-loss", no_argument, NULL, OPTION_ACCEPT_LOSS },
	{ "rule", required_argument, NULL, OPTION_RULE },
	{ "node", required_argument, NULL, OPTION_NODE },
	{ "help-settings", no_argument, NULL, OPTION_HELP_SETTINGS },
	{ "example-config", no_argument, NULL, OPTION_EXAMPLE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Prints a text that was made for it, which ends the program well. */
static int print_taken(char *take_text)
{
	fputs(take_text, stdout);
	free(take_text);
	return EXIT_STATUS_FINE;
}

static int usage_error(const struct command_line_options *options)
{
	fprintf(stderr, "Try '%s --help'.\n", options->program);
	return EXIT_STATUS_USAGE;
}

/* -1: the option was one to go on with. */
static int take_option(const struct command_line_options *options, int option, struct command_line *line)
{
	switch (option) {
	case 'c':
		line->settings.file = optarg;
		line->settings.file_required = true;
		return -1;
	case 'o':
		line->overrides[line->settings.override_count++] = optarg;
		return -1;
	case OPTION_CHECK:
		line->check_config = line->settings.is_trial = true;
		return -1;
	case OPTION_JSON:
		line->json = true;
		return options->has_json ? -1 : usage_error(options);
	case OPTION_ACCEPT_LOSS:
		line->accept_loss = true;
		return options->has_loss ? -1 : usage_error(options);
	case OPTION_RULE:
		line->rules[line->rule_count++] = optarg;
		return options->has_rules ? -1 : usage_error(options);
	case OPTION_NODE:
		line->node = optarg;
		return options->has_rules ? -1 : usage_error(options);
	case 'h':
		return print_taken(memory_text(options->usage));
	case OPTION_VERSION:
		return print_taken(memory_format("%s %s\n", options->program, VERSION));
	case OPTION_HELP_SETTINGS:
		return print_taken(settings_help(options->table));
	case OPTION_EXAMPLE:
		return print_taken(settings_example(options->table, options->program));
	default:
		return usage_error(options);
	}
}

bool command_line_read(const struct command_line_options *options, int argc, char **argv, struct command_line *out,
    int *out_status)
{
	struct command_line line = { .settings = { .file = options->settings_file } };
	int option;

	line.overrides = memory_zeroed((size_t)argc + 1, sizeof(*line.overrides));
	line.settings.overrides = line.overrides;
	line.rules = memory_zeroed((size_t)argc + 1, sizeof(*line.rules));
	while ((option = getopt_long(argc, argv, "c:o:h", long_options, NULL)) != -1) {
		int status = take_option(options, option, &line);
		if (status >= 0) {
			*out_status = status;
			command_line_finish(&line);
			return false;
		}
	}
	line.words = argv + optind;
	line.word_count = (size_t)(argc - optind);
	*out = line;
	return true;
}

void command_line_finish(struct command_line *command_line)
{
	free(command_line->overrides);
	free(command_line->rules);
}

int command_line_status_of(const struct error *err)
{
	switch (err->kind) {
	case ERROR_UNAVAILABLE:
		return EXIT_STATUS_UNAVAILABLE;
	case ERROR_INTERNAL:
		return EXIT_STATUS_INTERNAL;
	default:
		return EXIT_STATUS_CONFIGURATION;
	}
}

void command_line_print_errors(const char *program, const struct settings_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		fprintf(stderr, "%s: %s\n", program, errors->lines[i]);
	for (size_t i = 0; i < errors->warning_count; i++)
		fprintf(stderr, "%s: warning: %s\n", program, errors->warnings[i]);
}

void command_line_log_errors(const struct settings_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		log_error("%s", errors->lines[i]);
	for (size_t i = 0; i < errors->warning_count; i++)
		log_warning("%s", errors->warnings[i]);
}
