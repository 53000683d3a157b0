/* main.c - pokerd's command line, and the start of its two processes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "common/command_line.h"
#include "common/log.h"
#include "common/memory.h"
#include "pokerd/check.h"
#include "pokerd/chef/rule_command.h"
#include "pokerd/commands/commands.h"
#include "pokerd/link/link_socket.h"
#include "pokerd/listen_sockets.h"
#include "pokerd/listener/listener.h"
#include "pokerd/run/supervise.h"
#include "pokerd/runner/runner.h"
#include "pokerd/settings.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { AWAIT_RUNNER_MS = 200 };

/* ---- serving ---- */

static int main_become_listener(const struct pokerd_settings *settings, int runner_fd, void *context)
{
	const struct listen_sockets *sockets = context;
	const struct listener_options options = {
		.settings = settings,
		.runner_fd = runner_fd,
		.listen_fds = sockets->fds,
		.listen_fd_count = sockets->count,
		.metrics_fds = sockets->metrics_fds,
		.metrics_fd_count = sockets->metrics_count,
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

static bool open_sockets(const struct pokerd_settings *settings, struct listen_sockets *out, int *out_status)
{
	struct error err;

	if (listen_sockets_open(settings, out, &err))
		return true;
	log_error("cannot start: %s", err.text);
	*out_status = err.kind == ERROR_UNAVAILABLE ? EXIT_STATUS_UNAVAILABLE : EXIT_STATUS_CONFIGURATION;
	return false;
}

/* become: what a forked child does, NULL: the listener is another service. The sockets are closed. */
static int run_runner(struct pokerd_settings *settings, const struct settings_source *source,
    struct listen_sockets *sockets, int (*become)(const struct pokerd_settings *settings, int runner_fd, void *context))
{
	const struct runner_options options = {
		.settings = settings,
		.table = &pokerd_settings_table,
		.source = source,
		.check = pokerd_check,
		.check_listening = check_listening,
		.listening = sockets->addresses,
		.listening_count = sockets->count,
		.become_listener = become,
		.context = sockets,
	};
	int status = runner_run(&options);

	listen_sockets_close(sockets);
	return status;
}

static int serve_as_both(struct pokerd_settings *settings, const struct settings_source *source)
{
	struct listen_sockets sockets;
	int status;

	if (!open_sockets(settings, &sockets, &status))
		return status;
	return run_runner(settings, source, &sockets, main_become_listener);
}

/* The listener's sockets are not ours, and what it says about them is not trusted: the addresses are those that are
   set. */
static int serve_as_runner(struct pokerd_settings *settings, const struct settings_source *source)
{
	struct listen_sockets sockets = { 0 };

	for (size_t i = 0; i < settings->listen.count; i++)
		listen_sockets_name(&sockets, settings->listen.items[i]);
	return run_runner(settings, source, &sockets, NULL);
}

/* With LoadCredential=tls.key:..., only the service manager needs to be able to read the key. */
static void take_credentials(struct pokerd_settings *settings)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char *path = directory ? memory_format("%s/tls.key", directory) : NULL;

	if (!path || access(path, R_OK)) {
		free(path);
		return;
	}
	free(settings->tls.key);
	settings->tls.key = path;
}

static int await_runner(const char *path)
{
	struct error err;
	int fd = link_socket_connect(path, &err);

	if (fd < 0)
		log_info("waiting: %s", err.text);
	while (fd < 0) {
		(void)poll(NULL, 0, AWAIT_RUNNER_MS);
		fd = link_socket_connect(path, NULL);
	}
	return fd;
}

static int serve_as_listener(struct pokerd_settings *settings)
{
	char path[LINK_SOCKET_PATH_BYTES];
	struct listen_sockets sockets;
	struct error err;
	int status;

	if (!geteuid()) {
		log_error("cannot start: pokerd --listener must not be root; start it as user \"%s\"", settings->user);
		return EXIT_STATUS_CONFIGURATION;
	}
	if (!link_socket_path(settings->control_socket, path, &err)) {
		log_error("cannot start: %s", err.text);
		return EXIT_STATUS_CONFIGURATION;
	}
	if (!open_sockets(settings, &sockets, &status))
		return status;
	take_credentials(settings);
	const struct listener_options options = {
		.settings = settings,
		.runner_fd = await_runner(path),
		.listen_fds = sockets.fds,
		.listen_fd_count = sockets.count,
		.metrics_fds = sockets.metrics_fds,
		.metrics_fd_count = sockets.metrics_count,
		.addresses = sockets.addresses,
		.is_service = true,
	};
	_exit(listener_run(&options)); /* the destructors of libraries might make calls that are filtered now */
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
static int check_and_serve(const struct settings_source *source,
    int (*serve)(struct pokerd_settings *settings, const struct settings_source *source))
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
	int status = serve(&settings, source);
	settings_finish(&pokerd_settings_table, &settings);
	return status;
}

/* It may not be able to read what the runner needs, so it checks only what it uses itself. */
static int load_and_listen(const struct settings_source *source)
{
	struct pokerd_settings settings;

	if (!main_load(source, NULL, &settings))
		return EXIT_STATUS_CONFIGURATION;
	log_set_level((enum log_level)settings.log_level);
	int status = serve_as_listener(&settings);
	settings_finish(&pokerd_settings_table, &settings);
	return status;
}

static int main_serve(const struct command_line *line)
{
	bool is_runner = line->own[COMMAND_RUNNER].count, is_listener = line->own[COMMAND_LISTENER].count;

	if (is_runner && is_listener) {
		fputs("pokerd: --runner and --listener exclude each other; without both, it is both\n", stderr);
		return EXIT_STATUS_USAGE;
	}
	if (is_listener)
		return load_and_listen(&line->settings);
	return check_and_serve(&line->settings, is_runner ? serve_as_runner : serve_as_both);
}

static int main_run(const struct command_line *line)
{
	const struct command *command = line->command;
	const char *folder = command_line_text(line, COMMAND_SUPERVISE);

	if (folder)
		return supervise(folder);
	if (line->check_config)
		return check_only(&line->settings);
	return command->run ? run_command(command, line) : main_serve(line);
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
