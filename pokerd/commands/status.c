/* SPDX-License-Identifier: Apache-2.0 */
#include "common/plural.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/print.h"

#include <inttypes.h>
#include <stdio.h>

static void print_rule(const json_t *rule)
{
	const json_t *events = json_object_get(rule, "events"), *event;
	size_t i;

	printf("    %-11s%s", print_text_of(rule, "path"), print_text_of(rule, "state"));
	if (print_number_of(rule, "waiting"))
		printf(", %" PRId64 " pending:", print_number_of(rule, "waiting"));
	json_array_foreach (events, i, event) {
		printf(" %s", json_string_value(event));
	}
	putchar('\n');
}

static void print_status(const json_t *status)
{
	const json_t *listener = json_object_get(status, "listener"), *run = json_object_get(status, "run"), *rule;
	size_t i;

	printf("pokerd %s, pid %" PRId64 ": %s\n", print_text_of(status, "version"), print_number_of(status, "pid"),
	    print_text_of(status, "health"));
	print_time("since", print_number_of(status, "started_ms"));
	printf("\n    listener   pid %" PRId64 ", died %" PRId64 " %s\n", print_number_of(listener, "pid"),
	    print_number_of(listener, "deaths"), plural((uint64_t)print_number_of(listener, "deaths"), "time", "times"));
	if (json_is_object(run)) {
		printf("run %s, rule %s, for ", print_text_of(run, "run"), print_text_of(run, "rule"));
		print_seconds(print_number_of(run, "duration_ms"));
		putchar('\n');
	}
	puts("rules");
	json_array_foreach (json_object_get(status, "rules"), i, rule) {
		print_rule(rule);
	}
}

int command_status(const struct command_line *line, const struct pokerd_settings *settings)
{
	return command_show(line, settings, "status", print_status);
}
