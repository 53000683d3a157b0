/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"

#include "common/command_usage.h"
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
			.has_arg = options->own[i].value ? required_argument : no_argument,
			.val = OPTION_OWN + (int)i };
	memcpy(rows + options->own_count, common_options, sizeof(common_options));
	return rows;
}

/* The letters of the daemon's options and those of all, for getopt. free() it. */
static char *option_letters(const struct command_line_options *options)
{
	char *letters = memory_zeroed(options->own_count + 4, 2), *end = stpcpy(letters, "c:o:h");

	for (size_t i = 0; i < options->own_count; i++) {
		if (options->own[i].letter) {
			*end++ = options->own[i].letter;
			if (options->own[i].value)
				*end++ = ':';
		}
	}
	return letters;
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

static size_t own_of(const struct command_line_options *options, int option)
{
	for (size_t i = 0; i < options->own_count; i++)
		if (options->own[i].letter == option)
			return i;
	return (size_t)(option - OPTION_OWN);
}

/* -1: reading continues. */
static int take_option(const struct command_line_options *options, int option, struct command_line *line)
{
	struct command_line_given *given;

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
		line->wants_help = true;
		return -1;
	case OPTION_VERSION:
		return print_taken(memory_format("%s %s\n", options->program, VERSION));
	case OPTION_HELP_SETTINGS:
		return print_taken(settings_help(options->table));
	case OPTION_EXAMPLE:
		return print_taken(settings_example(options->table, options->program));
	case '?':
		return usage_error(options);
	default:
		given = &line->own[own_of(options, option)];
		given->texts = memory_grow(given->texts, given->count + 1, sizeof(*given->texts));
		given->texts[given->count++] = optarg; /* NULL for an option without a text */
		return -1;
	}
}

/* ---- the command ---- */

static const struct command_line_command *find_command(const struct command_line_options *options, const char *word)
{
	for (size_t i = 0; i < options->command_count; i++)
		if (!strcmp(command_usage_row(options, i)->word, word))
			return command_usage_row(options, i);
	return NULL;
}

static int refuse_word(const struct command_line_options *options, const char *word)
{
	fprintf(stderr, "%s: unknown command \"%s\": allowed are", options->program, word);
	for (size_t i = 0, shown = 0; i < options->command_count; i++)
		if (*command_usage_row(options, i)->word)
			fprintf(stderr, "%s %s", shown++ ? "," : "", command_usage_row(options, i)->word);
	fputc('\n', stderr);
	return usage_error(options);
}

static int refuse_use(const struct command_line_options *options, const struct command_line_command *command,
    char *take_reason)
{
	char *usage = command_usage_line(options, command);

	fprintf(stderr, "%s: %s\nusage: %s\n", options->program, take_reason, usage);
	free(usage);
	free(take_reason);
	return usage_error(options);
}

/* The number of words. A file whose name is empty, as of a variable that is not set, is not what was meant. */
static int check_words(const struct command_line_options *options, const struct command_line_command *command,
    const struct command_line *line)
{
	size_t behind = line->word_count ? line->word_count - 1 : 0;

	if (behind < command->fewest || behind > command->most)
		return refuse_use(options, command, memory_format("wrong number of arguments for \"%s\"", command->word));
	for (size_t i = 1; i <= behind; i++) {
		if (strstr(command->arguments, "FILE") && !*line->words[i]) {
			fprintf(stderr, "%s: the file name for \"%s\" is empty\n", options->program, command->word);
			return usage_error(options);
		}
	}
	return -1;
}

static int check_own(const struct command_line_options *options, const struct command_line_command *command,
    const struct command_line *line)
{
	for (size_t i = 0; i < options->own_count; i++) {
		const struct command_line_option *own = &options->own[i];

		if (line->own[i].count && !(command->options & COMMAND_LINE_BIT(i))) {
			if (*command->word)
				return refuse_use(options, command,
				    memory_format("--%s is not an option of \"%s\"", own->name, command->word));
			fprintf(stderr, "%s: --%s needs a command\n", options->program, own->name);
			return usage_error(options);
		}
		if (!line->own[i].count && command->required & COMMAND_LINE_BIT(i))
			return refuse_use(options, command,
			    memory_format("\"%s\" needs --%s %s", command->word, own->name, own->value));
	}
	return -1;
}

/* -1: there is something to do. */
static int take_command(const struct command_line_options *options, struct command_line *line)
{
	const char *word = line->word_count ? line->words[0] : "";
	const struct command_line_command *command = find_command(options, word);
	int status;

	if (line->wants_help && !line->word_count)
		return print_taken(command_usage_of_all(options));
	if (!options->commands)
		return -1;
	if (!command || (line->word_count && !*word))
		return refuse_word(options, word);
	if (line->wants_help)
		return print_taken(command_usage_of(options, command));
	status = check_words(options, command, line);
	if (status < 0)
		status = check_own(options, command, line);
	line->command = command;
	return status;
}

bool command_line_read(const struct command_line_options *options, int argc, char **argv, struct command_line *out,
    int *out_status)
{
	struct command_line line = { .settings = { .file = options->settings_file }, .own_count = options->own_count };
	struct option *rows = long_options(options);
	char *letters = option_letters(options);
	int option, status = -1;

	line.overrides = memory_zeroed((size_t)argc + 1, sizeof(*line.overrides));
	line.settings.overrides = line.overrides;
	line.own = memory_zeroed(options->own_count + 1, sizeof(*line.own));
	while (status < 0 && (option = getopt_long(argc, argv, letters, rows, NULL)) != -1)
		status = take_option(options, option, &line);
	free(letters);
	free(rows);
	line.words = argv + optind;
	line.word_count = (size_t)(argc - optind);
	if (status < 0)
		status = take_command(options, &line);
	if (status >= 0) {
		*out_status = status;
		command_line_finish(&line);
		return false;
	}
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
