/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/number.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/print_run.h"
#include "pokerd/commands/run_files.h"
#include "pokerd/commands/when.h"

#include <stdio.h>

enum { HISTORY_MAX = 1000 };

static void print_history(const json_t *history)
{
	if (json_array_size(history))
		print_runs(history, 0);
	else
		puts("no runs yet");
}

static bool read_limits(const struct command_line *line, int64_t *out_count, int64_t *out_since_ms, struct error *err)
{
	const char *count = command_line_text(line, COMMAND_COUNT), *since = command_line_text(line, COMMAND_SINCE);

	if (count && !number_parse_int64(count, 1, HISTORY_MAX, out_count))
		return error_set(err, ERROR_INVALID, "-n %.64s: allowed is 1 to %d", count, HISTORY_MAX);
	return !since || when_parse(since, clock_wall_ms(), out_since_ms, err);
}

int command_history(const struct command_line *line, const struct pokerd_settings *settings)
{
	int64_t count = HISTORY_MAX, since_ms = 0;
	json_t *history = NULL;
	struct error err;

	if (read_limits(line, &count, &since_ms, &err))
		history = run_files_history(settings, (size_t)count, since_ms, &err);
	if (!history)
		return command_fail(&err);
	(line->own[COMMAND_JSON].count ? command_print_json : print_history)(history);
	json_decref(history);
	return EXIT_STATUS_FINE;
}
