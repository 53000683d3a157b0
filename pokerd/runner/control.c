/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/control.h"

#include "common/json.h"
#include "common/log.h"
#include "pokerd/verify/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { ARGUMENTS_MAX = 4 };

#define HOLD_MS_MAX (INT64_C(366) * 86400 * 1000)

static json_t *answer_status(const struct control_host *host, const json_t *request, struct error *err)
{
	(void)request, (void)err;
	return status_json(&host->sources);
}

/* ---- what an operator orders ---- */

/* A text argument; a missing one leaves *out as it is. */
static bool take_text_argument(const json_t *request, const char *name, const char **out, struct error *err)
{
	const json_t *value = json_object_get(request, name);

	if (value && !json_is_string(value))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a string", name);
	if (value)
		*out = json_string_value(value);
	return true;
}

static json_t *answer_hold(const struct control_host *host, const json_t *request, struct error *err)
{
	const json_t *for_ms = json_object_get(request, "for_ms");
	int64_t hold_ms = for_ms ? json_integer_value(for_ms) : GATE_UNTIL_EVENT;
	const char *reason = NULL;

	if (!take_text_argument(request, "reason", &reason, err))
		return NULL;
	if (reason && strlen(reason) >= GATE_REASON_BYTES) {
		error_set(err, ERROR_INVALID, "the reason has %zu bytes, at most %d are allowed", strlen(reason),
		    GATE_REASON_BYTES - 1);
		return NULL;
	}
	if (for_ms && (hold_ms < 1 || hold_ms > HOLD_MS_MAX)) {
		error_set(err, ERROR_INVALID, "\"for_ms\" must be a number from 1 to %lld", (long long)HOLD_MS_MAX);
		return NULL;
	}
	if (!runs_hold(host->runs, reason ? reason : "", hold_ms, err))
		return NULL;
	log_info("held by an operator: %s", reason ? reason : "no reason given");
	return runs_why(host->runs);
}

static json_t *answer_release(const struct control_host *host, const json_t *request, struct error *err)
{
	bool is_all = json_is_true(json_object_get(request, "all")), was_held;

	if (!runs_release(host->runs, is_all ? RUN_QUEUE_RELEASE_ALL : RUN_QUEUE_RELEASE, &was_held, err))
		return NULL;
	if (was_held)
		log_info("released by an operator%s", is_all ? ", the wait for a reboot too" : "");
	json_t *answer = runs_why(host->runs);
	json_object_set_new(answer, "released", json_boolean(was_held));
	return answer;
}

static json_t *answer_run(const struct control_host *host, const json_t *request, struct error *err)
{
	const struct setting_groups *rules = &host->policy->settings.rules;
	char run_id[RUN_ID_BYTES];
	const char *path = NULL;
	size_t rule = 0;

	if (!take_text_argument(request, "path", &path, err))
		return NULL;
	if (path && !rules_find_path(rules, path, &rule)) {
		error_set(err, ERROR_INVALID, "no rule has the path \"%.256s\"", path);
		return NULL;
	}
	if (!runs_want(host->runs, rule, run_id, err))
		return NULL;
	return json_pack("{s:s}", "run", run_id);
}

static json_t *answer_why(const struct control_host *host, const json_t *request, struct error *err)
{
	(void)request, (void)err;
	return runs_why(host->runs);
}

static json_t *answer_result(const struct control_host *host, const json_t *request, struct error *err)
{
	const char *run_id = NULL;

	if (!take_text_argument(request, "run", &run_id, err))
		return NULL;
	return runs_result(host->runs, run_id ? run_id : "", err);
}

/* A new command is a row here: its word, the function that makes its answer, and the names of its arguments. NULL
   instead of an answer: refused with *err. */
static const struct control_command {
	const char *word;
	json_t *(*answer)(const struct control_host *host, const json_t *request, struct error *err);
	const char *arguments[ARGUMENTS_MAX];
} control_commands[] = {
	{ "status", answer_status, { NULL } },
	{ "hold", answer_hold, { "for_ms", "reason" } },
	{ "release", answer_release, { "all" } },
	{ "run", answer_run, { "path" } },
	{ "why", answer_why, { NULL } },
	{ "result", answer_result, { "run" } },
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
