/* main.c - noahd's command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"
#include "common/file.h"
#include "common/log.h"
#include "common/signature.h"
#include "noahd/commands.h"
#include "noahd/server.h"
#include "noahd/server_key.h"
#include "noahd/settings.h"
#include "noahd/token_command.h"
#include "noahd/verify_command.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: noahd [-c FILE] [-o NAME=VALUE]... [COMMAND]\n"
    "\n"
    "Without a command: serve.\n"
    "  backup FILE        copy the store to FILE, while noahd runs or not\n"
    "  export [FILE]      write every object as a line of JSON, to stdout if FILE is missing or -\n"
    "  import FILE        read the output of export into a noahd that has never been written to\n"
    "  token NAME         create a token, or give it a new secret, and print the secret\n"
    "    --rule RULE      a rule of the token, as in --rule /hosts=read,write; may be repeated\n"
    "    --node NODE      the node that the token is bound to\n"
    "  verify [FILE]      check the whole store, or a backup, and list all damage\n"
    "  recover            print whether acknowledged changes are missing\n"
    "    --accept-loss    accept their loss and begin a new epoch\n"
    "  public-key         print the public key (whpk_...) for receivers; create it if missing\n"
    "\n"
    "  -c FILE            settings (default " NOAHD_SETTINGS_FILE ")\n"
    "  -o NAME=VALUE      override one setting, as in -o store.engine=memory\n"
    "  --check-config     check the settings, report every error, and exit\n"
    "  --help-settings    list the settings\n"
    "  --example-config   print a settings file with every default\n"
    "  --version, --help\n"
    "\n"
    "See noahd(8) and noahd.conf(5).\n";

static int main_serve(const struct noahd_settings *settings, const struct command_line *line)
{
	return server_run(settings, &line->settings);
}

static int print_public_key(const struct noahd_settings *settings, const struct command_line *line)
{
	char text[SIGNING_KEY_TEXT_BYTES];
	struct signing_key *key;
	struct error err;

	(void)line;
	if (!file_make_folder(settings->state_directory, 0700, &err) ||
	    !server_key_load(settings->state_directory, true, &key, &err)) {
		log_error("%s", err.text);
		return command_line_status_of(&err);
	}
	signing_key_public_text(key, text);
	signing_key_destroy(key);
	puts(text);
	return EXIT_STATUS_FINE;
}

enum argument { ARGUMENT_NONE, ARGUMENT_FILE, ARGUMENT_NAME };

static const struct command {
	const char *word;
	size_t fewest, max; /* words behind it */
	enum argument argument;
	int (*run)(const struct noahd_settings *settings, const struct command_line *line);
} commands[] = {
	{ "backup", 1, 1, ARGUMENT_FILE, command_backup },
	{ "export", 0, 1, ARGUMENT_FILE, command_export },
	{ "import", 1, 1, ARGUMENT_FILE, command_import },
	{ "public-key", 0, 0, ARGUMENT_NONE, print_public_key },
	{ "recover", 0, 0, ARGUMENT_NONE, command_recover },
	{ "token", 1, 1, ARGUMENT_NAME, command_token },
	{ "verify", 0, 1, ARGUMENT_FILE, command_verify },
};

static const struct command *find_command(const struct command_line *line)
{
	static const struct command serving = { .run = main_serve };

	if (line->word_count == 0)
		return &serving;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(line->words[0], commands[i].word) == 0)
			return &commands[i];
	return NULL;
}

static bool has_its_words(const struct command *command, const struct command_line *line)
{
	size_t behind = line->word_count ? line->word_count - 1 : 0;
	return behind >= command->fewest && behind <= command->max;
}

static int main_run(const struct command_line *line)
{
	const struct command *command = find_command(line);
	struct settings_errors errors;
	struct noahd_settings settings;

	if (!command || !has_its_words(command, line)) {
		fprintf(stderr, "noahd: %s \"%s\"\nTry 'noahd --help'.\n",
		    command ? "wrong number of arguments for" : "unknown command", line->words[0]);
		return EXIT_STATUS_USAGE;
	}
	if (command->argument == ARGUMENT_FILE && line->word_count > 1 && !*line->words[1]) {
		fprintf(stderr, "noahd: the file name for \"%s\" is empty\nTry 'noahd --help'.\n", line->words[0]);
		return EXIT_STATUS_USAGE;
	}
	if (!noahd_settings_load(&line->settings, &settings, &errors)) {
		command_line_print_errors("noahd", &errors);
		settings_errors_finish(&errors);
		return EXIT_STATUS_CONFIGURATION;
	}
	log_set_level((enum log_level)settings.log_level);
	if (line->check_config)
		command_line_print_errors("noahd", &errors);
	else if (!line->word_count)
		command_line_log_errors(&errors);
	settings_errors_finish(&errors);
	int status = line->check_config ? EXIT_STATUS_FINE : command->run(&settings, line);
	noahd_settings_finish(&settings);
	return status;
}

static const struct command_line_option own_options[NOAHD_OPTIONS] = {
	[NOAHD_RULE] = { "rule", OPTION_TEXT },
	[NOAHD_NODE] = { "node", OPTION_TEXT },
	[NOAHD_ACCEPT_LOSS] = { "accept-loss", OPTION_FLAG },
};

int main(int argc, char **argv)
{
	const struct command_line_options options = {
		.program = "noahd",
		.usage = usage,
		.settings_file = NOAHD_SETTINGS_FILE,
		.table = &noahd_settings_table,
		.own = own_options,
		.own_count = NOAHD_OPTIONS,
	};
	struct command_line line;
	int status;

	log_start("noahd");
	if (!command_line_read(&options, argc, argv, &line, &status))
		return status;
	status = main_run(&line);
	command_line_finish(&line);
	return status;
}
