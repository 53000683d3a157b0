/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/status.h"

#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_record.h"

#include <unistd.h>

/* A pokerd that no client can reach is not well. */
static const char *find_health(const struct status_sources *sources, struct verdict *health)
{
	if (!listeners_pid(sources->listeners))
		return "no listener accepts connections";
	admission_health(sources->admission, health);
	return health->text;
}

json_t *status_json(const struct status_sources *sources)
{
	struct verdict health;
	json_t *status, *runs = runs_json(sources->runs);

	status = json_pack("{s:s, s:i, s:I, s:s, s:{s:i, s:I}}", "version", VERSION, "pid", (int)getpid(), "started_ms",
	    (json_int_t)sources->started_ms, "health", find_health(sources, &health), "listener", "pid",
	    (int)listeners_pid(sources->listeners), "deaths", (json_int_t)listeners_deaths(sources->listeners));
	json_object_update(status, runs);
	json_decref(runs);
	return status;
}

json_t *status_history(const char *runs_directory)
{
	json_t *history = json_array();
	struct run_record record;
	struct run_ids ids;

	if (!run_folder_list(runs_directory, &ids, NULL))
		return history;
	for (size_t i = ids.count < STATUS_HISTORY_MAX ? ids.count : STATUS_HISTORY_MAX; i-- > 0;) {
		if (!run_record_read(runs_directory, ids.list[i], &record, NULL))
			continue; /* it is being started, or has just been removed */
		json_array_append_new(history, run_record_json(&record));
		run_record_finish(&record);
	}
	run_ids_finish(&ids);
	return history;
}
