/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/report_progress.h"

#include "common/file.h"
#include "common/memory.h"
#include "pokerd/run/run_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_BYTES_MAX = 64 };

static char *progress_path(const char *state_directory)
{
	return memory_format("%s/reported", state_directory);
}

static bool read_progress(struct report_progress *progress)
{
	char *text, *rest;
	size_t size;

	if (!file_read(progress->path, PROGRESS_BYTES_MAX, FILE_SECRET, &text, &size, NULL))
		return false;
	rest = text;
	const char *line = strsep(&rest, "\n");
	bool is_sound = rest && (!*line || run_id_is_valid(line));
	if (is_sound)
		snprintf(progress->last, sizeof(progress->last), "%s", line);
	free(text);
	return is_sound;
}

static bool has_ended(const char *runs_directory, const char *run_id)
{
	struct run_record record;

	if (!run_record_read(runs_directory, run_id, &record, NULL))
		return false;
	bool ended = record.result != RUN_RUNNING;
	run_record_finish(&record);
	return ended;
}

/* The newest run that has ended; one in progress will be reported. */
static void begin_anew(struct report_progress *progress)
{
	struct run_ids ids;

	if (!run_folder_list(progress->runs_directory, &ids, NULL))
		return;
	for (size_t i = 0; i < ids.count; i++) {
		if (has_ended(progress->runs_directory, ids.list[i])) {
			(void)report_progress_advance(progress, ids.list[i], NULL);
			break;
		}
	}
	run_ids_finish(&ids);
	if (!*progress->last)
		(void)report_progress_advance(progress, "", NULL);
}

void report_progress_open(struct report_progress *progress, const char *state_directory, const char *runs_directory)
{
	*progress = (struct report_progress){ .runs_directory = runs_directory, .path = progress_path(state_directory) };
	if (!read_progress(progress))
		begin_anew(progress);
}

void report_progress_close(struct report_progress *progress)
{
	free(progress->path);
	*progress = (struct report_progress){ 0 };
}

/* If the last one has been removed, all that are left are newer. */
bool report_progress_next(const struct report_progress *progress, char out[RUN_ID_BYTES])
{
	struct run_ids ids;
	size_t newer = 0;

	if (!run_folder_list(progress->runs_directory, &ids, NULL))
		return false;
	while (newer < ids.count && strcmp(ids.list[newer], progress->last) != 0)
		newer++;
	if (newer)
		memcpy(out, ids.list[newer - 1], RUN_ID_BYTES);
	run_ids_finish(&ids);
	return newer > 0;
}

bool report_progress_advance(struct report_progress *progress, const char *run_id, struct error *err)
{
	char text[RUN_ID_BYTES + 1];

	if (run_id != progress->last)
		snprintf(progress->last, sizeof(progress->last), "%s", run_id);
	int size = snprintf(text, sizeof(text), "%s\n", progress->last);
	return file_replace(progress->path, text, (size_t)size, 0600, err);
}

void report_progress_forget(const char *state_directory)
{
	char *path = progress_path(state_directory);

	(void)unlink(path);
	free(path);
}
