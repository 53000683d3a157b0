/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/plural.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/print.h"
#include "pokerd/commands/print_run.h"
#include "pokerd/commands/run_files.h"
#include "pokerd/commands/when.h"

#include <inttypes.h>
#include <stdio.h>

enum { LAST_RUNS = 3 };

static void print_listener(const json_t *listener)
{
	int64_t deaths = print_number_of(listener, "deaths");

	print_label("listener");
	printf("pid %" PRId64 ", died %" PRId64 " %s\n", print_number_of(listener, "pid"), deaths,
	    plural((uint64_t)deaths, "time", "times"));
}

static void print_current_run(const json_t *run)
{
	char duration[WHEN_TEXT_BYTES];

	if (!json_is_object(run))
		return;
	print_label("run");
	printf("%s, rule %s, for %s\n", print_text_of(run, "run"), print_text_of(run, "rule"),
	    when_duration_text(print_number_of(run, "duration_ms"), duration));
}

/* What holds runs back: "held by an operator: upgrade, until 2026-12-01 14:00:00 UTC (in 2 h)" */
static void print_gates(const json_t *gates, const char *label)
{
	const json_t *gate;
	size_t i;

	json_array_foreach (gates, i, gate) {
		print_label(label);
		print_coloured(PRINT_BUSY, print_text_of(gate, "text"), 0);
		if (print_number_of(gate, "until_ms")) {
			fputs(", until ", stdout);
			print_time(print_number_of(gate, "until_ms"), clock_wall_ms());
		}
		putchar('\n');
	}
}

static void print_rule(const json_t *rule)
{
	const json_t *pokes = json_object_get(rule, "pokes"), *poke;
	int64_t waiting = print_number_of(rule, "waiting");
	size_t i;

	print_label("rule");
	printf("%s: %s", print_text_of(rule, "path"), print_text_of(rule, "state"));
	if (waiting)
		printf(", %" PRId64 " pending%s", waiting, waiting > (int64_t)json_array_size(pokes) ? ", the newest:" : ":");
	putchar('\n');
	json_array_foreach (pokes, i, poke) {
		print_label("");
		print_poke(poke);
	}
	print_gates(json_object_get(rule, "gates"), "");
}

static void print_refused(const json_t *refused)
{
	int64_t count = print_number_of(refused, "count"), last_ms = print_number_of(refused, "last_ms");
	const char *detail = print_text_of(refused, "detail");
	char distance[WHEN_TEXT_BYTES];

	print_label("refused");
	printf("%" PRId64 " %s for the %s, the last %s from %s%s%s\n", count, plural((uint64_t)count, "poke", "pokes"),
	    print_text_of(refused, "kind"), when_text(last_ms, clock_wall_ms(), distance), print_text_of(refused, "from"),
	    *detail ? ": " : "", detail);
	print_label("");
	printf("%s\n", print_text_of(refused, "remedy"));
}

static void print_status(const json_t *status)
{
	const json_t *rule, *refused;
	size_t i;

	printf("pokerd %s, pid %" PRId64 ": %s\n", print_text_of(status, "version"), print_number_of(status, "pid"),
	    print_text_of(status, "health"));
	print_label("since");
	print_time(print_number_of(status, "started_ms"), clock_wall_ms());
	putchar('\n');
	print_listener(json_object_get(status, "listener"));
	print_current_run(json_object_get(status, "run"));
	print_gates(json_object_get(status, "gates"), "held back");
	json_array_foreach (json_object_get(status, "rules"), i, rule) {
		print_rule(rule);
	}
	json_array_foreach (json_object_get(status, "refused"), i, refused) {
		print_refused(refused);
	}
}

/* They come from the state directory: the running pokerd does not read them for us. */
static void print_last_runs(const struct pokerd_settings *settings)
{
	json_t *runs = run_files_history(settings, LAST_RUNS, 0, NULL);

	if (json_array_size(runs)) {
		puts("\nlast runs");
		print_runs(runs, 4);
	}
	json_decref(runs);
}

int command_status(const struct command_line *line, const struct pokerd_settings *settings)
{
	int status = command_show(line, settings, "status", print_status);

	if (status == EXIT_STATUS_FINE && !line->own[COMMAND_JSON].count)
		print_last_runs(settings);
	return status;
}
