/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/print_run.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/plural.h"
#include "pokerd/commands/print.h"
#include "pokerd/commands/when.h"
#include "pokerd/run/run_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MERGED_SHOWN_MAX = 20, TAIL_LINES_SHOWN = 10 };

static enum print_colour colour_of(const char *result)
{
	if (!strcmp(result, run_result_name(RUN_SUCCESS)))
		return PRINT_GOOD;
	return strcmp(result, run_result_name(RUN_RUNNING)) != 0 ? PRINT_BAD : PRINT_BUSY;
}

static const char *about_of(const json_t *poke)
{
	const char *about = print_text_of(poke, "about"), *event = print_text_of(poke, "event");

	/* Records of earlier versions do not say it. */
	return *about ? about : *event ? event : print_text_of(poke, "id");
}

/* ---- a line for each run ---- */

/* The newest poke, which has the latest state, and the number of the others. */
static char *what_text(const json_t *run)
{
	const json_t *pokes = json_object_get(run, "pokes");
	size_t count = json_array_size(pokes), others = count + (size_t)print_number_of(run, "dropped");

	if (!count)
		return memory_text("no poke");
	const char *about = about_of(json_array_get(pokes, count - 1));
	return --others ? memory_format("%s and %zu more", about, others) : memory_text(about);
}

static char *result_text(const json_t *run)
{
	const char *result = print_text_of(run, "result");
	int64_t exit = print_number_of(run, "exit");

	return exit > 0 ? memory_format("%s (exit %" PRId64 ")", result, exit) : memory_text(result);
}

static void add_run(struct print_table *table, const json_t *run, int64_t now_ms)
{
	int64_t started_ms = print_number_of(run, "started_ms"), ended_ms = print_number_of(run, "ended_ms");
	char distance[WHEN_TEXT_BYTES], took[WHEN_TEXT_BYTES];

	print_table_add(table, PRINT_PLAIN, memory_text(print_text_of(run, "run")));
	print_table_add(table, PRINT_PLAIN, memory_text(started_ms ? when_text(started_ms, now_ms, distance) : "never"));
	print_table_add(table, PRINT_PLAIN,
	    memory_text(when_duration_text(ended_ms ? print_number_of(run, "duration_ms") : now_ms - started_ms, took)));
	print_table_add(table, colour_of(print_text_of(run, "result")), result_text(run));
	print_table_add(table, PRINT_PLAIN, what_text(run));
}

void print_runs(const json_t *records, int indent)
{
	static const char *const titles[] = { "RUN", "STARTED", "TOOK", "RESULT", "WHAT" };
	struct print_table table = { .columns = sizeof(titles) / sizeof(*titles) };
	int64_t now_ms = clock_wall_ms();
	const json_t *run;
	size_t i;

	for (i = 0; i < table.columns; i++)
		print_table_add(&table, PRINT_PLAIN, memory_text(titles[i]));
	json_array_foreach (records, i, run) {
		add_run(&table, run, now_ms);
	}
	print_table_end(&table, indent);
}

/* ---- all about one run ---- */

void print_poke(const json_t *poke)
{
	const char *event = print_text_of(poke, "event"), *about = print_text_of(poke, "about");

	if (*about)
		printf("%s%s", about, *event ? ", event " : "");
	printf("%s%s(%s)\n", event, *about || *event ? " " : "", print_text_of(poke, "id"));
}

/* The newest are shown: they have the latest state. */
static void print_merged(const json_t *run, const json_t *pokes)
{
	size_t count = json_array_size(pokes), merged = count - 1 + (size_t)print_number_of(run, "dropped");
	size_t shown = count - 1 < MERGED_SHOWN_MAX ? count - 1 : MERGED_SHOWN_MAX;

	print_label("merged");
	printf("%zu further %s\n", merged, plural(merged, "poke", "pokes"));
	for (size_t i = count - shown; i < count; i++) {
		print_label("");
		print_poke(json_array_get(pokes, i));
	}
	if (merged > shown) {
		print_label("");
		printf("and %zu before these\n", merged - shown);
	}
}

static void print_causes(const json_t *run)
{
	const json_t *pokes = json_object_get(run, "pokes");

	if (!json_array_size(pokes))
		return;
	print_label("caused by");
	print_poke(json_array_get(pokes, 0));
	if (json_array_size(pokes) > 1 || print_number_of(run, "dropped"))
		print_merged(run, pokes);
}

static void print_course(const json_t *run, int64_t now_ms)
{
	int64_t started_ms = print_number_of(run, "started_ms");
	char took[WHEN_TEXT_BYTES];

	print_label("started");
	print_time(started_ms, now_ms);
	if (started_ms)
		printf(", %s after the poke", when_duration_text(started_ms - print_number_of(run, "queued_ms"), took));
	putchar('\n');
	if (print_number_of(run, "ended_ms")) {
		print_label("took");
		printf("%s", when_duration_text(print_number_of(run, "duration_ms"), took));
		if (print_number_of(run, "exit") >= 0)
			printf(", exit %" PRId64, print_number_of(run, "exit"));
		printf(", %s\n", print_text_of(run, "reason"));
	}
}

/* What the command said about itself. */
static void print_report(const json_t *run)
{
	const json_t *report = json_object_get(run, "report");
	const char *exception = print_text_of(report, "exception"), *error = print_text_of(run, "report_error");

	if (json_is_integer(json_object_get(report, "updated"))) {
		print_label("updated");
		printf("%" PRId64 " of %" PRId64 " resources\n", print_number_of(report, "updated"),
		    print_number_of(report, "total"));
	}
	if (*exception) {
		print_label("exception");
		printf("%s\n", exception);
	}
	if (*error) {
		print_label("report");
		printf("ignored: %s\n", error);
	}
}

/* The last lines, each after a bar. */
static void print_tail(const json_t *run)
{
	const char *tail = print_text_of(run, "tail"), *at = tail + strlen(tail);
	size_t lines = 0;

	if (!*tail)
		return;
	for (at -= at > tail && at[-1] == '\n'; at > tail && lines < TAIL_LINES_SHOWN; at--)
		lines += at[-1] == '\n';
	at += lines == TAIL_LINES_SHOWN;
	print_label("output");
	printf("%" PRId64 " %s; the end of it ('pokerd log' shows all):\n", print_number_of(run, "output_bytes"),
	    plural((uint64_t)print_number_of(run, "output_bytes"), "byte", "bytes"));
	while (*at) {
		size_t size = strcspn(at, "\n");
		printf("    | %.*s\n", (int)size, at);
		at += size + (at[size] == '\n');
	}
}

void print_run(const json_t *run)
{
	const char *result = print_text_of(run, "result");

	print_label("run");
	printf("%s, rule %s: ", print_text_of(run, "run"), print_text_of(run, "rule"));
	print_coloured(colour_of(result), result, 0);
	putchar('\n');
	print_course(run, clock_wall_ms());
	if (*print_text_of(run, "attempt_of")) {
		print_label("repeats");
		printf("%s\n", print_text_of(run, "attempt_of"));
	}
	print_causes(run);
	print_report(run);
	print_tail(run);
}
