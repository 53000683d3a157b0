/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/print_run.h"
#include "pokerd/commands/run_files.h"
#include "pokerd/run/run_record.h"

#include <stdlib.h>

static json_t *read_run(const struct command_line *line, const struct pokerd_settings *settings, struct error *err)
{
	char *folder = run_files_folder(settings), run_id[RUN_ID_BYTES];
	struct run_record record;
	json_t *json = NULL;

	if (run_files_find(settings, line->word_count > 1 ? line->words[1] : NULL, run_id, err) &&
	    run_record_read(folder, run_id, &record, err)) {
		json = run_record_json(&record);
		run_record_finish(&record);
	}
	free(folder);
	return json;
}

int command_show_run(const struct command_line *line, const struct pokerd_settings *settings)
{
	struct error err;
	json_t *run = read_run(line, settings, &err);

	if (!run)
		return command_fail(&err);
	(line->own[COMMAND_JSON].count ? command_print_json : print_run)(run);
	json_decref(run);
	return EXIT_STATUS_FINE;
}
