/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_record.h"

#include "common/file.h"
#include "common/json.h"
#include "common/memory.h"
#include "pokerd/run/readable.h"
#include "pokerd/run/run_folder.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* RUN_POKES_CARRIED_MAX pokes and a tail of control characters need less. */
enum { RECORD_BYTES_MAX = 1 << 20, REPEATED_RUNS_MAX = 16 };

static const char *const result_names[] = {
	[RUN_RUNNING] = "running",
	[RUN_SUCCESS] = "success",
	[RUN_FAILED] = "failed",
	[RUN_KILLED] = "killed",
	[RUN_TIME_LIMIT] = "time limit",
	[RUN_NOT_STARTED] = "not started",
	[RUN_FOREIGN] = "foreign",
	[RUN_LOST] = "lost",
};

const char *run_result_name(enum run_result result)
{
	return result_names[result];
}

static bool parse_result(const char *name, enum run_result *out)
{
	for (size_t i = 0; i < sizeof(result_names) / sizeof(*result_names); i++) {
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
	free(record->attempt_of);
	run_pokes_finish(&record->pokes);
	free(record->reason);
	free(record->tail);
	run_report_finish(&record->report);
	free(record->report_error);
	*record = (struct run_record){ 0 };
}

void run_record_set_pokes(struct run_record *record, const struct run_pokes *pokes)
{
	size_t dropped = run_pokes_dropped(pokes);

	record->dropped = (int64_t)dropped;
	for (size_t i = dropped; i < pokes->count; i++) {
		run_pokes_append(&record->pokes, pokes->list[i].id, pokes->list[i].event);
		if (pokes->list[i].about)
			run_pokes_describe_last(&record->pokes, pokes->list[i].about);
	}
}

/* Rules and reasons contain text of an operator, in any encoding. */
static json_t *text_json(const char *text)
{
	if (!text)
		return json_null();
	char *readable = readable_text(text, strlen(text));
	json_t *json = json_string(readable);
	free(readable);
	return json;
}

json_t *run_record_pokes_json(const struct run_pokes *pokes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pokes->count; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "id", text_json(pokes->list[i].id), "event",
		                                text_json(pokes->list[i].event), "about", text_json(pokes->list[i].about)));
	return list;
}

/* The numeric members (int64_t) and the text members (char *), by their names in JSON. */
struct member {
	const char *name;
	size_t offset;
	bool is_new; /* records of earlier versions lack it */
};

static const struct member numbers[] = {
	{ "dropped", offsetof(struct run_record, dropped), false },
	{ "queued_ms", offsetof(struct run_record, queued_ms), false },
	{ "started_ms", offsetof(struct run_record, started_ms), false },
	{ "ended_ms", offsetof(struct run_record, ended_ms), false },
	{ "duration_ms", offsetof(struct run_record, duration_ms), false },
	{ "exit", offsetof(struct run_record, exit_status), false },
	{ "signal", offsetof(struct run_record, signal), false },
	{ "output_bytes", offsetof(struct run_record, output_bytes), false },
};

static const struct member texts[] = {
	{ "run", offsetof(struct run_record, id), false },
	{ "rule", offsetof(struct run_record, rule), false },
	{ "attempt_of", offsetof(struct run_record, attempt_of), true },
	{ "reason", offsetof(struct run_record, reason), false },
	{ "tail", offsetof(struct run_record, tail), false },
	{ "report_error", offsetof(struct run_record, report_error), true },
};

enum { NUMBERS = sizeof(numbers) / sizeof(*numbers), TEXTS = sizeof(texts) / sizeof(*texts) };

static int64_t *number_in(const struct run_record *record, size_t i)
{
	return (int64_t *)((char *)record + numbers[i].offset);
}

static char **text_in(const struct run_record *record, size_t i)
{
	return (char **)((char *)record + texts[i].offset);
}

json_t *run_record_json(const struct run_record *record)
{
	json_t *json = json_object();

	for (size_t i = 0; i < TEXTS; i++)
		json_object_set_new(json, texts[i].name, text_json(*text_in(record, i)));
	for (size_t i = 0; i < NUMBERS; i++)
		json_object_set_new(json, numbers[i].name, json_integer(*number_in(record, i)));
	json_object_set_new(json, "result", json_string(run_result_name(record->result)));
	json_object_set_new(json, "truncated", json_boolean(record->truncated));
	json_object_set_new(json, "pokes", run_record_pokes_json(&record->pokes));
	json_object_set_new(json, "report", run_report_json(&record->report));
	return json;
}

static bool read_texts(const json_t *json, struct run_record *out)
{
	for (size_t i = 0; i < TEXTS; i++) {
		const json_t *text = json_object_get(json, texts[i].name);
		if (json_is_string(text))
			*text_in(out, i) = memory_text(json_string_value(text));
		else if (text ? !json_is_null(text) : !texts[i].is_new)
			return false;
	}
	return out->id != NULL;
}

static bool read_numbers(const json_t *json, struct run_record *out)
{
	for (size_t i = 0; i < NUMBERS; i++) {
		const json_t *number = json_object_get(json, numbers[i].name);
		if (!json_is_integer(number))
			return false;
		*number_in(out, i) = json_integer_value(number);
	}
	return true;
}

static bool read_result(const json_t *json, struct run_record *out)
{
	const char *result = json_string_value(json_object_get(json, "result"));
	const json_t *truncated = json_object_get(json, "truncated");

	out->truncated = json_is_true(truncated);
	return json_is_boolean(truncated) && result && parse_result(result, &out->result);
}

static bool read_pokes(const json_t *json, struct run_record *out)
{
	const json_t *list = json_object_get(json, "pokes"), *poke;
	size_t i;

	json_array_foreach (list, i, poke) {
		const char *id, *event, *about = json_string_value(json_object_get(poke, "about")); /* new */
		if (json_unpack((json_t *)poke, "{s:s, s:s}", "id", &id, "event", &event))
			return false;
		run_pokes_append(&out->pokes, id, event);
		if (about)
			run_pokes_describe_last(&out->pokes, about);
	}
	return json_is_array(list);
}

/* Records of earlier versions lack it. */
static bool read_report(const json_t *json, struct run_record *out)
{
	const json_t *report = json_object_get(json, "report");

	return !report || json_is_null(report) || run_report_from_json(report, &out->report, NULL);
}

bool run_record_from_json(const json_t *json, struct run_record *out, struct error *err)
{
	static const struct {
		const char *what;
		bool (*read)(const json_t *json, struct run_record *out);
	} parts[] = {
		{ "texts", read_texts },
		{ "numbers", read_numbers },
		{ "result", read_result },
		{ "pokes", read_pokes },
		{ "report", read_report },
	};
	struct run_record record = { 0 };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!parts[i].read(json, &record)) {
			run_record_finish(&record);
			return error_set(err, ERROR_INVALID, "the record of a run has invalid or missing %s", parts[i].what);
		}
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
	bool found = file_read(path, RECORD_BYTES_MAX, FILE_OURS, &bytes, &size, err) &&
	             json_decode_object(bytes, size, &json, err) && run_record_from_json(json, out, err);

	json_decref(json);
	free(bytes);
	free(path);
	return found;
}

/* The oldest run first. */
static void append_repeated(struct run_pokes *all, const char *runs_directory, const char *run_id, int runs_left)
{
	struct run_record record;

	if (!run_id || !runs_left || !run_record_read(runs_directory, run_id, &record, NULL))
		return;
	append_repeated(all, runs_directory, record.attempt_of, runs_left - 1);
	for (size_t i = 0; i < record.pokes.count; i++)
		run_pokes_append(all, record.pokes.list[i].id, record.pokes.list[i].event);
	run_record_finish(&record);
}

char *run_record_causes(const char *runs_directory, const struct run_pokes *pokes, const char *attempt_of)
{
	struct run_pokes all = { 0 };

	append_repeated(&all, runs_directory, attempt_of, REPEATED_RUNS_MAX);
	for (size_t i = 0; i < pokes->count; i++)
		run_pokes_append(&all, pokes->list[i].id, pokes->list[i].event);
	char *causes = run_pokes_causes(&all);
	run_pokes_finish(&all);
	return causes;
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
