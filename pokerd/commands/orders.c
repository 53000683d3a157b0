/* SPDX-License-Identifier: Apache-2.0 */
/* hold, release, run and why: what an operator orders, and what pokerd waits for. */
#include "common/clock.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/print.h"
#include "pokerd/commands/when.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
	ASK_AGAIN_MS = 100,         /* between two looks at a run */
	RESTART_MS = 60000,         /* how long a pokerd that is restarted may not answer */
	STATUS_OF_SIGNAL = 128,     /* as shells do */
	STATUS_WITHOUT_RESULT = 70, /* lost, not started, or ended at its time limit */
};

static void print_why(const json_t *answer)
{
	puts(print_text_of(answer, "text"));
}

int command_why(const struct command_line *line, const struct pokerd_settings *settings)
{
	return command_show(line, settings, "why", print_why);
}

/* Takes the request and prints the answer, as JSON with --json. */
static int order(const struct command_line *line, const struct pokerd_settings *settings, json_t *take_request)
{
	json_t *answer;
	struct error err;

	if (!command_ask(settings, take_request, &answer, &err))
		return command_fail(&err);
	(line->own[COMMAND_JSON].count ? command_print_json : print_why)(answer);
	json_decref(answer);
	return EXIT_STATUS_FINE;
}

int command_hold(const struct command_line *line, const struct pokerd_settings *settings)
{
	const char *duration = command_line_text(line, COMMAND_FOR), *reason = command_line_text(line, COMMAND_REASON);
	json_t *request = json_pack("{s:s}", "command", "hold");
	struct error err;
	int64_t for_ms;

	if (duration && !when_parse_duration(duration, &for_ms, &err)) {
		fprintf(stderr, "pokerd: --for: %s\n", err.text);
		json_decref(request);
		return EXIT_STATUS_USAGE;
	}
	if (duration)
		json_object_set_new(request, "for_ms", json_integer(for_ms));
	if (reason && json_object_set_new(request, "reason", json_string(reason))) {
		fprintf(stderr, "pokerd: --reason is not UTF-8\n");
		json_decref(request);
		return EXIT_STATUS_USAGE;
	}
	return order(line, settings, request);
}

int command_release(const struct command_line *line, const struct pokerd_settings *settings)
{
	return order(line, settings,
	    json_pack("{s:s, s:b}", "command", "release", "all", line->own[COMMAND_ALL].count ? 1 : 0));
}

/* ---- run ---- */

/* The answer of a pokerd that may be restarted meanwhile: a run may do that. */
static bool ask_patiently(const struct pokerd_settings *settings, const char *run_id, json_t **out, struct error *err)
{
	int64_t until_ms = clock_monotonic_ms() + RESTART_MS;

	while (!command_ask(settings, json_pack("{s:s, s:s}", "command", "result", "run", run_id), out, err)) {
		if (err->kind != ERROR_UNAVAILABLE || clock_monotonic_ms() > until_ms)
			return false;
		(void)poll(NULL, 0, ASK_AGAIN_MS);
	}
	return true;
}

/* The caller owns *out, the answer once the run has ended. */
static bool wait_for_run(const struct pokerd_settings *settings, const char *run_id, json_t **out, struct error *err)
{
	json_t *answer;

	while (ask_patiently(settings, run_id, &answer, err)) {
		if (!strcmp(print_text_of(answer, "state"), "ended")) {
			*out = answer;
			return true;
		}
		json_decref(answer);
		(void)poll(NULL, 0, ASK_AGAIN_MS);
	}
	return false;
}

static int status_of_run(const json_t *record)
{
	int64_t exit = print_number_of(record, "exit"), signal = print_number_of(record, "signal");

	if (exit >= 0)
		return (int)exit;
	return signal && !strcmp(print_text_of(record, "result"), "killed") ? STATUS_OF_SIGNAL + (int)signal
	                                                                    : STATUS_WITHOUT_RESULT;
}

static int print_result(const struct command_line *line, const json_t *answer)
{
	const json_t *record = json_object_get(answer, "record");

	if (line->own[COMMAND_JSON].count)
		command_print_json(answer);
	else
		printf("run %s: %s after %.3f s: %s\n", print_text_of(answer, "run"), print_text_of(record, "result"),
		    (double)print_number_of(record, "duration_ms") / 1000, print_text_of(record, "reason"));
	return status_of_run(record);
}

int command_run(const struct command_line *line, const struct pokerd_settings *settings)
{
	bool waits = line->own[COMMAND_WAIT].count, as_json = line->own[COMMAND_JSON].count;
	json_t *request = json_pack("{s:s}", "command", "run"), *accepted, *ended;
	int status = EXIT_STATUS_FINE;
	struct error err;

	if (line->word_count > 1 && json_object_set_new(request, "path", json_string(line->words[1]))) {
		fprintf(stderr, "pokerd: the path is not UTF-8\n");
		json_decref(request);
		return EXIT_STATUS_USAGE;
	}
	if (!command_ask(settings, request, &accepted, &err))
		return command_fail(&err);
	if (as_json && !waits)
		command_print_json(accepted);
	else if (!as_json)
		printf("run %s: accepted\n", print_text_of(accepted, "run"));
	(void)fflush(stdout);
	if (waits && wait_for_run(settings, print_text_of(accepted, "run"), &ended, &err)) {
		status = print_result(line, ended);
		json_decref(ended);
	} else if (waits) {
		status = command_fail(&err);
	}
	json_decref(accepted);
	return status;
}
