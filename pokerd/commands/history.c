/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/print.h"

#include <inttypes.h>
#include <stdio.h>

enum { MERGED_SHOWN_MAX = 20 };

/* "e-7 (msg_1)": the event as noahd counts it, and the id of the poke that delivered it. */
static void print_poke(const json_t *poke)
{
	const char *event = print_text_of(poke, "event"), *id = print_text_of(poke, "id");

	if (*event)
		printf("%s (%s)", event, id);
	else
		printf("%s", id);
}

/* The newest are shown: they have the latest state. */
static void print_merged(const json_t *run, const json_t *pokes)
{
	size_t count = json_array_size(pokes), merged = count - 1 + (size_t)print_number_of(run, "dropped");
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
	if (json_array_size(pokes) > 1 || print_number_of(run, "dropped"))
		print_merged(run, pokes);
}

static void print_run(const json_t *run)
{
	printf("%s  %s\n", print_text_of(run, "run"), print_text_of(run, "result"));
	print_time("started", print_number_of(run, "started_ms"));
	if (print_number_of(run, "started_ms")) {
		fputs(", ", stdout);
		print_seconds(print_number_of(run, "started_ms") - print_number_of(run, "queued_ms"));
		fputs(" after the poke", stdout);
	}
	putchar('\n');
	if (print_number_of(run, "ended_ms")) {
		fputs("    took       ", stdout);
		print_seconds(print_number_of(run, "duration_ms"));
		if (print_number_of(run, "exit") >= 0)
			printf(", exit %" PRId64, print_number_of(run, "exit"));
		printf(", %s\n", print_text_of(run, "reason"));
	}
	if (*print_text_of(run, "attempt_of"))
		printf("    repeats    %s, which was lost\n", print_text_of(run, "attempt_of"));
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

int command_history(const struct command_line *line, const struct pokerd_settings *settings)
{
	return command_show(line, settings, "history", print_history);
}
