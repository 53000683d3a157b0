/* main.c - pokerd's command line, and the start of its two processes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"
#include "common/log.h"
#include "pokerd/check.h"
#include "pokerd/chef/rule_command.h"
#include "pokerd/commands/commands.h"
#include "pokerd/listen_sockets.h"
#include "pokerd/listener/listener.h"
#include "pokerd/run/supervise.h"
#include "pokerd/runner/runner.h"
#include "pokerd/settings.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- serving ---- */

static int main_become_listener(const struct pokerd_settings *settings, int runner_fd, void *context)
{
	const struct listen_sockets *sockets = context;
	const struct listener_options options = {
		.settings = settings,
		.runner_fd = runner_fd,
		.listen_fds = sockets->fds,
		.listen_fd_count = sockets->count,
	};
	struct error err;

	if (listen_sockets_listen(sockets, &err))
		return listener_run(&options);
	log_error("cannot start the listener: %s", err.text);
	return EXIT_STATUS_UNAVAILABLE;
}

static bool check_listening(const struct pokerd_settings *settings, void *context, struct error *err)
{
	return listen_sockets_check(settings, context, err);
}

static int main_serve(struct pokerd_settings *settings, const struct settings_source *source)
{
	struct listen_sockets sockets;
	struct error err;

	if (!listen_sockets_open(settings, &sockets, &err)) {
		log_error("cannot start: %s", err.text);
		return err.kind == ERROR_UNAVAILABLE ? EXIT_STATUS_UNAVAILABLE : EXIT_STATUS_CONFIGURATION;
	}
	const struct runner_options options = {
		.settings = settings,
		.table = &pokerd_settings_table,
		.source = source,
		.check = pokerd_check,
		.check_listening = check_listening,
		.listening = sockets.addresses,
		.listening_count = sockets.count,
		.become_listener = main_become_listener,
		.context = &sockets,
	};
	int status = runner_run(&options);
	listen_sockets_close(&sockets);
	return status;
}

/* ---- the command line ---- */

/* A command must not fail because it cannot read a key file: check is NULL. */
static bool main_load(const struct settings_source *source, settings_check *check, struct pokerd_settings *out)
{
	struct settings_errors errors;

	bool loaded = settings_load(&pokerd_settings_table, source, check, out, &errors);
	command_line_print_errors("pokerd", &errors);
	settings_errors_finish(&errors);
	return loaded;
}

static int run_command(const struct command *command, const struct command_line *line)
{
	struct pokerd_settings settings;

	if (command->row.is_apart)
		return command->run(line, NULL);
	if (!main_load(&line->settings, NULL, &settings))
		return EXIT_STATUS_CONFIGURATION;
	int status = command->run(line, &settings);
	settings_finish(&pokerd_settings_table, &settings);
	return status;
}

static void main_print_commands(const struct setting_groups *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		char *text = rule_command_text(rules, i);
		if (text)
			puts(text);
		free(text);
	}
}

static int check_only(const struct settings_source *source)
{
	struct pokerd_settings settings;

	if (!main_load(source, pokerd_check_all, &settings))
		return EXIT_STATUS_CONFIGURATION;
	main_print_commands(&settings.rules);
	settings_finish(&pokerd_settings_table, &settings);
	return EXIT_STATUS_FINE;
}

/* No signing key is read before the listener is forked; if it will not be forked, all errors are reported at once. */
static int check_and_serve(const struct settings_source *source)
{
	struct settings_errors errors;
	struct pokerd_settings settings;

	if (!settings_load(&pokerd_settings_table, source, pokerd_check, &settings, &errors)) {
		settings_errors_finish(&errors);
		(void)check_only(source);
		return EXIT_STATUS_CONFIGURATION;
	}
	log_set_level((enum log_level)settings.log_level);
	command_line_log_errors(&errors);
	settings_errors_finish(&errors);
	int status = main_serve(&settings, source);
	settings_finish(&pokerd_settings_table, &settings);
	return status;
}

static int main_run(const struct command_line *line)
{
	const struct command *command = line->command;
	const char *folder = command_line_text(line, COMMAND_SUPERVISE);

	if (folder)
		return supervise(folder);
	if (line->check_config)
		return check_only(&line->settings);
	return command->run ? run_command(command, line) : check_and_serve(&line->settings);
}

int main(int argc, char **argv)
{
	const struct command_line_options options = {
		.program = "pokerd",
		.settings_file = POKERD_SETTINGS_FILE,
		.table = &pokerd_settings_table,
		.own = command_options,
		.own_count = COMMAND_OPTIONS,
		.commands = commands,
		.command_count = command_count,
		.command_size = sizeof(*commands),
	};
	struct command_line line;
	int status;

	log_start("pokerd");
	if (!command_line_read(&options, argc, argv, &line, &status))
		return status;
	status = main_run(&line);
	command_line_finish(&line);
	return status;
}
