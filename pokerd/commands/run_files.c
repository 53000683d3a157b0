/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/run_files.h"

#include "common/memory.h"
#include "pokerd/run/run_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *run_files_folder(const struct pokerd_settings *settings)
{
	return memory_format("%s/runs", settings->state_directory);
}

static bool list_runs(const char *folder, struct run_ids *out, struct error *err)
{
	if (run_folder_list(folder, out, err))
		return true;
	return errno == EACCES ? error_set(err, ERROR_DENIED, "only the owner of %s can read it; try as root", folder)
	                       : false;
}

/* The index in the list of the only id that begins so; the list's count: there is none, or several. */
static size_t find_prefix(const struct run_ids *ids, const char *prefix, size_t *out_matches)
{
	size_t found = ids->count;

	*out_matches = 0;
	for (size_t i = 0; i < ids->count; i++) {
		if (strncmp(ids->list[i], prefix, strlen(prefix)) != 0)
			continue;
		found = i;
		++*out_matches;
	}
	return *out_matches == 1 ? found : ids->count;
}

bool run_files_find(const struct pokerd_settings *settings, const char *prefix, char out[RUN_ID_BYTES],
    struct error *err)
{
	char *folder = run_files_folder(settings);
	struct run_ids ids = { 0 };
	size_t matches = 0, at = 0;

	bool is_found = list_runs(folder, &ids, err);
	if (is_found) {
		if (prefix)
			at = find_prefix(&ids, prefix, &matches);
		is_found = at < ids.count;
		if (is_found)
			memcpy(out, ids.list[at], RUN_ID_BYTES);
		else if (!ids.count)
			error_set(err, ERROR_NOT_FOUND, "there are no runs yet");
		else if (matches)
			error_set(err, ERROR_NOT_FOUND, "the ids of %zu runs begin with %s: allowed is a longer part", matches,
			    prefix);
		else
			error_set(err, ERROR_NOT_FOUND, "no id of a run begins with %.64s: 'pokerd history' lists them", prefix);
	}
	run_ids_finish(&ids);
	free(folder);
	return is_found;
}

json_t *run_files_history(const struct pokerd_settings *settings, size_t count, int64_t since_ms, struct error *err)
{
	char *folder = run_files_folder(settings);
	json_t *history = NULL;
	struct run_record record;
	struct run_ids ids;

	if (list_runs(folder, &ids, err)) {
		history = json_array();
		for (size_t i = 0; i < ids.count && json_array_size(history) < count; i++) {
			if (!run_record_read(folder, ids.list[i], &record, NULL))
				continue; /* it is being started, or has just been removed */
			if ((record.started_ms ? record.started_ms : record.queued_ms) >= since_ms)
				json_array_insert_new(history, 0, run_record_json(&record));
			run_record_finish(&record);
		}
		run_ids_finish(&ids);
	}
	free(folder);
	return history;
}
