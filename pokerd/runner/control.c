/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/control.h"

#include "common/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { ARGUMENTS_MAX = 4 };

static json_t *answer_status(const struct control_host *host, const json_t *request, struct error *err)
{
	(void)request, (void)err;
	return status_json(&host->sources);
}

static json_t *answer_history(const struct control_host *host, const json_t *request, struct error *err)
{
	(void)request, (void)err;
	return status_history(host->runs_directory);
}

/* A new command is a row here: its word, the function that makes its answer, and the names of its arguments. NULL
   instead of an answer: refused with *err. */
static const struct control_command {
	const char *word;
	json_t *(*answer)(const struct control_host *host, const json_t *request, struct error *err);
	const char *arguments[ARGUMENTS_MAX];
} control_commands[] = {
	{ "status", answer_status, { NULL } },
	{ "history", answer_history, { NULL } },
};

static const struct control_command *control_find_command(const json_t *request)
{
	const char *word = json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; word && i < sizeof(control_commands) / sizeof(*control_commands); i++)
		if (!strcmp(word, control_commands[i].word))
			return &control_commands[i];
	return NULL;
}

static bool command_takes(const struct control_command *command, const char *name)
{
	for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i]; i++)
		if (!strcmp(name, command->arguments[i]))
			return true;
	return !strcmp(name, "command");
}

static bool check_arguments(const struct control_command *command, json_t *request, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach (request, name, value) {
		if (!command_takes(command, name))
			return error_set(err, ERROR_INVALID, "%s does not take \"%.64s\"", command->word, name);
	}
	return true;
}

static json_t *answer_request(const struct control_host *host, json_t *request, struct error *err)
{
	const struct control_command *command = control_find_command(request);

	if (!command) {
		error_set(err, ERROR_INVALID, "this pokerd does not know the command");
		return NULL;
	}
	return check_arguments(command, request, err) ? command->answer(host, request, err) : NULL;
}

static void answer_line(struct control_client *client, const char *line, void *context)
{
	json_t *request = NULL, *answer = NULL;
	struct error err;

	if (json_decode_object(line, strlen(line), &request, &err))
		answer = answer_request(context, request, &err);
	json_decref(request);
	if (answer)
		control_answer(client, answer);
	else
		control_refuse(client, &err);
}

struct control_socket *control_open(const struct control_host *host, struct error *err)
{
	const struct control_options options = {
		.loop = host->loop,
		.path = host->path,
		.program = "pokerd",
		.ask = answer_line,
		.context = (void *)host,
	};

	return control_socket_open(&options, err);
}
