/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_usage.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN = 20 }; /* where sentences begin */

const struct command_line_command *command_usage_row(const struct command_line_options *options, size_t i)
{
	return (const void *)((const char *)options->commands + i * options->command_size);
}

static void print_usage_row(FILE *out, const char *label, const char *sentence)
{
	if (strlen(label) > COLUMN - 3) /* two spaces behind a label show where it ends */
		fprintf(out, "  %s\n  %*s%s\n", label, COLUMN - 1, "", sentence);
	else
		fprintf(out, "  %-*s %s\n", COLUMN - 2, label, sentence);
}

static void print_common_options(FILE *out, const struct command_line_options *options)
{
	fprintf(out, "  %-*s settings (default %s)\n", COLUMN - 2, "-c FILE", options->settings_file);
	print_usage_row(out, "-o NAME=VALUE", "override one setting; may be repeated");
}

static void print_option(FILE *out, const struct command_line_option *option)
{
	char label[64];
	char letter[] = { '-', option->letter, ',', ' ', 0 };

	snprintf(label, sizeof(label), "%s--%s%s%s", option->letter ? letter : "", option->name, option->value ? " " : "",
	    option->value ? option->value : "");
	print_usage_row(out, label, option->sentence);
}

static void print_options(FILE *out, const struct command_line_options *options, uint64_t taken)
{
	for (size_t i = 0; i < options->own_count; i++)
		if (taken & COMMAND_LINE_BIT(i) && options->own[i].sentence)
			print_option(out, &options->own[i]);
}

static void print_commands(FILE *out, const struct command_line_options *options)
{
	for (size_t i = 0; i < options->command_count; i++) {
		const struct command_line_command *command = command_usage_row(options, i);
		char label[64];

		if (!*command->word)
			continue;
		snprintf(label, sizeof(label), "%s%s%s", command->word, command->arguments ? " " : "",
		    command->arguments ? command->arguments : "");
		print_usage_row(out, label, command->sentence);
	}
}

/* The row for no command. NULL: there is none. */
static const struct command_line_command *serving_row(const struct command_line_options *options)
{
	for (size_t i = 0; i < options->command_count; i++)
		if (!*command_usage_row(options, i)->word)
			return command_usage_row(options, i);
	return NULL;
}

/* What print writes. */
static char *text_of(void (*print)(FILE *out, const struct command_line_options *options,
                         const struct command_line_command *command),
    const struct command_line_options *options, const struct command_line_command *command)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	print(out, options, command);
	if (fclose(out))
		abort();
	return text;
}

static void print_all(FILE *out, const struct command_line_options *options, const struct command_line_command *serving)
{
	fprintf(out, "usage: %s [-c FILE] [-o NAME=VALUE]... [COMMAND]\n\n", options->program);
	if (serving)
		fprintf(out, "Without a command: %s.\n", serving->sentence);
	print_commands(out, options);
	fputc('\n', out);
	print_common_options(out, options);
	if (serving)
		print_options(out, options, serving->options);
	print_usage_row(out, "--check-config", "check the settings, report every error, and exit");
	print_usage_row(out, "--help-settings", "list the settings");
	print_usage_row(out, "--example-config", "print a settings file with every default");
	fprintf(out, "  --version, --help\n\n'%s COMMAND --help' describes a command and its options.\n", options->program);
	fprintf(out, "See %s(8) and %s.conf(5).\n", options->program, options->program);
}

char *command_usage_of_all(const struct command_line_options *options)
{
	return text_of(print_all, options, serving_row(options));
}

static void print_short_option(FILE *out, const struct command_line_option *option, bool is_required)
{
	fputs(is_required ? " " : " [", out);
	if (option->letter)
		fprintf(out, "-%c", option->letter);
	else
		fprintf(out, "--%s", option->name);
	if (option->value)
		fprintf(out, " %s", option->value);
	fputs(is_required ? "" : "]", out);
}

static void print_line(FILE *out, const struct command_line_options *options,
    const struct command_line_command *command)
{
	fprintf(out, "%s %s%s%s", options->program, command->word, command->arguments ? " " : "",
	    command->arguments ? command->arguments : "");
	for (size_t i = 0; i < options->own_count; i++)
		if (command->options & COMMAND_LINE_BIT(i) && options->own[i].sentence)
			print_short_option(out, &options->own[i], command->required & COMMAND_LINE_BIT(i));
}

char *command_usage_line(const struct command_line_options *options, const struct command_line_command *command)
{
	return text_of(print_line, options, command);
}

static void print_one(FILE *out, const struct command_line_options *options, const struct command_line_command *command)
{
	fputs("usage: ", out);
	print_line(out, options, command);
	fprintf(out, "\n\n%c%s.\n\n", toupper((unsigned char)*command->sentence), command->sentence + 1);
	print_options(out, options, command->options);
	if (!command->is_apart)
		print_common_options(out, options);
	fprintf(out, "\nSee %s(8).\n", options->program);
}

char *command_usage_of(const struct command_line_options *options, const struct command_line_command *command)
{
	return text_of(print_one, options, command);
}
