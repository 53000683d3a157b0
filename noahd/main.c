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
	    !server_key_read_or_make(settings->state_directory, &key, &err)) {
		log_error("%s", err.text);
		return command_line_status_of(&err);
	}
	signing_key_public_text(key, text);
	signing_key_destroy(key);
	puts(text);
	return EXIT_STATUS_FINE;
}

#define OPTION(own) COMMAND_LINE_BIT(NOAHD_##own)
#define FILE_NEEDED .arguments = "FILE", .fewest = 1, .most = 1
#define FILE_ALLOWED .arguments = "[FILE]", .most = 1
static const struct command {
	struct command_line_command row;
	int (*run)(const struct noahd_settings *settings, const struct command_line *line);
} commands[] = {
	{ { .word = "", .sentence = "serve" }, main_serve },
	{ { .word = "backup", FILE_NEEDED, .sentence = "copy the store to FILE, while noahd runs or not" },
	    command_backup },
	{ { .word = "export",
	      FILE_ALLOWED,
	      .sentence = "write every object as a line of JSON, to stdout if FILE is missing or -" },
	    command_export },
	{ { .word = "import",
	      FILE_NEEDED,
	      .sentence = "read the output of export into a noahd that has never been written to" },
	    command_import },
	{ { .word = "token",
	      .arguments = "NAME",
	      .fewest = 1,
	      .most = 1,
	      .options = OPTION(RULE) | OPTION(NODE),
	      .sentence = "create a token, or give it a new secret, and print the secret" },
	    command_token },
	{ { .word = "verify", FILE_ALLOWED, .sentence = "check the whole store, or a backup, and list all damage" },
	    command_verify },
	{ { .word = "recover",
	      .options = OPTION(ACCEPT_LOSS),
	      .sentence = "print whether acknowledged changes are missing" },
	    command_recover },
	{ { .word = "public-key", .sentence = "print the public key (whpk_...) for receivers; create it if missing" },
	    print_public_key },
};
#undef FILE_ALLOWED
#undef FILE_NEEDED
#undef OPTION

static int main_run(const struct command_line *line)
{
	const struct command *command = line->command;
	struct settings_errors errors;
	struct noahd_settings settings;

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
	[NOAHD_RULE] = { "rule", "RULE", "a rule of the token, as in --rule /hosts=read,write; may be repeated", 0 },
	[NOAHD_NODE] = { "node", "NODE", "the node that the token is bound to", 0 },
	[NOAHD_ACCEPT_LOSS] = { "accept-loss", NULL, "accept their loss and begin a new epoch", 0 },
};

int main(int argc, char **argv)
{
	const struct command_line_options options = {
		.program = "noahd",
		.settings_file = NOAHD_SETTINGS_FILE,
		.table = &noahd_settings_table,
		.own = own_options,
		.own_count = NOAHD_OPTIONS,
		.commands = commands,
		.command_count = sizeof(commands) / sizeof(*commands),
		.command_size = sizeof(*commands),
	};
	struct command_line line;
	int status;

	log_start("noahd");
	file_trust_user(NOAHD_USER); /* under systemd its files belong to that user */
	if (!command_line_read(&options, argc, argv, &line, &status))
		return status;
	status = main_run(&line);
	command_line_finish(&line);
	return status;
}
