/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/report_body.h"

#include "common/json_writer.h"
#include "common/memory.h"
#include "common/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* What an exception is worth: this many bytes are kept free for one, at the cost of causes. */
enum { EXCEPTION_ROOM = 64 };

static bool is_among(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (!strcmp(json_string_value(item), text))
			return true;
	return false;
}

/* The newest events, at most max. */
static json_t *newest_causes(const struct run_pokes *pokes, size_t max)
{
	json_t *list = json_array();

	for (size_t i = pokes->count; i > 0 && json_array_size(list) < max; i--) {
		const char *event = pokes->list[i - 1].event;
		if (*event && !is_among(list, event))
			json_array_append_new(list, json_string(event));
	}
	return list;
}

static json_t *number_or_null(bool is_known, int64_t number)
{
	return is_known ? json_integer(number) : json_null();
}

/* With at most causes_max causes. */
static char *render(const struct run_record *record, size_t causes_max, json_t *take_exception, size_t *out_size)
{
	const struct run_report *report = &record->report;
	struct json_writer writer;

	json_writer_begin_text(&writer);
	json_writer_put_text(&writer, "run", record->id);
	json_writer_put_text(&writer, "result", run_result_name(record->result));
	json_writer_put(&writer, "exit", number_or_null(record->exit_status >= 0, record->exit_status));
	json_writer_put(&writer, "duration_ms", json_integer(record->duration_ms));
	json_writer_put(&writer, "updated", number_or_null(report->is_given, report->updated));
	json_writer_put(&writer, "total", number_or_null(report->is_given, report->total));
	json_writer_put(&writer, "causes_count", json_integer((json_int_t)record->pokes.count + record->dropped));
	json_writer_put(&writer, "causes", newest_causes(&record->pokes, causes_max));
	json_writer_put(&writer, "exception", take_exception);
	return json_writer_end_text(&writer, out_size);
}

/* The bytes that a character takes in JSON text. */
static size_t escaped_bytes(const char *character, size_t length)
{
	unsigned char byte = (unsigned char)*character;

	if (byte >= 0x20)
		return byte == '"' || byte == '\\' ? 2 : length;
	return strchr("\b\t\n\f\r", byte) ? 2 : 6;
}

/* As much of the text as takes at most room bytes in JSON, without quotes. */
static json_t *fitting_text(const char *text, size_t room)
{
	size_t size = strlen(text), at = 0, used = 0, kept = 0, length;

	while (at < size && (length = utf8_sequence(text + at, size - at))) {
		used += escaped_bytes(text + at, length);
		if (used > room)
			break;
		at += length;
		if (used + strlen(ELLIPSIS) <= room)
			kept = at;
	}
	if (at == size)
		return json_string(text);
	char *cut = memory_format("%.*s" ELLIPSIS, (int)kept, text);
	json_t *json = json_string(cut);
	free(cut);
	return json;
}

char *report_body_text(const struct run_record *record)
{
	const char *exception = record->report.exception;
	size_t allowed = REPORT_BODY_BYTES_MAX - (exception ? EXCEPTION_ROOM : 0), causes = REPORT_BODY_CAUSES_MAX, size;
	char *text;

	while (text = render(record, causes, json_null(), &size), size > allowed && causes) {
		free(text);
		causes--;
	}
	if (exception) {
		/* "null" becomes two quotes and the text. */
		size_t room = REPORT_BODY_BYTES_MAX - size + strlen("null") - 2;
		free(text);
		text = render(record, causes, fitting_text(exception, room), &size);
	}
	assert(size <= REPORT_BODY_BYTES_MAX);
	return text;
}
