/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands.h"

#include "common/clock.h"
#include "common/command_line.h"
#include "common/error.h"
#include "common/json.h"
#include "common/plural.h"
#include "pokerd/command_ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MERGED_SHOWN_MAX = 20 };

/* ---- printing ---- */

static const char *commands_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_seconds(int64_t duration_ms)
{
	printf("%" PRId64 ".%03" PRId64 " s", duration_ms / 1000, duration_ms % 1000);
}

static void print_time(const char *label, int64_t wall_ms)
{
	char text[CLOCK_TEXT_BYTES];

	printf("    %-11s%s", label, wall_ms ? clock_text(wall_ms, text) : "not yet");
}

/* "e-7 (msg_1)": the event as noahd counts it, and the id of the poke that delivered it. */
static void print_poke(const json_t *poke)
{
	const char *event = commands_text_of(poke, "event"), *id = commands_text_of(poke, "id");

	if (*event)
		printf("%s (%s)", event, id);
	else
		printf("%s", id);
}

/* The newest are shown: they have the latest state. */
static void print_merged(const json_t *run, const json_t *pokes)
{
	size_t count = json_array_size(pokes), merged = count - 1 + (size_t)number_of(run, "dropped");
	size_t shown = count - 1 < MERGED_SHOWN_MAX ? count - 1 : MERGED_SHOWN_MAX;

	printf("    merged     %zu", merged);
	for (size_t i = count - shown; i < count; i++) {
		fputs(i == count - shown ? ": " : "\n               ", stdout);
		print_poke(json_array_get(pokes, i));
	}
	if (merged > shown)
		printf("\n               and %zu before these", merged - shown);
	putchar('\n');
}

static void print_causes(const json_t *run)
{
	const json_t *pokes = json_object_get(run, "pokes");

	if (!json_array_size(pokes))
		return;
	fputs("    caused by  ", stdout);
	print_poke(json_array_get(pokes, 0));
	putchar('\n');
	if (json_array_size(pokes) > 1 || number_of(run, "dropped"))
		print_merged(run, pokes);
}

static void print_run(const json_t *run)
{
	printf("%s  %s\n", commands_text_of(run, "run"), commands_text_of(run, "result"));
	print_time("started", number_of(run, "started_ms"));
	if (number_of(run, "started_ms")) {
		fputs(", ", stdout);
		print_seconds(number_of(run, "started_ms") - number_of(run, "queued_ms"));
		fputs(" after the poke", stdout);
	}
	putchar('\n');
	if (number_of(run, "ended_ms")) {
		fputs("    took       ", stdout);
		print_seconds(number_of(run, "duration_ms"));
		if (number_of(run, "exit") >= 0)
			printf(", exit %" PRId64, number_of(run, "exit"));
		printf(", %s\n", commands_text_of(run, "reason"));
	}
	if (*commands_text_of(run, "attempt_of"))
		printf("    repeats    %s, which was lost\n", commands_text_of(run, "attempt_of"));
	print_causes(run);
}

static void print_history(const json_t *history)
{
	const json_t *run;
	size_t i;

	json_array_foreach (history, i, run) {
		print_run(run);
	}
	if (!json_array_size(history))
		puts("no runs yet");
}

static void print_rule(const json_t *rule)
{
	const json_t *events = json_object_get(rule, "events"), *event;
	size_t i;

	printf("    %-11s%s", commands_text_of(rule, "path"), commands_text_of(rule, "state"));
	if (number_of(rule, "waiting"))
		printf(", %" PRId64 " pending:", number_of(rule, "waiting"));
	json_array_foreach (events, i, event) {
		printf(" %s", json_string_value(event));
	}
	putchar('\n');
}

static void print_status(const json_t *status)
{
	const json_t *listener = json_object_get(status, "listener"), *run = json_object_get(status, "run"), *rule;
	size_t i;

	printf("pokerd %s, pid %" PRId64 ": %s\n", commands_text_of(status, "version"), number_of(status, "pid"),
	    commands_text_of(status, "health"));
	print_time("since", number_of(status, "started_ms"));
	printf("\n    listener   pid %" PRId64 ", died %" PRId64 " %s\n", number_of(listener, "pid"),
	    number_of(listener, "deaths"), plural((uint64_t)number_of(listener, "deaths"), "time", "times"));
	if (json_is_object(run)) {
		printf("run %s, rule %s, for ", commands_text_of(run, "run"), commands_text_of(run, "rule"));
		print_seconds(number_of(run, "duration_ms"));
		putchar('\n');
	}
	puts("rules");
	json_array_foreach (json_object_get(status, "rules"), i, rule) {
		print_rule(rule);
	}
}

static void print_json(const json_t *value)
{
	char *text = json_render(value, NULL);

	puts(text);
	free(text);
}

static int commands_run(const struct pokerd_settings *settings, const char *word, bool as_json,
    void (*print)(const json_t *answer))
{
	json_t *answer;
	struct error err;

	if (!command_ask(settings, json_pack("{s:s}", "command", word), &answer, &err))
		return command_fail(&err);
	(as_json ? print_json : print)(answer);
	json_decref(answer);
	return EXIT_STATUS_FINE;
}

int command_status(const struct pokerd_settings *settings, bool as_json)
{
	return commands_run(settings, "status", as_json, print_status);
}

int command_history(const struct pokerd_settings *settings, bool as_json)
{
	return commands_run(settings, "history", as_json, print_history);
}
