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
	OPTION_HELP_SETTINGS,
	OPTION_EXAMPLE,
	OPTION_VERSION,
	OPTION_OWN, /* the daemon's first one */
};

/* The last row ends getopt's table. */
static const struct option common_options[] = {
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "help-settings", no_argument, NULL, OPTION_HELP_SETTINGS },
	{ "example-config", no_argument, NULL, OPTION_EXAMPLE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* The daemon's options and those of all, for getopt. free() it. */
static struct option *long_options(const struct command_line_options *options)
{
	struct option *rows = memory_allocate(options->own_count * sizeof(*rows) + sizeof(common_options));

	for (size_t i = 0; i < options->own_count; i++)
		rows[i] = (struct option){ .name = options->own[i].name,
			.has_arg = options->own[i].argument == OPTION_TEXT ? required_argument : no_argument,
			.val = OPTION_OWN + (int)i };
	memcpy(rows + options->own_count, common_options, sizeof(common_options));
	return rows;
}

/* Prints the text and frees it; the program then exits successfully. */
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

/* optarg is NULL for an OPTION_FLAG. */
static void take_own(struct command_line_given *given)
{
	given->texts = memory_grow(given->texts, given->count + 1, sizeof(*given->texts));
	given->texts[given->count++] = optarg;
}

/* -1: reading continues. */
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
	case 'h':
		return print_taken(memory_text(options->usage));
	case OPTION_VERSION:
		return print_taken(memory_format("%s %s\n", options->program, VERSION));
	case OPTION_HELP_SETTINGS:
		return print_taken(settings_help(options->table));
	case OPTION_EXAMPLE:
		return print_taken(settings_example(options->table, options->program));
	case '?':
		return usage_error(options);
	default:
		take_own(&line->own[option - OPTION_OWN]);
		return -1;
	}
}

bool command_line_read(const struct command_line_options *options, int argc, char **argv, struct command_line *out,
    int *out_status)
{
	struct command_line line = { .settings = { .file = options->settings_file }, .own_count = options->own_count };
	struct option *rows = long_options(options);
	int option, status = -1;

	line.overrides = memory_zeroed((size_t)argc + 1, sizeof(*line.overrides));
	line.settings.overrides = line.overrides;
	line.own = memory_zeroed(options->own_count + 1, sizeof(*line.own));
	while (status < 0 && (option = getopt_long(argc, argv, "c:o:h", rows, NULL)) != -1)
		status = take_option(options, option, &line);
	free(rows);
	if (status >= 0) {
		*out_status = status;
		command_line_finish(&line);
		return false;
	}
	line.words = argv + optind;
	line.word_count = (size_t)(argc - optind);
	*out = line;
	return true;
}

void command_line_finish(struct command_line *line)
{
	for (size_t i = 0; i < line->own_count; i++)
		free(line->own[i].texts);
	free(line->own);
	free(line->overrides);
}

const char *command_line_text(const struct command_line *line, size_t own)
{
	const struct command_line_given *given = &line->own[own];
	return given->count ? given->texts[given->count - 1] : NULL;
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
