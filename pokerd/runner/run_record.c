/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/run_record.h"

#include "common/file.h"
#include "common/json.h"
#include "common/memory.h"
#include "pokerd/runner/readable.h"
#include "pokerd/runner/run_folder.h"

#include <stdlib.h>
#include <string.h>

/* RUN_POKES_CARRIED_MAX pokes and a tail of control characters need less. */
enum { RECORD_BYTES_MAX = 1 << 20 };

static const char *const result_names[] = {
	[RUN_RUNNING] = "running",       [RUN_SUCCESS] = "success",         [RUN_FAILED] = "failed", [RUN_KILLED] = "killed",
	[RUN_TIME_LIMIT] = "time limit", [RUN_NOT_STARTED] = "not started", [RUN_LOST] = "lost",
};

const char *run_result_name(enum run_result result)
{
	return result_names[result];
}

static bool parse_result(const char *name, enum run_result *out)
{
	for (size_t i = 0; i < sizeof result_names / sizeof *result_names; i++) {
		if (!strcmp(name, result_names[i])) {
			*out = (enum run_result)i;
			return true;
		}
	}
	return false;
}

void run_record_finish(struct run_record *record)
{
	free(record->id);
	free(record->rule);
	run_pokes_finish(&record->pokes);
	free(record->reason);
	free(record->tail);
	*record = (struct run_record){ 0 };
}

/* Rules and reasons hold what an operator wrote, in whatever encoding. */
static json_t *text_json(const char *text)
{
	if (!text)
		return json_null();
	char *readable = readable_text(text, strlen(text));
	json_t *json = json_string(readable);
	free(readable);
	return json;
}

static json_t *pokes_json(const struct run_pokes *pokes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pokes->count; i++)
		json_array_append_new(list,
		    json_pack("{s:o, s:o}", "id", text_json(pokes->list[i].id), "event", text_json(pokes->list[i].event)));
	return list;
}

json_t *run_record_json(const struct run_record *record)
{
	json_t *json = json_pack("{s:o, s:o, s:s, s:o, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:o}",
	    "run", text_json(record->id), "rule", text_json(record->rule),
	    "result", run_result_name(record->result), "reason", text_json(record->reason),
	    "dropped", (json_int_t)record->dropped,
	    "output_bytes", (json_int_t)record->output_bytes, "truncated", record->truncated,
	    "queued_ms", (json_int_t)record->queued_ms, "started_ms", (json_int_t)record->started_ms,
	    "ended_ms", (json_int_t)record->ended_ms, "duration_ms", (json_int_t)record->duration_ms,
	    "exit", record->exit_status, "signal", record->signal,
	    "pokes", pokes_json(&record->pokes), "tail", text_json(record->tail));

	if (!json)
		abort();
	return json;
}

static char *text_from(const json_t *json)
{
	return json_is_string(json) ? memory_text(json_string_value(json)) : NULL;
}

static bool pokes_from(const json_t *list, struct run_pokes *out)
{
	const json_t *poke;
	size_t i;

	json_array_foreach(list, i, poke) {
		const char *id, *event;
		if (json_unpack((json_t *)poke, "{s:s, s:s}", "id", &id, "event", &event))
			return false;
		run_pokes_append(out, id, event);
	}
	return true;
}

bool run_record_from_json(const json_t *json, struct run_record *out, struct error *err)
{
	json_int_t dropped, output_bytes, queued_ms, started_ms, ended_ms, duration_ms;
	json_t *id, *rule, *reason, *pokes, *tail;
	const char *result;
	int truncated;
	struct run_record record = { 0 };

	if (json_unpack((json_t *)json, "{s:o, s:o, s:s, s:o, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:o}",
	        "run", &id, "rule", &rule, "result", &result, "reason", &reason, "dropped", &dropped,
	        "output_bytes", &output_bytes, "truncated", &truncated, "queued_ms", &queued_ms, "started_ms", &started_ms,
	        "ended_ms", &ended_ms, "duration_ms", &duration_ms, "exit", &record.exit_status, "signal", &record.signal,
	        "pokes", &pokes, "tail", &tail))
		return error_set(err, ERROR_INVALID, "a record of a run lacks something");
	record.id = text_from(id);
	record.rule = text_from(rule);
	record.reason = text_from(reason);
	record.tail = text_from(tail);
	record.dropped = (size_t)dropped;
	record.output_bytes = (uint64_t)output_bytes;
	record.truncated = truncated;
	record.queued_ms = queued_ms;
	record.started_ms = started_ms;
	record.ended_ms = ended_ms;
	record.duration_ms = duration_ms;
	if (!record.id || !parse_result(result, &record.result) || !pokes_from(pokes, &record.pokes)) {
		run_record_finish(&record);
		return error_set(err, ERROR_INVALID, "a record of a run says nothing that fits");
	}
	*out = record;
	return true;
}

bool run_record_read(const char *runs_directory, const char *run_id, struct run_record *out, struct error *err)
{
	char *path = run_folder_path(runs_directory, run_id, RUN_FOLDER_RECORD);
	char *bytes = NULL;
	size_t size;
	json_t *json = NULL;
	bool found = file_read(path, RECORD_BYTES_MAX, FILE_PUBLIC, &bytes, &size, err) &&
	             json_decode_object(bytes, size, &json, err) && run_record_from_json(json, out, err);

	json_decref(json);
	free(bytes);
	free(path);
	return found;
}

bool run_record_write(const char *runs_directory, const struct run_record *record, struct error *err)
{
	char *path = run_folder_path(runs_directory, record->id, RUN_FOLDER_RECORD);
	json_t *json = run_record_json(record);
	size_t size;
	char *text = json_render(json, &size);
	bool written = file_replace(path, text, size, 0600, err);

	free(text);
	json_decref(json);
	free(path);
	return written;
}
