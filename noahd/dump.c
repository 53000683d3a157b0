/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/dump.h"

#include "common/file.h"
#include "common/json.h"
#include "common/plural.h"
#include "noahd/import_check.h"
#include "noahd/registry/record_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DUMP_FORMAT = 1 };

/* ---- writing ----------------------------------------------------------------------------------------------------- */

struct writing {
	FILE *out;
	size_t objects;
};

static void write_record(void *context, const struct record *record)
{
	struct writing *writing = context;
	char *line = record_line(record);

	fputs(line, writing->out);
	putc('\n', writing->out);
	free(line);
	writing->objects++;
}

static void dump_ignore_progress(void *context, const struct watch_progress *row)
{
	(void)context;
	(void)row;
}

bool dump_write(const struct store_engine *engine, void *state, FILE *out, struct dump_sum *out_sum, struct error *err)
{
	struct writing writing = { .out = out };
	const struct store_reader reader = { write_record, dump_ignore_progress, &writing };
	struct store_head head;

	fprintf(out, "{\"noah_export\":%d}\n", DUMP_FORMAT);
	if (!engine->load(state, &reader, &head, err))
		return false;
	fprintf(out, "{\"objects\":%zu,\"revision\":%" PRIu64 "}\n", writing.objects, head.revision);
	if (fflush(out) || ferror(out))
		return error_set_errno(err, file_error_kind(errno), "cannot write the whole file");
	*out_sum = (struct dump_sum){ head.revision, writing.objects };
	return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* 2^53, up to which JSON numbers are exact everywhere (RFC 8259, 6); later revisions still have room. */
static const int64_t REVISION_MAX = INT64_C(1) << 53;

struct reading {
	struct dump_input input;
	char *line;
	size_t room, number; /* of the line */
	struct record record;
	bool has_record;
	uint64_t highest; /* revision of a record */
	struct dump_sum sum;
	struct import_check *check;
};

/* The next line as JSON; the end of the file is always an error, since the last line is the end. */
static bool dump_read_line(struct reading *reading, json_t **out, struct error *err)
{
	FILE *in = reading->input.in;
	ssize_t size = getline(&reading->line, &reading->room, in);

	reading->number++;
	if (size < 0 && ferror(in))
		return error_set_errno(err, ERROR_INTERNAL, "cannot be read");
	if (size < 0)
		return error_set(err, ERROR_INVALID, "the file is truncated: its last line is missing");
	return json_decode_object(reading->line, (size_t)size, out, err);
}

static bool read_first(struct reading *reading, struct error *err)
{
	json_t *line;

	if (!dump_read_line(reading, &line, err))
		return false;
	json_int_t format = json_integer_value(json_object_get(line, "noah_export"));
	json_decref(line);
	if (format == 0)
		return error_set(err, ERROR_INVALID, "this file was not written by `noahd export`");
	return format == DUMP_FORMAT ||
	       error_set(err, ERROR_INVALID, "a newer noahd wrote this file: its format is %lld", (long long)format);
}

static bool read_last(struct reading *reading, const json_t *line, struct error *err)
{
	json_int_t objects = json_integer_value(json_object_get(line, "objects"));
	json_int_t revision = json_integer_value(json_object_get(line, "revision"));

	if (objects != (json_int_t)reading->sum.objects)
		return error_set(err, ERROR_INVALID, "%lld %s declared, but %zu %s found", (long long)objects,
		    plural((uint64_t)objects, "object is", "objects are"), reading->sum.objects,
		    plural(reading->sum.objects, "was", "were"));
	if (revision > REVISION_MAX)
		return error_set(err, ERROR_INVALID, "revision is too large: found %" PRId64 ", allowed is at most %" PRId64,
		    (int64_t)revision, REVISION_MAX);
	if (revision < (json_int_t)reading->highest)
		return error_set(err, ERROR_INVALID, "revision is lower than the revision of an object: %" PRIu64,
		    reading->highest);
	if (getc(reading->input.in) != EOF)
		return error_set(err, ERROR_INVALID, "another line follows the last one");
	if (!import_check_all(reading->check, &reading->number, err))
		return false;
	reading->sum.revision = (uint64_t)revision;
	return true;
}

static void forget_record(struct reading *reading)
{
	if (reading->has_record)
		record_finish(&reading->record);
	reading->has_record = false;
}

static bool read_record(struct reading *reading, const json_t *line, struct error *err)
{
	const struct store_reader *read = reading->input.read;
	struct record *record = &reading->record;

	if (!record_line_parse(line, record, err))
		return false;
	reading->has_record = true;
	reading->sum.objects++;
	import_check_add(reading->check, record, reading->number);
	if (record->revision > reading->highest)
		reading->highest = record->revision;
	if (read)
		read->record(read->context, record);
	return true;
}

static bool next_record(void *context, const struct record **out_record, uint64_t *out_revision, struct error *err)
{
	struct reading *reading = context;
	json_t *line;

	forget_record(reading);
	if (reading->input.is_given_up && atomic_load(reading->input.is_given_up))
		return error_set(err, ERROR_UNAVAILABLE, "it was cancelled");
	if (!dump_read_line(reading, &line, err))
		return false;
	bool is_last = json_object_get(line, "objects");
	bool is_read = is_last ? read_last(reading, line, err) : read_record(reading, line, err);
	json_decref(line);
	if (!is_read)
		return false;
	*out_record = is_last ? NULL : &reading->record;
	*out_revision = reading->sum.revision;
	return true;
}

bool dump_read(const struct store_engine *engine, void *state, const struct dump_input *input, struct dump_sum *out_sum,
    struct error *err)
{
	struct reading reading = { .input = *input, .check = import_check_create() };
	const struct store_source source = { next_record, &reading };
	bool is_read = read_first(&reading, err) && engine->bulk_load(state, &source, err);

	forget_record(&reading);
	import_check_destroy(reading.check);
	free(reading.line);
	if (is_read) {
		*out_sum = reading.sum;
	} else if (err->kind == ERROR_INVALID) {
		const struct error reason = *err;
		error_set(err, ERROR_INVALID, "line %zu: %s", reading.number, reason.text);
	}
	return is_read;
}
